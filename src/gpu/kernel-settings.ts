// What decides which variant of a kernel does some work: what the device can do, and what a tuning run found faster.

import { portableCapabilities, type Capabilities } from './capabilities.ts';
import { Arena } from './arena.ts';
import type { Tensor } from './tensor.ts';

/**
 * Memory in which dispatches that follow each other hand something on. Lists run one after the other, so that one piece
 * serves all of a device; what it holds means nothing to anybody else.
 */
export interface KernelScratch {
  /** f32; sums over parts of K. */
  readonly partials: Tensor;
  /** u32; rows of activations as int8 codes, and their scales. */
  readonly packed: Tensor;
}

export interface KernelSettings {
  readonly capabilities: Capabilities;
  /** Variants by the class of work that they won; they overrule the choice that capabilities make. */
  readonly tuned: Readonly<Record<string, string>>;
  /** Multiply-adds of attention that one dispatch may be, once its pace on this device is known. */
  readonly attentionCost?: number;
  /** Without it there are no kernels that need it. */
  readonly scratch?: KernelScratch | undefined;
}

/** What runs on every device. */
export const portableSettings: KernelSettings = { capabilities: portableCapabilities, tuned: {} };

const scratchBytes = 2 ** 24; // of each

/** GPU memory of `kernelScratch`; drivers that compute on the processor go without. */
export const kernelScratchBytes = 2 * scratchBytes;

/** Scratch memory, which lives as long as the device. */
export function kernelScratch(device: GPUDevice): KernelScratch {
  const arena = new Arena(device, 'scratch');
  return {
    partials: arena.tensor('partials', [scratchBytes / 4]),
    packed: arena.tensor('packed', [scratchBytes / 4], 'u32'),
  };
}
