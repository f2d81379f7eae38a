// Pooling windows of kernel tests.

import { seeded } from './random.ts';

/** Which patches of a window are missing. */
export type Missing = 'none' | 'some' | 'all but one';

/** Windows [tokens, window] of rows below `patches`, with -1 where a patch is missing. */
export function windowsOf(
  seed: number,
  tokens: number,
  window: number,
  patches: number,
  missing: Missing,
): Int32Array {
  const random = seeded(seed);
  const windows = new Int32Array(tokens * window);
  for (let token = 0; token < tokens; token++) {
    const kept = Math.floor(random() * window); // every window keeps at least this patch
    for (let n = 0; n < window; n++) {
      const row = Math.floor(random() * patches);
      const gone = n !== kept && (missing === 'all but one' || (missing === 'some' && random() < 0.4));
      windows[token * window + n] = gone ? -1 : row;
    }
  }
  return windows;
}
