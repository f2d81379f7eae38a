// What a device can do beyond the smallest WebGPU, as far as the choice of a kernel depends on it.

/** Facts that the choice of a kernel depends on. */
export interface Capabilities {
  /** 16-bit floats in registers and workgroup memory (`shader-f16`). */
  readonly f16: boolean;
  /** Lanes of a subgroup where all have the same number, a power of two from 4 to 128; null otherwise. */
  readonly subgroupSize: number | null;
  /** Bytes of workgroup memory; 16384 on every device. */
  readonly workgroupMemory: number;
  /** The driver computes on the processor: there a barrier costs more than a cache miss. */
  readonly software: boolean;
}

/** What every WebGPU device can do. */
export const portableCapabilities: Capabilities = {
  f16: false,
  subgroupSize: null,
  workgroupMemory: 16384,
  software: false,
};

/**
 * Kernels that can be forced in place of the chosen ones: those for processors, those that every GPU runs, those with
 * subgroups, and those with 16-bit floats (and subgroups where the device has them).
 */
export const kernelFamilies = ['software', 'portable', 'subgroups', 'f16'] as const;
export type KernelFamily = (typeof kernelFamilies)[number];

/** What is left of a device's capabilities when one family is forced; null when the device lacks what it needs. */
export function familyCapabilities(device: Capabilities, family: KernelFamily): Capabilities | null {
  const { f16, subgroupSize } = device;
  switch (family) {
    case 'software':
      return { ...portableCapabilities, software: true };
    case 'portable':
      return portableCapabilities;
    case 'subgroups':
      return subgroupSize === null ? null : { ...device, f16: false, software: false };
    case 'f16':
      return f16 ? { ...device, software: false } : null;
  }
}

/** The one size that all subgroups of an adapter have, or null. */
export function uniformSubgroupSize(minimum: number | undefined, maximum: number | undefined): number | null {
  const fits = minimum !== undefined && minimum === maximum && [4, 8, 16, 32, 64, 128].includes(minimum);
  return fits ? minimum : null;
}
