import { describe, expect, test } from 'vitest';
import { kernelScratch, type KernelScratch } from '../../src/gpu/kernel-settings.ts';
import { kParts } from '../../src/kernels/linear/matmul-merge.ts';
import { matmulTile } from '../../src/kernels/linear/matmul-tile.ts';
import { manyRowsUse } from '../../src/kernels/linear/many-rows.ts';
import { weightSlices } from '../../src/kernels/linear/weight-slice.ts';
import { tolerances } from '../tolerances.ts';
import { useGpu } from './gpu-harness.ts';
import { testGeluRange, testManyRows, type ManyRowsProduct } from './matmul-cases.ts';
import { matrixShapeOnly, weightFormats } from './matrices.ts';

const gpu = useGpu();
// One for the file: it is as large as an engine's.
let memory: KernelScratch | undefined;
const scratch = () => (memory ??= kernelScratch(gpu().device));

const whole: ManyRowsProduct = (x, slice, y, options) => matmulTile(x, slice, y, options);

describe('matmul-tile', () => {
  testManyRows(gpu, whole, weightFormats, tolerances.longSums);
  testGeluRange(gpu, whole);
});

// Three parts, of which the last may be short or empty.
describe('matmul-tile in parts of K', () => {
  const inParts: ManyRowsProduct = (x, slice, y, options) => matmulTile(x, slice, y, options, scratch(), 3);
  testManyRows(gpu, inParts, ['f32'], tolerances.longSums);
});

test('K is cut where y has few tiles, and as far as that is worth it and fits', () => {
  const { partials } = scratch();
  const parts = (rows: number, quads: number, k: number, byteLength = partials.byteLength) => {
    const use = {
      ...manyRowsUse(gpu().output('x', [1, 4]), oneSlice(), gpu().output('y', [1, 4]), {}),
      rows,
      quads,
    };
    return kParts(use, k, { ...partials, byteLength });
  };
  expect(parts(729, 1076, 1152)).toBe(1); // tiles enough
  expect(parts(36, 288, 1152)).toBe(12); // the most
  expect(parts(64, 1076, 1152)).toBe(10);
  expect(parts(729, 288, 4304)).toBe(3);
  expect(parts(512, 256, 2560)).toBe(5); // more would write and read more than they save
  expect(parts(36, 288, 100)).toBe(1);
  expect(parts(64, 1076, 1152, 2 ** 21)).toBe(1); // no room
});

function oneSlice() {
  const [slice] = weightSlices(matrixShapeOnly(4, 4), 0, 4);
  return slice!;
}
