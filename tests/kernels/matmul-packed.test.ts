// Only with `packed_4x8_integer_dot_product`; where WGSL lacks it, nothing chooses the kernel.

import { describe, expect, test } from 'vitest';
import { openGpu } from '../../src/gpu/device.ts';
import { kernelScratch, type KernelScratch } from '../../src/gpu/kernel-settings.ts';
import { linearVariants } from '../../src/kernels/choose.ts';
import { matmulPacked } from '../../src/kernels/linear/matmul-packed.ts';
import { roundedRows } from '../reference/pack-rows.ts';
import { tolerances } from '../tolerances.ts';
import { useGpu } from './gpu-harness.ts';
import { testManyRows, type ManyRowsProduct } from './matmul-cases.ts';

const gpu = useGpu();
const probe = await openGpu();
const { capabilities } = probe;
probe.device.destroy();

// One for the file: it is as large as an engine's.
let memory: KernelScratch | undefined;
const scratch = () => (memory ??= kernelScratch(gpu().device));

test('is chosen for quantised weights where the device has packed integers and memory for them', () => {
  const work = { op: 'linear', rows: 729, columns: 1152, k: 1152, inFours: true } as const;
  const of = (packedIntegers: boolean, format: 'q4' | 'f16', own: KernelScratch | undefined) =>
    linearVariants(
      { capabilities: { ...capabilities, packedIntegers, software: false }, tuned: {}, scratch: own },
      { ...work, format },
    );
  expect(of(true, 'q4', scratch())).toContain('matmul-packed');
  expect(of(false, 'q4', scratch())).not.toContain('matmul-packed');
  expect(of(true, 'f16', scratch())).not.toContain('matmul-packed');
  expect(of(true, 'q4', undefined)).not.toContain('matmul-packed');
});

const of =
  (parts?: number): ManyRowsProduct =>
  (x, slice, y, options = {}) =>
    matmulPacked(x, slice, y, options, scratch(), parts);

if (capabilities.packedIntegers) {
  describe('matmul-packed', () => {
    testManyRows(gpu, of(1), ['q4', 'q8'], tolerances.dotProduct, { rounded: roundedRows });
  });

  describe('matmul-packed in parts of K', () => {
    testManyRows(gpu, of(3), ['q4'], tolerances.dotProduct, { rounded: roundedRows, epilogues: false });
  });

  describe('matmul-packed of x as it is', () => {
    testManyRows(gpu, of(), ['q4'], tolerances.packedRows, { epilogues: false });
  });
}
