// Measures how long each stage of a question takes.

import type { Timings } from '../api.ts';

type TimedStage = 'media' | 'vision' | 'prefill' | 'decode';

export class StageClock {
  readonly #startMs = performance.now();
  readonly #elapsedMs: Record<TimedStage, number> = { media: 0, vision: 0, prefill: 0, decode: 0 };

  /** Adds the duration of `work` to a stage. */
  async time<T>(stage: TimedStage, work: () => Promise<T>): Promise<T> {
    const startMs = performance.now();
    try {
      return await work();
    } finally {
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

  timings(loadMs: number): Timings {
    const { media, vision, prefill, decode } = this.#elapsedMs;
    return {
      loadMs,
      mediaMs: media,
      visionMs: vision,
      prefillMs: prefill,
      decodeMs: decode,
      totalMs: performance.now() - this.#startMs,
    };
  }
}
