// Marked pixels as runs.

import type { Mask } from './question.ts';

/** A mask of the pixels that are not 0 in `inside`, which goes column by column. */
export function maskOfColumns(inside: Uint8Array, width: number, height: number): Mask {
  const counts: number[] = [];
  let [isInside, run] = [false, 0];
  for (const pixel of inside) {
    if ((pixel !== 0) !== isInside) {
      counts.push(run);
      [isInside, run] = [!isInside, 0];
    }
    run++;
  }
  return { width, height, counts: [...counts, run] };
}
