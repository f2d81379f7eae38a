import { describe, expect, test } from 'vitest';
import { portableCapabilities, type Capabilities } from '../../src/gpu/capabilities.ts';
import { openGpu } from '../../src/gpu/device.ts';
import type { KernelSettings } from '../../src/gpu/kernel-settings.ts';
import type { WeightFormat } from '../../src/gpu/matrix.ts';
import type { Tensor } from '../../src/gpu/tensor.ts';
import type { Norm } from '../../src/kernels/linear/few-rows.ts';
import { linearVariants, type MatvecVariant } from '../../src/kernels/choose.ts';
import { fewRowsVariant, normsItself } from '../../src/kernels/linear/linear.ts';
import { weightSlices } from '../../src/kernels/linear/weight-slice.ts';
import { gatedSiluReference } from '../reference/gated-silu.ts';
import { matmulReference } from '../reference/matmul.ts';
import { rmsNormReference } from '../reference/rms-norm.ts';
import { tolerances, type Tolerance } from '../tolerances.ts';
import { casesHere } from './cases-here.ts';
import { expectClose, guard, useGpu } from './gpu-harness.ts';
import { matrixOf, matrixShapeOnly, storedValues, weightFormats } from './matrices.ts';
import { floats } from './random.ts';

const gpu = useGpu();
const probe = await openGpu();
const kernels: KernelSettings = { capabilities: probe.capabilities, tuned: {} };
probe.device.destroy();

const variants: readonly MatvecVariant[] = [
  'matvec',
  'matvec-split',
  'matvec-subgroup',
  'matvec-spread',
  'matvec-packed',
  'matvec-rows',
  'matvec-split-half',
  'matvec-subgroup-half',
];

const control = { rows: 1, k: 64, columns: 64 };

interface Case {
  readonly why: string;
  readonly rows: number;
  readonly k: number;
  readonly columns: number;
  /** Rows of weight and of y beyond the ones that are used. */
  readonly spareWeightRows?: number;
  readonly spareRows?: number;
  readonly bias?: boolean;
  readonly accumulate?: boolean;
  readonly weightRow?: number;
  readonly gelu?: boolean;
  readonly yRow?: number;
  /** Rows of weight in a buffer of their own. */
  readonly partRows?: number;
  readonly xScale?: number;
}

/** What depends on how a variant reads a format. Few, because a software driver compiles each variant anew for each width. */
const shapes: Case[] = [
  { why: 'the control', ...control },
  { why: 'the smallest product', rows: 1, k: 4, columns: 1 },
  { why: 'rows of y that begin off a vec4 boundary', ...control, rows: 3, columns: 1003 },
  { why: 'a part of a fused weight', ...control, weightRow: 37, spareWeightRows: 52 },
  { why: 'a vocabulary in several parts', ...control, rows: 2, columns: 1003, partRows: 384 },
  { why: 'more blocks than a workgroup has parts, and a half', ...control, columns: 37, k: 1136 },
  { why: 'values beyond those of f16', ...control, xScale: 1e6 },
  { why: 'values below those of f16', ...control, xScale: 1e-9 },
];

/** Of the kernel that takes all rows at once. */
const together: Case[] = [
  { why: 'two rows', ...control, rows: 2 },
  { why: 'eight rows of a part of a fused weight', ...control, rows: 8, weightRow: 37, spareWeightRows: 52 },
  { why: 'three rows of an odd vocabulary in parts', ...control, rows: 3, columns: 1003, partRows: 384 },
  { why: 'five rows of more blocks than parts, and a half', ...control, rows: 5, columns: 37, k: 1136 },
  { why: 'the smallest product', rows: 1, k: 4, columns: 1 },
  {
    why: 'a GELU after a bias, added to the middle of y',
    ...{ ...control, rows: 4, bias: true, gelu: true, accumulate: true, yRow: 1, spareRows: 2 },
  },
];

/** What all variants share. */
const options: Case[] = [
  { why: 'two rows', ...control, rows: 2 },
  {
    why: 'rows of weight that begin with an even one',
    ...control,
    weightRow: 70,
    spareWeightRows: 90,
    columns: 63,
  },
  { why: 'more rows than it is chosen for', ...control, rows: 33 },
  { why: 'a vocabulary that is no multiple of 4', ...control, columns: 10_007 },
  { why: 'one column more than a workgroup', ...control, columns: 65 },
  { why: 'a width of 588', ...control, k: 588 },
  { why: 'a long sum', ...control, k: 4304 },
  { why: 'a bias', ...control, bias: true },
  { why: 'adding to y', ...control, accumulate: true },
  { why: 'adding to y with a bias', ...control, rows: 2, bias: true, accumulate: true },
  { why: 'a part of a fused weight and bias', ...control, weightRow: 37, spareWeightRows: 52, bias: true },
  { why: 'rows of y that stay as they are', ...control, spareRows: 2 },
  { why: 'rows in the middle of y', ...control, yRow: 1, spareRows: 2 },
  { why: 'a GELU after a bias', ...control, rows: 2, bias: true, gelu: true },
  { why: 'less than a block of columns', ...control, k: 24 },
  { why: 'three blocks and a half', ...control, k: 112 },
  { why: 'three whole blocks', ...control, k: 96 },
  { why: 'eight blocks and a half', ...control, k: 272 },
  {
    why: 'rows of weight that begin in one part and end in the third, with a bias',
    ...{ ...control, columns: 181, weightRow: 99, spareWeightRows: 140, partRows: 128, bias: true },
  },
];

