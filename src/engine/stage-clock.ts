// Measures how long each stage of a question takes.

import type { Timings } from '../api.ts';

type TimedStage = 'media' | 'vision' | 'prefill' | 'decode';

export class StageClock {
  readonly #startMs = performance.now();
  readonly #elapsedMs: Record<TimedStage, number> = { media: 0, vision: 0, prefill: 0, decode: 0 };
  /** Stages under way, and since when. */
  readonly #begun = new Map<TimedStage, number>();

  /** Adds the duration of `work` to a stage. */
  async time<T>(stage: TimedStage, work: () => Promise<T>): Promise<T> {
    const startMs = performance.now();
    this.#begun.set(stage, startMs);
    try {
      return await work();
    } finally {
      this.#begun.delete(stage);
      this.#elapsedMs[stage] += performance.now() - startMs;
    }
  }

  /** Passes pieces on; the wait for each is counted as `stage` and not as the stage `within` that asks for them. */
  async *timePieces<T>(stage: TimedStage, within: TimedStage, pieces: AsyncIterable<T>): AsyncGenerator<T> {
    let askedMs = performance.now();
    const count = () => {
      const waitedMs = performance.now() - askedMs;
      this.#elapsedMs[stage] += waitedMs;
      this.#elapsedMs[within] -= waitedMs;
    };
    for await (const piece of pieces) {
      count();
      yield piece;
      askedMs = performance.now();
    }
    count();
  }

  /** What there is so far; a stage under way counts until now. */
  timings(loadMs: number): Timings {
    const { media, vision, prefill, decode } = this.#untilNow();
    return {
      loadMs,
      mediaMs: media,
      visionMs: vision,
      prefillMs: prefill,
      decodeMs: decode,
      totalMs: performance.now() - this.#startMs,
    };
  }

  #untilNow(): Record<TimedStage, number> {
    const now = performance.now();
    const elapsedMs = { ...this.#elapsedMs };
    for (const [stage, startMs] of this.#begun) elapsedMs[stage] += now - startMs;
    return elapsedMs;
  }
}
