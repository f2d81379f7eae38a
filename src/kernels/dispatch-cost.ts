// How much work one dispatch may be: work is cut between dispatches only, so a longer one would hold up the page.

import type { KernelSettings } from '../gpu/kernel-settings.ts';

// 35 ms at 1 TFLOP/s, and about 50 ms on two cores of a processor.
const gpuCost = 2 ** 34;
const softwareCost = 2 ** 26;
// 70 ms at 30 TFLOP/s, whatever a pace says that was learnt from little.
const fastestCost = 2 ** 40;

/** The most multiply-adds of one dispatch. */
export function mostDispatchCost({ capabilities }: KernelSettings): number {
  return capabilities.software ? softwareCost : gpuCost;
}

/**
 * The most multiply-adds of one dispatch of attention. Over long inputs a workgroup is much work and few fit a cost: cut as
 * for a slow GPU, a dispatch would leave most of a fast one idle.
 */
export function mostAttentionCost(settings: KernelSettings): number {
  const { capabilities, attentionCost = 0 } = settings;
  if (capabilities.software) return softwareCost;
  return Math.min(fastestCost, Math.max(gpuCost, attentionCost));
}
