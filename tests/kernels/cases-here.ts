// Which cases of a kernel run here. Dawn in Node has all of them. A page hands its kernels to the same compiler and, without a
// GPU, to the same driver, which takes seconds for some of them: there one case in four shows that a page takes them as well.
// `npm run test:golden` has all of them everywhere.

import { inject } from 'vitest';
import { inBrowser } from '../fixture-files.ts';

/** The cases that run here, the first always among them. */
export function casesHere<T>(cases: readonly T[]): readonly T[] {
  if (!inBrowser || inject('goldenCases') === 'all') return cases;
  return cases.filter((_, i) => i % 4 === 0);
}

/**
 * The cases of a body that the driver here does not choose, for a processor without subgroups for one: one in eight, in Dawn
 * alone. `npm run test:golden` has all of them in a page.
 */
export function casesBeside<T>(cases: readonly T[]): readonly T[] {
  if (inject('goldenCases') === 'all') return cases;
  return inBrowser ? [] : cases.filter((_, i) => i % 8 === 0);
}
