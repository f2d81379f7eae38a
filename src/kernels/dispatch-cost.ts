// How much work one dispatch may be: work is cut between dispatches only, so a longer one would hold up the page.

import type { KernelSettings } from '../gpu/kernel-settings.ts';

// 35 ms at 1 TFLOP/s, and about 50 ms on two cores of a processor.
const gpuCost = 2 ** 34;
const softwareCost = 2 ** 26;

/** The most multiply-adds of one dispatch. */
export function mostDispatchCost({ capabilities }: KernelSettings): number {
  return capabilities.software ? softwareCost : gpuCost;
}