function casesOf(variant: MatvecVariant, format: WeightFormat): Case[] {
  if (variant === 'matvec-rows') return together;
  const all = (variant === 'matvec' && format === 'q4') || (variant === 'matvec-split' && format === 'f32');
  return all ? [...shapes, ...options] : shapes;
}

function offered(capabilities: Capabilities, format: WeightFormat): readonly string[] {
  const work = { op: 'linear', rows: 1, columns: 4, k: 4, format, inFours: true } as const;
  return linearVariants({ capabilities, tuned: {} }, work);
}

function toleranceOf(variant: MatvecVariant, otherwise: Tolerance = tolerances.dotProduct): Tolerance {
  if (variant === 'matvec-packed') return tolerances.packedPlanes;
  return variant.endsWith('-half') ? tolerances.halfBlocks : otherwise;
}

/** What this device has; the last tests say what others have. */
const kinds = variants.flatMap((variant) =>
  weightFormats
    // That kernel is for more rows than one, and runs everywhere.
    .filter((format) => variant === 'matvec-rows' || offered(kernels.capabilities, format).includes(variant))
    .map((format) => ({ variant, format })),
);

const everyCase = kinds.flatMap(({ variant, format }) =>
  casesOf(variant, format).map((c) => ({ variant, format, ...c })),
);

test.each(casesHere(everyCase))('$variant of $format matches the reference with $why', async (c) => {
  const { variant, format } = c;
  const { rows, k, columns, weightRow = 0, accumulate = false, gelu = false, yRow = 0, xScale = 1 } = c;
  const weightRows = columns + (c.spareWeightRows ?? 0);
  const yRows = rows + (c.spareRows ?? 0);
  const x = floats(1, rows * k, xScale);
  const weight = floats(2, weightRows * k);
  const bias = c.bias ? floats(3, weightRows, 4) : undefined;
  const before = accumulate ? floats(4, yRows * columns, 4) : new Float32Array(yRows * columns).fill(guard);
  const options = { accumulate, gelu, yRow };

  const y = gpu().output('y', [yRows, columns], before);
  const biasTensor = bias && gpu().input('bias', [weightRows], bias);
  const xTensor = gpu().input('x', [rows, k], x);
  const matrix = matrixOf(gpu(), format, weight, weightRows, k, c.partRows);
  const list = weightSlices(matrix, weightRow, columns).map((slice) =>
    fewRowsVariant(kernels, variant, xTensor, slice, y, { ...options, bias: biasTensor }),
  );
  expect(list.map(({ kernel }) => kernel.name)).toEqual(list.map(() => `${variant}-${format}`));
  await gpu().run(...list);

  const expected = Float64Array.from(before);
  const stored = storedValues(format, weight, weightRows, k);
  matmulReference(x, stored, expected, c, { ...options, weightRow, bias });
  expectClose(await gpu().read(y), expected, toleranceOf(variant, gelu ? tolerances.gelu : undefined));
});

