// Times variants in turns until a clock says stop.

import { winner } from '../../kernels/tuning.ts';

const fewestRounds = 3;
const mostRounds = 9;

/**
 * The variant that should do the work, or null when the time was too short to tell. `time` runs one variant and returns
 * milliseconds; every other round goes backwards, so that no variant always follows the same one.
 */
export async function race<Variant extends string>(
  variants: readonly Variant[],
  time: (variant: Variant) => Promise<number>,
  now: () => number,
  deadlineMs: number,
): Promise<Variant | null> {
  const times = variants.map((variant) => ({ variant, ms: [] as number[] }));
  for (let round = 0; round < mostRounds; round++) {
    const order = round % 2 === 0 ? times : [...times].reverse();
    for (const { variant, ms } of order) {
      if (now() >= deadlineMs) return round < fewestRounds ? null : decided(times, round);
      ms.push(await time(variant));
    }
  }
  return decided(times, mostRounds);
}

function decided<Variant extends string>(
  times: readonly { readonly variant: Variant; readonly ms: readonly number[] }[],
  rounds: number,
): Variant | null {
  // Whole rounds only: all variants met the same conditions.
  const [first, ...others] = times.map(({ variant, ms }) => ({ variant, ms: ms.slice(0, rounds) }));
  return first ? winner(first, others) : null;
}
