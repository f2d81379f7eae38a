// Linear layers alone: one row reads every weight once (decoding), many rows multiply (prefill and vision).

import { Arena } from '../../src/gpu/arena.ts';
import type { WeightFormat } from '../../src/gpu/matrix.ts';
import { linear } from '../../src/kernels/linear/linear.ts';
import { matrixBytes } from '../../src/weights/formats/formats.ts';
import { checked } from '../measure/check.ts';
import { productLimit } from '../measure/limits.ts';
import { machineOf } from '../measure/machine.ts';
import { randomFloats, spread } from '../inputs/random.ts';
import { storedMatrix, type StoredMatrix } from '../inputs/stored-matrix.ts';
import type { BenchCase, CaseContext, CheckResult, SuiteName } from '../measure/types.ts';
import { openKernel } from './open-kernel.ts';
import type { Tensor } from '../../src/gpu/tensor.ts';

export interface LinearShape {
  readonly suite: SuiteName;
  /** Where the layer stands: 'molmo2-4b ff_proj'. */
  readonly model: string;
  readonly format: WeightFormat;
  readonly rows: number;
  readonly columns: number;
  readonly k: number;
  readonly worth?: 1 | 4;
}

// Weights that runs take turns with are larger together than the last cache of a GPU (tens of megabytes).
const turnBytes = 256 * 2 ** 20;
const mostCopies = 64;

// A software driver makes 0.1 to 0.3 GFLOP/s at one row, and about 1.5 at many.
const softwareFlop = { oneRow: 0.105e9, manyRows: 1.5e9 };

export function linearCase(shape: LinearShape): BenchCase {
  const { suite, model, format, rows, columns, k } = shape;
  const flop = 2 * rows * columns * k;
  const bytes = matrixBytes(format, columns, k).byteLength + 4 * rows * (k + columns);
  return {
    suite,
    name: `${rows === 1 ? 'matvec' : 'matmul'} ${format}`,
    shape: `${model} [${rows}, ${k}] -> ${columns}`,
    work: rows === 1 ? { amount: bytes / 1e9, unit: 'GB' } : { amount: flop / 1e9, unit: 'GFLOP' },
    // Smaller weights stay in a cache, and the memory's speed says nothing about them.
    denominator: rows > 1 ? 'fma32Gflops' : bytes >= 4e6 ? 'readGBs' : null,
    software: flop <= (rows === 1 ? softwareFlop.oneRow : softwareFlop.manyRows),
    ...(shape.worth && { worth: shape.worth }),
    open: (context) => openLinear(context, shape),
  };
}

async function openLinear(context: CaseContext, shape: LinearShape) {
  const { runner, kernels } = context;
  const { format, rows, columns, k } = shape;
  const { byteLength } = matrixBytes(format, columns, k);
  const copies =
    rows > 1 || machineOf(runner).software ? 1 : Math.min(mostCopies, Math.ceil(turnBytes / byteLength));
  const weight = await storedMatrix(runner, format, columns, k, { seed: 1, copies });
  const arena = new Arena(runner.device, 'bench linear');
  const values = randomFloats(2, rows * k);
  const x = arena.tensorOf('x', [rows, k], values);
  const y = arena.tensor('y', [rows, columns]);
  return openKernel(context, {
    name: `linear ${format}`,
    arena,
    lists: weight.copies.map((matrix) => linear(kernels, x, matrix, y)),
    compare: () => compareProducts(context, shape, weight, values, y),
    close: () => weight.destroy(),
  });
}

/** Some columns of some rows, summed in f64. */
async function compareProducts(
  { runner, kernels }: CaseContext,
  { rows, columns, k, format }: LinearShape,
  weight: StoredMatrix,
  x: Float32Array,
  y: Tensor,
): Promise<CheckResult> {
  const actual: number[] = [];
  const expected: number[] = [];
  const sampledRows = spread(5, rows);
  const read = new Map<number, Float32Array>();
  for (const row of sampledRows)
    read.set(row, new Float32Array(await runner.read(y, row * columns * 4, columns * 4)));
  for (const column of spread(40, columns)) {
    const own = weight.row(column);
    for (const row of sampledRows) {
      actual.push(read.get(row)?.[column] ?? NaN);
      expected.push(dot(x.subarray(row * k, (row + 1) * k), own));
    }
  }
  return checked(actual, expected, productLimit(kernels, { rows, format }));
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
