// The order of test files: what takes long begins first, so that no turn ends with one worker busy and the others idle. Vitest knows
// it of files that ran here before, and else goes by their size, which says little.

import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files of more than half a minute on two cores, the longest first. */
export const longest = [
  'parity/golden',
  'package/tarball',
  'node/bundles',
  'node/packed-activations',
  'e2e/demo-bundles',
  'node/cli',
  'node/kernel-families',
  'kernels/matvec',
  'kernels/attention-decode',
  'e2e/tabs',
  'e2e/page-visit',
  'e2e/demo-answers',
].map((name) => `/tests/${name}.test.ts`);

/** Place of a file in the list; those that are not there are behind it. */
function placeOf({ moduleId }: TestSpecification): number {
  const place = longest.findIndex((name) => moduleId.endsWith(name));
  return place < 0 ? longest.length : place;
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const turnOf = ({ project }: TestSpecification) => project.config.sequence.groupOrder;
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => turnOf(a) - turnOf(b) || placeOf(a) - placeOf(b));
  }
}
