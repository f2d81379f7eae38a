// How long a question will take: its dispatches at the pace that this device has shown. Where it has shown none yet, a small
// question is tried out first, and the first frames of a video are decoded, for a second at most.

import type { PlannedSeconds } from '../../api.ts';
import type { Dispatch } from '../../gpu/kernel.ts';
import type { GpuRunner } from '../../gpu/runner.ts';
import type { VisualShapes } from '../visual/visual-shapes.ts';
import type { VisualKind } from '../visual/visual-unit.ts';
import type { Measured } from './measured.ts';

/** A list that is run several times, as layers and batches are. */
export interface Repeated {
  readonly list: readonly Dispatch[];
  readonly times: number;
}

/** All that a question runs, stage by stage. Tensors need no buffers. */
export interface QuestionLists {
  readonly vision: readonly Repeated[];
  readonly prefill: readonly Repeated[];
  /** A step of decoding when the answer is half written. */
  readonly token: readonly Dispatch[];
}

/** Asks a small question about what is of this kind; null: about nothing. Throws the signal's own reason. */
export type TryOut = (kind: VisualKind | null, signal: AbortSignal) => Promise<void>;

export interface SecondsInput {
  readonly runner: GpuRunner;
  readonly measured: Measured;
  /** What will run, chosen by what is known of the device when this is called. */
  readonly lists: () => QuestionLists;
  readonly shapes: VisualShapes;
  /** Milliseconds that opening the media took: pictures are decoded by it. */
  readonly openedMs: number;
  readonly units: () => AsyncGenerator<unknown, void, undefined>;
  readonly tryOut: TryOut;
  readonly signal: AbortSignal | undefined;
}

const longestTryMs = 700;
const longestReadMs = 300;
const enoughKnown = 0.8; // of the work; the rest goes as fast as what is known

export async function plannedSeconds(input: SecondsInput): Promise<PlannedSeconds> {
  const { runner, measured, shapes, openedMs } = input;
  const kind = { none: null, images: 'image', video: 'video' } as const;
  let lists = input.lists();
  const costOf = (list: readonly Dispatch[]) => list.reduce((sum, { cost }) => sum + cost, 0);
  const isKnown =
    measured.tokenMs(costOf(lists.token)) !== null &&
    runner.knownShare([...lists.vision, ...lists.prefill].flatMap(({ list }) => list)) > enoughKnown;
  if (!isKnown) {
    await within(longestTryMs, input.signal, (signal) => input.tryOut(kind[shapes.media.kind], signal));
    lists = input.lists();
  }
  const stageMs = (stage: readonly Repeated[]) =>
    stage.reduce((sum, { list, times }) => sum + times * runner.expectMs(list), 0);
  const visionMs = stageMs(lists.vision);
  const prefillMs = stageMs(lists.prefill);
  const framesMs = shapes.media.kind === 'video' ? shapes.crops * (await frameMs(input)) : 0;
  const mediaMs = openedMs + framesMs;
  const tokenMs = measured.tokenMs(costOf(lists.token)) ?? runner.expectMs(lists.token);
  return {
    media: mediaMs / 1000,
    vision: visionMs / 1000,
    prefill: prefillMs / 1000,
    firstToken: (openedMs + Math.max(framesMs, visionMs) + prefillMs) / 1000,
    token: tokenMs / 1000,
  };
}

/** Milliseconds of a frame, from the first ones where none was decoded before. */
async function frameMs({ measured, units }: SecondsInput): Promise<number> {
  if (measured.frameMs !== null) return measured.frameMs;
  const startMs = performance.now();
  let read = 0;
  for await (const _ of units()) {
    read += 1;
    if (performance.now() - startMs > longestReadMs) break;
  }
  measured.read(read, performance.now() - startMs);
  return measured.frameMs ?? 0;
}

/** Ends `work` after so long, without complaint. Throws what it throws otherwise, or the signal's own reason. */
async function within(
  ms: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const over = new DOMException('The trial took long enough.', 'TimeoutError');
  const timer = setTimeout(() => stop.abort(over), ms);
  const cancel = () => stop.abort(signal?.reason);
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    await work(stop.signal);
  } catch (error) {
    if (error !== over) throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cancel);
  }
}
