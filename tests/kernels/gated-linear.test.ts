import { describe, expect, test } from 'vitest';
import { familyCapabilities, kernelFamilies, type KernelFamily } from '../../src/gpu/capabilities.ts';
import type { Norm } from '../../src/kernels/linear/few-rows.ts';
import { gatedLinear } from '../../src/kernels/linear/gated-linear.ts';
import { normedLinear } from '../../src/kernels/linear/linear.ts';
import { gatedSiluReference } from '../reference/gated-silu.ts';
import { matmulReference } from '../reference/matmul.ts';
import { rmsNormReference } from '../reference/rms-norm.ts';
import { tolerances, type Tolerance } from '../tolerances.ts';
import { casesHere } from './cases-here.ts';
import { expectClose, useGpu } from './gpu-harness.ts';
import { matrixOf, storedValues } from './matrices.ts';
import { floats } from './random.ts';

const gpu = useGpu();

const k = 96;
const width = 136;

interface Case {
  readonly why: string;
  readonly rows: number;
  readonly normed: boolean;
  readonly partRows?: number;
}

const cases: Case[] = [
  { why: 'a token of a pre-norm block', rows: 1, normed: true },
  { why: 'a token of a post-norm block', rows: 1, normed: false },
  { why: 'a matrix in parts, value and gate in the same one and not', rows: 2, normed: true, partRows: 128 },
  { why: 'a token of each of four branches', rows: 4, normed: true },
  { why: 'a prompt', rows: 9, normed: true },
  { why: 'a prompt of a post-norm block', rows: 9, normed: false },
];

/** Every kind of kernel that the device has. */
function settings() {
  const { capabilities, scratch } = gpu().kernels;
  return kernelFamilies.flatMap((family) => {
    const own = familyCapabilities(capabilities, family);
    return own ? [{ family, kernels: { capabilities: own, tuned: {}, scratch } }] : [];
  });
}

/** Packed kernels round x to int8 where there are many rows, and have 16-bit floats for few. */
function toleranceOf(family: KernelFamily, rows: number): Tolerance {
  if (family === 'packed') return rows > 3 ? tolerances.packedRows : tolerances.halfBlocks;
  return family === 'f16' ? tolerances.halfBlocks : tolerances.dotProduct;
}

function inputs({ rows, normed, partRows }: Case) {
  const x = floats(1, rows * k, 2);
  const normWeight = floats(2, k, 2);
  const weight = floats(3, 2 * width * k);
  const norm: Norm = { weight: gpu().input('norm', [k], normWeight), eps: 0.5 };
  const product = new Float64Array(rows * 2 * width);
  const from = normed ? rmsNormReference(x, normWeight, norm.eps) : x;
  const stored = storedValues('q4', weight, 2 * width, k);
  matmulReference(from, stored, product, { rows, columns: 2 * width, k });
  return {
    x: gpu().input('x', [rows, k], x),
    norm: normed ? norm : null,
    matrix: matrixOf(gpu(), 'q4', weight, 2 * width, k, partRows),
    normedRows: gpu().output('normed', [rows, k]),
    product,
  };
}

describe.each(casesHere(cases))('for $why', (c) => {
  test('gatedLinear matches the reference with every family of kernels', async () => {
    const { x, norm, matrix, normedRows, product } = inputs(c);
    const half = (column: number) => ({ of: product, stride: 2 * width, column });
    const expected = gatedSiluReference(half(width), half(0), c.rows, width);
    for (const { family, kernels } of settings()) {
      const hidden = gpu().output(`hidden, ${family}`, [c.rows, width]);
      const scratch = { normed: normedRows, fused: gpu().output('fused', [c.rows, 2 * width]) };
      await gpu().run(...gatedLinear(kernels, x, norm, matrix, hidden, scratch));
      const tolerance = toleranceOf(family, c.rows);
      expectClose(await gpu().read(hidden), expected, tolerance);
    }
  });

  test('normedLinear matches the reference with every family of kernels', async () => {
    const { x, norm, matrix, normedRows, product } = inputs(c);
    for (const { family, kernels } of settings()) {
      const y = gpu().output(`y, ${family}`, [c.rows, 2 * width]);
      await gpu().run(...normedLinear(kernels, x, norm, matrix, y, normedRows));
      const tolerance = toleranceOf(family, c.rows);
      expectClose(await gpu().read(y), product, tolerance);
    }
  });
});

test('on a GPU a token takes one dispatch, on a processor two, and a cut matrix one for each part and the gate', () => {
  const names = (family: 'portable' | 'software', partRows?: number) => {
    const c = { why: '', rows: 1, normed: true, ...(partRows ? { partRows } : {}) };
    const { x, norm, matrix, normedRows } = inputs(c);
    const capabilities = familyCapabilities(gpu().kernels.capabilities, family)!;
    const scratch = { normed: normedRows, fused: gpu().output('fused', [1, 2 * width]) };
    const hidden = gpu().output('hidden', [1, width]);
    return gatedLinear({ capabilities, tuned: {} }, x, norm, matrix, hidden, scratch).map(
      (d) => d.kernel.name,
    );
  };
  expect(names('portable')).toEqual(['matvec-split-q4']);
  expect(names('software')).toEqual(['rms-norm', 'matvec-q4']);
  expect(names('portable', 128)).toEqual([...Array(3).fill('matvec-split-q4'), 'gated-silu']);
  expect(names('software', 128)).toEqual(['rms-norm', ...Array(3).fill('matvec-q4'), 'gated-silu']);
});

test('gatedLinear refuses a matrix that has not twice the rows that are wanted', () => {
  const { x, norm, matrix, normedRows } = inputs({ why: '', rows: 1, normed: true });
  const scratch = { normed: normedRows, fused: normedRows };
  const hidden = gpu().output('hidden', [1, width + 4]);
  expect(() => gatedLinear(gpu().kernels, x, norm, matrix, hidden, scratch)).toThrow(
    'weight has 272 rows, needs 280',
  );
});
