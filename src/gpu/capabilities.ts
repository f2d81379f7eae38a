// What a device can do beyond the smallest WebGPU, as far as the choice of a kernel depends on it.

/** Facts that the choice of a kernel depends on. */
export interface Capabilities {
  /** 16-bit floats in registers and workgroup memory (`shader-f16`). */
  readonly f16: boolean;
  /** WGSL reads the bits of words as 16-bit floats (`bitcast<vec4h>(vec2u)`), which Firefox's compiler refuses. */
  readonly f16Bits: boolean;
  /** Lanes of a subgroup where all have the same number, a power of two from 4 to 128; null otherwise. */
  readonly subgroupSize: number | null;
  /** Bytes of workgroup memory; 16384 on every device. */
  readonly workgroupMemory: number;
  /**
   * Dot products of four int8 in one instruction (`dot4I8Packed`), so that activations may be rounded to int8 where weights
   * are. False where WGSL lacks them or is known to spell them out.
   */
  readonly packedIntegers: boolean;
  /** The driver computes on the processor: there a barrier costs more than a cache miss. */
  readonly software: boolean;
}

/** What every WebGPU device can do. */
export const portableCapabilities: Capabilities = {
  f16: false,
  f16Bits: false,
  subgroupSize: null,
  workgroupMemory: 16384,
  packedIntegers: false,
  software: false,
};

/**
 * Kernels that `load({ kernels })` takes in place of the chosen ones: those for processors, those that every GPU runs, those
 * with subgroups, those with 16-bit floats, and those with packed integers; the last two with all that the device has besides,
 * but `f16` without packed integers.
 */
export type KernelFamily = 'software' | 'portable' | 'subgroups' | 'f16' | 'packed';
export const kernelFamilies = [
  'software',
  'portable',
  'subgroups',
  'f16',
  'packed',
] as const satisfies KernelFamily[];

/** What a device lacks that cannot run a family, in words of an error. */
export const familyNeeds: Readonly<Record<KernelFamily, string>> = {
  software: 'nothing special',
  portable: 'nothing special',
  subgroups: 'subgroups of one size',
  f16: 'shader-f16',
  packed: 'packed integer products',
};

/** What is left of a device's capabilities when one family is forced; null when the device lacks what it needs. */
export function familyCapabilities(device: Capabilities, family: KernelFamily): Capabilities | null {
  const { f16, subgroupSize, packedIntegers } = device;
  switch (family) {
    case 'software':
      return { ...portableCapabilities, software: true };
    case 'portable':
      return portableCapabilities;
    case 'subgroups':
      return subgroupSize === null
        ? null
        : { ...device, f16: false, f16Bits: false, packedIntegers: false, software: false };
    case 'f16':
      return f16 ? { ...device, packedIntegers: false, software: false } : null;
    case 'packed':
      return packedIntegers ? { ...device, software: false } : null;
  }
}

/** The one size that all subgroups of an adapter have, or null. */
export function uniformSubgroupSize(minimum: number | undefined, maximum: number | undefined): number | null {
  const fits = minimum !== undefined && minimum === maximum && [4, 8, 16, 32, 64, 128].includes(minimum);
  return fits ? minimum : null;
}

/**
 * Whether `dot4I8Packed` is one instruction, from the features of the WGSL language and the adapter's vendor: every browser
 * that has the function offers it on Apple's GPUs too, which have no such instruction and are faster in floats.
 */
export function fastPackedIntegers(
  languageFeatures: ReadonlySet<string> | undefined,
  vendor: string,
): boolean {
  return (languageFeatures?.has('packed_4x8_integer_dot_product') ?? false) && vendor !== 'apple';
}

/** Whether an adapter of this name computes on the processor. */
export function isSoftware(name: string): boolean {
  return /swiftshader|llvmpipe|lavapipe|software|warp/i.test(name);
}
