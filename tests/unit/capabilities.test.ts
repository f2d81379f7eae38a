// What is left of a device when a family of kernels is forced, and when packed integers count as fast.

import { expect, test } from 'vitest';
import {
  familyCapabilities,
  fastPackedIntegers,
  kernelFamilies,
  portableCapabilities,
  type Capabilities,
} from '../../src/gpu/capabilities.ts';

const everything: Capabilities = {
  f16: true,
  f16Bits: true,
  subgroupSize: 32,
  workgroupMemory: 32768,
  packedIntegers: true,
  software: false,
};

test('a family leaves what is named after it and what comes before it', () => {
  const left = kernelFamilies.map((family) => {
    const left = familyCapabilities(everything, family)!;
    expect(left.f16Bits).toBe(left.f16);
    return [family, left.f16, left.subgroupSize, left.packedIntegers, left.software];
  });
  expect(left).toEqual([
    ['software', false, null, false, true],
    ['portable', false, null, false, false],
    ['subgroups', false, 32, false, false],
    ['f16', true, 32, false, false],
    ['packed', true, 32, true, false],
  ]);
});

test('a family is null where the device lacks what it is named after', () => {
  const left = (family: 'subgroups' | 'f16' | 'packed') => familyCapabilities(portableCapabilities, family);
  expect([left('subgroups'), left('f16'), left('packed')]).toEqual([null, null, null]);
  expect(familyCapabilities({ ...portableCapabilities, packedIntegers: true }, 'packed')).not.toBeNull();
});

test('packed integers count where WGSL has them and the GPU an instruction for them', () => {
  const features = new Set(['packed_4x8_integer_dot_product']);
  expect(fastPackedIntegers(features, 'nvidia')).toBe(true);
  expect(fastPackedIntegers(features, '')).toBe(true);
  expect(fastPackedIntegers(features, 'apple')).toBe(false);
  expect(fastPackedIntegers(new Set(), 'nvidia')).toBe(false);
  expect(fastPackedIntegers(undefined, 'nvidia')).toBe(false);
});