describe.each(casesHere(kinds))('$variant of $format', ({ variant, format }) => {
  if (normsItself(variant))
    test('norms more vectors than a workgroup has invocations while it reads them', async () => {
      const [rows, k, columns] = [2, 1136, 37];
      const x = floats(1, rows * k, 3);
      const normWeight = floats(5, k, 2);
      const weight = floats(2, columns * k);
      const y = gpu().output('y', [rows, columns]);
      const matrix = matrixOf(gpu(), format, weight, columns, k);
      const norm: Norm = { weight: gpu().input('norm', [k], normWeight), eps: 0.5 };
      const xTensor = gpu().input('x', [rows, k], x);
      await gpu().run(
        ...weightSlices(matrix, 0, columns).map((slice) =>
          fewRowsVariant(kernels, variant, xTensor, slice, y, { norm }),
        ),
      );
      const normed = rmsNormReference(x, normWeight, norm.eps);
      const expected = new Float64Array(rows * columns);
      matmulReference(normed, storedValues(format, weight, columns, k), expected, { rows, columns, k });
      expectClose(await gpu().read(y), expected, toleranceOf(variant));
    });

  test('gates values of odd sizes as it makes them, and norms what it can', async () => {
    const [rows, k, width, normed] = [2, 84, 45, normsItself(variant)];
    const x = floats(1, rows * k, 2);
    const normWeight = floats(5, k, 2);
    const weight = floats(2, 2 * width * k);
    const y = gpu().output('y', [rows, width]);
    const matrix = matrixOf(gpu(), format, weight, 2 * width, k);
    const norm: Norm = { weight: gpu().input('norm', [k], normWeight), eps: 0.25 };
    const [slice] = weightSlices(matrix, 0, width);
    await gpu().run(
      fewRowsVariant(kernels, variant, gpu().input('x', [rows, k], x), slice!, y, {
        gateRow: width,
        ...(normed ? { norm } : {}),
      }),
    );
    const both = new Float64Array(rows * 2 * width);
    const from = normed ? rmsNormReference(x, normWeight, norm.eps) : x;
    const stored = storedValues(format, weight, 2 * width, k);
    matmulReference(from, stored, both, { rows, columns: 2 * width, k });
    const half = (column: number) => ({ of: both, stride: 2 * width, column });
    const expected = gatedSiluReference(half(width), half(0), rows, width);
    expectClose(await gpu().read(y), expected, toleranceOf(variant));
  });

  // The bodies look at the cursor, and know nothing of formats.
  if (format === 'f32' || format === 'q8')
    test('a cursor that has stopped keeps y as it is, one that has not does not', async () => {
      const { k, columns } = control;
      const x = floats(1, k);
      const weight = floats(2, columns * k);
      const matrix = matrixOf(gpu(), format, weight, columns, k);
      const xTensor = gpu().input('x', [1, k], x);
      const run = async (cursor: Tensor) => {
        const y = gpu().output('y', [1, columns]);
        const [slice] = weightSlices(matrix, 0, columns);
        await gpu().run(fewRowsVariant(kernels, variant, xTensor, slice!, y, { cursor }));
        return gpu().read(y);
      };
      const expected = new Float64Array(columns);
      matmulReference(x, storedValues(format, weight, columns, k), expected, control);
      expectClose(
        await run(gpu().input('running', [2], Uint32Array.of(7, 0))),
        expected,
        toleranceOf(variant),
      );
      const stopped = await run(gpu().input('stopped', [2], Uint32Array.of(7, 1)));
      expect([...stopped]).toEqual([...stopped].map(() => guard));
    });
});

test('what a device has decides which kernels it is offered', () => {
  const gpuWith = (own: Partial<Capabilities>) => ({ ...portableCapabilities, ...own });
  expect(offered(gpuWith({}), 'q4')).toEqual(['matvec-split', 'matvec']);
  expect(offered(gpuWith({ subgroupSize: 32 }), 'q4')).toEqual([
    'matvec-spread',
    'matvec-subgroup',
    'matvec-split',
    'matvec',
  ]);
  const halves = { f16: true, f16Bits: true };
  expect(offered(gpuWith(halves), 'q8')).toEqual(['matvec-split-half', 'matvec-split', 'matvec']);
  expect(offered(gpuWith({ f16: true }), 'q8')).toEqual(['matvec-split', 'matvec']);
  const all = gpuWith({ ...halves, subgroupSize: 32 });
  expect(offered(all, 'f16')).toEqual(['matvec-subgroup', 'matvec-split', 'matvec']);
  expect(offered(all, 'q4')).toEqual([
    'matvec-spread',
    'matvec-subgroup-half',
    'matvec-split-half',
    'matvec-subgroup',
    'matvec-split',
    'matvec',
  ]);
  expect(offered({ ...all, packedIntegers: true }, 'q4').slice(0, 2)).toEqual([
    'matvec-packed',
    'matvec-spread',
  ]);
  expect(offered({ ...all, packedIntegers: true }, 'f16')).not.toContain('matvec-packed');
  expect(offered(gpuWith({ packedIntegers: true }), 'q4')).not.toContain('matvec-packed');
  expect(offered({ ...all, software: true }, 'q4')[0]).toBe('matvec');
});

test('kernels for few rows refuse shapes that do not fit', () => {
  const tensor = (shape: number[]) => gpu().output('t', shape);
  const matvec = (
    ...rest: Parameters<typeof fewRowsVariant> extends [unknown, unknown, ...infer R] ? R : never
  ) => fewRowsVariant(kernels, 'matvec', ...rest);
  const x = tensor([2, 8]);
  const slice = (rows: number, columns: number) => weightSlices(matrixShapeOnly(rows, columns), 0, rows)[0]!;
  expect(() => matvec(x, slice(8, 12), tensor([2, 8]), {})).toThrow('weight has 12 columns, t 8');
  expect(() => matvec(x, slice(8, 8), tensor([1, 8]), {})).toThrow('t has 1 rows, needs 2');
  expect(() => matvec(x, slice(8, 8), tensor([2, 8]), { yRow: 1 })).toThrow('t has 2 rows, needs 3');
  expect(() => matvec(x, slice(8, 8), tensor([2, 8]), { gateRow: 4 })).toThrow('no gate at row 4');
  const norm = { weight: tensor([8]), eps: 1e-6 };
  expect(() => matvec(x, slice(8, 8), tensor([2, 8]), { norm })).toThrow('matvec reads x as it is');
});
