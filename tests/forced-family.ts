// The kernel family that a test run forces (KERNEL_FAMILY), in the forms in which tests hand it on.

import { inject } from 'vitest';
import {
  familyCapabilities,
  familyNeeds,
  type Capabilities,
  type KernelFamily,
} from '../src/gpu/capabilities.ts';

/** undefined where the run forces none. */
export const forcedFamily: KernelFamily | undefined = inject('kernelFamily') || undefined;

/** For the options of `Molmo2.load`. */
export const forcedKernels: { readonly kernels?: KernelFamily } = forcedFamily
  ? { kernels: forcedFamily }
  : {};

/** What is left of a device's capabilities. Throws where the device lacks what the forced family needs. */
export function forcedCapabilities(device: Capabilities): Capabilities {
  if (!forcedFamily) return device;
  const left = familyCapabilities(device, forcedFamily);
  if (left) return left;
  throw new Error(
    `KERNEL_FAMILY is "${forcedFamily}", but this adapter has no ${familyNeeds[forcedFamily]}. For f16: npm run test:f16.`,
  );
}
