// Which cases of a kernel run here. A page hands its kernels to the same compiler as Dawn in Node and, without a GPU, to the same
// driver, which takes seconds for some of them. So on a software driver a page runs one case in eight in `npm test`, and Dawn every
// second one of the others; with `npm run test:golden`, nightly and before a release, all of them run in both, and on a GPU always.

import { inject } from 'vitest';
import { inBrowser } from '../fixture-files.ts';

/** The cases that run here, the first always among them. */
export function casesHere<T>(cases: readonly T[]): readonly T[] {
  if (inject('goldenCases') === 'all') return cases;
  if (inBrowser) return cases.filter((_, i) => i % 8 === 0);
  return inject('dawnInSoftware') ? cases.filter((_, i) => i === 0 || i % 2 === 1) : cases;
}

/**
 * The cases of a body that the driver here does not choose, for a processor without subgroups for one: one in eight, in Dawn
 * alone. `npm run test:golden` has all of them in a page.
 */
export function casesBeside<T>(cases: readonly T[]): readonly T[] {
  if (inject('goldenCases') === 'all') return cases;
  return inBrowser ? [] : cases.filter((_, i) => i % 8 === 0);
}
