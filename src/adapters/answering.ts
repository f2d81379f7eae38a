// What every adapter does with a question: waits until it is accepted, and reads its events.

import type { AskEvent } from '../api.ts';
import type { Molmo2 } from '../molmo2.ts';

/** What answers: a loaded `Molmo2`, or whatever asks and tells as it does. */
export type Answering = Pick<Molmo2, 'ask' | 'info'>;

type Events = AsyncGenerator<AskEvent, void, undefined>;

/**
 * The same events from the first that is no progress, once it is there: what is refused is refused before, so that an error has
 * a status of its own and no stream ends with it.
 */
export async function accepted(events: Events): Promise<Events> {
  let first = await events.next();
  while (first.done !== true && first.value.type === 'progress') first = await events.next();
  const begun = first;
  return (async function* () {
    try {
      if (begun.done === true) return;
      yield begun.value;
      yield* events;
    } finally {
      await events.return();
    }
  })();
}

/** A controller that a signal aborts, too; AbortSignal.any is younger than WebGPU. */
export function linked(signal: AbortSignal | null | undefined): AbortController {
  const controller = new AbortController();
  const stop = () => controller.abort(signal?.reason);
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop, { once: true });
  return controller;
}

/** Draws differ from one request to the next unless a seed is given. */
export function seedFor(
  temperature: number | null | undefined,
  seed: number | null | undefined,
): number | undefined {
  if (seed !== null && seed !== undefined) return seed;
  return temperature ? Math.floor(Math.random() * 2 ** 32) : undefined;
}

/** Without what is null or undefined, which other APIs write for what is not said. */
export function given<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], null | undefined> } {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== null && value !== undefined),
  ) as { [K in keyof T]?: Exclude<T[K], null | undefined> };
}
