import { expect, test } from 'vitest';
import { rope } from '../../src/kernels/rope.ts';
import { ropeAngle, ropeReference } from '../reference/rope.ts';
import { tolerances } from '../tolerances.ts';
import { expectClose, guard, useGpu } from './gpu-harness.ts';
import { floats } from './random.ts';

const gpu = useGpu();
const theta = 5e6;

/** (cos, sin) of every pair at the positions 0 .. count - 1, [count, headDim / 2, 2]. */
function ropeTable(count: number, headDim: number): Float32Array {
  const table = new Float32Array(count * headDim);
  for (let i = 0; i < table.length; i += 2) {
    const angle = ropeAngle(Math.floor(i / headDim), (i % headDim) / 2, headDim, theta);
    table[i] = Math.cos(angle);
    table[i + 1] = Math.sin(angle);
  }
  return table;
}

interface Case {
  readonly why: string;
  readonly heads: number;
  readonly headDim: number;
  readonly positions: readonly number[];
  readonly spareRows?: number;
}

const control = { heads: 4, headDim: 64, positions: [0, 1, 2, 3] };

const cases: Case[] = [
  { why: 'the control', ...control },
  { why: 'the smallest head', heads: 1, headDim: 4, positions: [1] },
  { why: 'a head of 72', ...control, headDim: 72 },
  { why: 'a head of 24', ...control, headDim: 24 },
  { why: 'a head of 128', ...control, headDim: 128 },
  { why: 'an odd number of heads', ...control, heads: 3 },
  { why: 'one row, as in decoding', ...control, positions: [17] },
  { why: 'rows that are no multiple of a workgroup', ...control, positions: [5, 6, 7] },
  { why: 'positions far into a long video', ...control, positions: [29_998, 29_999, 30_000] },
  { why: 'positions in any order and twice', ...control, positions: [9, 2, 9, 0, 700] },
  { why: 'rows of x that stay as they are', ...control, spareRows: 2 },
];

test.each(cases)('rope matches the reference with $why', async (c) => {
  const { heads, headDim, positions, spareRows = 0 } = c;
  const rows = positions.length;
  const width = heads * headDim;
  const x = floats(1, rows * width);
  const after = new Float32Array(spareRows * width).fill(guard);
  const xTensor = gpu().output('x', [rows + spareRows, width], Float32Array.of(...x, ...after));
  const table = ropeTable(Math.max(...positions) + 1, headDim);
  const tableTensor = gpu().input('table', [table.length / headDim, headDim / 2, 2], table);
  const positionsTensor = gpu().input('positions', [rows], Uint32Array.from(positions));
  await gpu().run(rope(tableTensor, positionsTensor, { ...xTensor, shape: [rows, width] }, heads, headDim));

  const expected = Float64Array.of(...ropeReference(x, positions, { heads, headDim, theta }), ...after);
  expectClose(await gpu().read(xTensor), expected, tolerances.rotation);
});

test('position 0 leaves a row as it is, to the last bit', async () => {
  const x = floats(2, 128);
  const xTensor = gpu().output('x', [1, 128], x);
  const table = gpu().input('table', [1, 64, 2], ropeTable(1, 128));
  await gpu().run(rope(table, gpu().input('positions', [1], Uint32Array.of(0)), xTensor, 1, 128));
  expect([...(await gpu().read(xTensor))]).toEqual([...x]);
});
