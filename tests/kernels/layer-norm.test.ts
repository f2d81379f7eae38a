import { expect, test } from 'vitest';
import { layerNorm } from '../../src/kernels/rows/layer-norm.ts';
import { layerNormReference } from '../reference/layer-norm.ts';
import { tolerances } from '../tolerances.ts';
import { expectClose, guard, useGpu } from './gpu-harness.ts';
import { control, normCases, rowsBeyondOneAxis, type NormCase } from './norm-cases.ts';
import { floats } from './random.ts';

const gpu = useGpu();

interface Case extends NormCase {
  /** Added to every value of x. */
  readonly offset?: number;
}

const cases: readonly Case[] = [
  ...normCases,
  { why: 'the width of the vision encoder', ...control, columns: 1152 },
  // In one pass, mean(x^2) - mean(x)^2 would lose the variance here.
  { why: 'a mean far above the deviation', ...control, scale: 0.5, offset: 512 },
];

test.each(cases)('layer-norm matches the reference with $why', async (c) => {
  const { rows, columns, scale = 1, offset = 0, eps = 1e-6, spareRows = 0 } = c;
  const x = floats(1, rows * columns, scale).map((value) => value + offset);
  const weight = floats(2, columns, 2);
  const bias = floats(3, columns);
  const y = gpu().output('y', [rows + spareRows, columns]);
  const xTensor = gpu().input('x', [rows, columns], x);
  const [w, b] = [gpu().input('weight', [columns], weight), gpu().input('bias', [columns], bias)];
  await gpu().run(layerNorm(xTensor, w, b, y, eps));

  const expected = new Float64Array((rows + spareRows) * columns).fill(guard);
  expected.set(layerNormReference(x, weight, bias, eps));
  // The mean is exact to one ulp of the offset, which is this much larger than the deviation.
  const relative = tolerances.norm.relative * Math.max(1, offset / scale / 8);
  expectClose(await gpu().read(y), expected, { ...tolerances.norm, relative });
});

test('a row without deviation becomes the bias', async () => {
  const bias = floats(1, 72);
  const y = gpu().output('y', [1, 72]);
  const x = gpu().input('x', [1, 72], new Float32Array(72).fill(3));
  const weight = gpu().input('weight', [72], floats(2, 72));
  await gpu().run(layerNorm(x, weight, gpu().input('bias', [72], bias), y, 1e-6));
  expectClose(await gpu().read(y), bias, tolerances.norm);
});

test('more rows than one axis of the grid holds are all normed', async () => {
  const rows = rowsBeyondOneAxis;
  const x = floats(4, rows * 4);
  const [weight, bias] = [Float32Array.of(1, -2, 0.5, 3), Float32Array.of(0, 1, 2, 3)];
  const y = gpu().output('y', [rows, 4]);
  const xTensor = gpu().input('x', [rows, 4], x);
  const [w, b] = [gpu().input('weight', [4], weight), gpu().input('bias', [4], bias)];
  // Four random values can be almost equal; eps keeps their quotient tame.
  await gpu().run(layerNorm(xTensor, w, b, y, 1e-2));
  expectClose(await gpu().read(y), layerNormReference(x, weight, bias, 1e-2), tolerances.norm);
});

test('layer-norm refuses shapes that do not fit', () => {
  const tensor = (shape: number[]) => gpu().output('t', shape);
  const eight = tensor([8]);
  expect(() => layerNorm(tensor([2, 8]), tensor([4]), eight, tensor([2, 8]), 1e-6)).toThrow(
    'does not fit rows of 8',
  );
  expect(() => layerNorm(tensor([2, 8]), eight, eight, tensor([1, 8]), 1e-6)).toThrow('t is smaller than t');
});
