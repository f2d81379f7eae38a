// A first idea of how long a run takes, to choose between ways of doing the same.

import { median } from '../measure/statistics.ts';

/** From here on what a launch costs does not show, and neither does the noise of single samples. */
export const longMs = 250;

/** Milliseconds of a run that has been warmed up. */
export async function quickMs(run: (times: number) => Promise<unknown>): Promise<number> {
  const ms: number[] = [];
  for (let i = 0; i < 5; i++) {
    const startMs = performance.now();
    await run(1);
    ms.push(performance.now() - startMs);
    if ((ms[0] ?? 0) > longMs && i === 0) break;
  }
  return median(ms);
}
