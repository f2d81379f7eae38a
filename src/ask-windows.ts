// Long videos as users ask about them: events of windows as they finish.

import type { AskOptions, WindowEvent, WindowsInput } from './api.ts';
import type { Backend } from './worker/backend.ts';
import { EventQueue } from './worker/event-queue.ts';
import { portableRequest } from './worker/portable-request.ts';

function checkSeconds(
  name: string,
  value: number | undefined,
  least: string,
  ok: (value: number) => boolean,
): void {
  if (value === undefined || (Number.isFinite(value) && ok(value))) return;
  throw new RangeError(`"${name}" must be ${least}, got ${String(value)}.`);
}

function checkInput(input: WindowsInput): void {
  if (typeof input !== 'object' || input === null || input.video === undefined)
    throw new TypeError('Windows are of a video: ask such as { video, prompt }.');
  for (const name of ['image', 'images', 'messages', 'point'])
    if ((input as unknown as Record<string, unknown>)[name] !== undefined)
      throw new TypeError(
        `"${name}" is no part of a question about the windows of a video. Leave it out, or use ask.`,
      );
  checkSeconds('windowSec', input.windowSec, 'seconds above 0', (value) => value > 0);
  checkSeconds('overlapSec', input.overlapSec, 'seconds, 0 or more', (value) => value >= 0);
}

/** See `Molmo2.askWindows`. */
export async function* askWindows(
  backend: Backend,
  { windowSec, overlapSec, ...input }: WindowsInput,
  { signal, ...options }: AskOptions,
): AsyncGenerator<WindowEvent, void, undefined> {
  const queue = new EventQueue<WindowEvent>();
  const stop = new AbortController();
  const cancel = () => {
    stop.abort(signal?.reason);
    queue.fail(signal?.reason);
  };
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  const walk = {
    ...(windowSec !== undefined && { windowSec }),
    ...(overlapSec !== undefined && { overlapSec }),
  };
  const walked = async () => {
    checkInput({ windowSec, overlapSec, ...input } as WindowsInput);
    const portable = await portableRequest(input, options, false);
    await backend.windows(portable, walk, (event) => queue.push(event), stop.signal);
  };
  walked().then(
    () => queue.finish(),
    (error: unknown) => queue.fail(error),
  );
  try {
    for await (const event of queue.read()) {
      signal?.throwIfAborted();
      yield event;
    }
  } finally {
    signal?.removeEventListener('abort', cancel);
    stop.abort(new DOMException('The video is not walked any further.', 'AbortError'));
  }
}
