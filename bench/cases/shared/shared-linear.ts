// Matrix products that the peer computes as well: q4 weights by one row and by 512, and f32 weights of a ViT MLP.

import { Arena } from '../../../src/gpu/arena.ts';
import type { WeightFormat } from '../../../src/gpu/matrix.ts';
import { linear } from '../../../src/kernels/linear/linear.ts';
import { decodeMatrix, matrixBytes } from '../../../src/weights/formats/formats.ts';
import { machineOf, type Machine } from '../../measure/machine.ts';
import { productLimit } from '../../measure/limits.ts';
import { denseLinearModel, q4LinearModel } from '../../peer/linear-graphs.ts';
import { peerLimits } from '../../peer/peer-limits.ts';
import { inPrecision, peerPrecisions } from '../../peer/precisions.ts';
import { q4Blocks } from '../../peer/q4-blocks.ts';
import { randomFloats } from '../../inputs/random.ts';
import { randomMatrixBytes, storedMatrix } from '../../inputs/stored-matrix.ts';
import type { BenchCase, CaseContext, OpenCase, SuiteName } from '../../measure/types.ts';
import { compareRows } from '../open-kernel.ts';
import { openShared, type PeerGraph } from './open-shared.ts';

interface SharedLinear {
  readonly suite: SuiteName;
  readonly layer: string;
  readonly format: Extract<WeightFormat, 'q4' | 'f32'>;
  readonly rows: number;
  readonly k: number;
  readonly columns: number;
  readonly software: boolean;
}

const shapes: readonly SharedLinear[] = [
  { suite: 'decode', layer: 'up', format: 'q4', rows: 1, k: 2560, columns: 9728, software: true },
  { suite: 'decode', layer: 'down', format: 'q4', rows: 1, k: 9728, columns: 2560, software: true },
  { suite: 'prefill', layer: 'up, cut', format: 'q4', rows: 512, k: 2560, columns: 1024, software: true },
  { suite: 'vision', layer: 'MLP, cut', format: 'f32', rows: 64, k: 1152, columns: 4304, software: true },
  { suite: 'prefill', layer: 'up', format: 'q4', rows: 512, k: 2560, columns: 9728, software: false },
  { suite: 'vision', layer: 'MLP', format: 'f32', rows: 729, k: 1152, columns: 4304, software: false },
];

export function sharedLinearCases(): BenchCase[] {
  return shapes.map((shape) => {
    const { suite, layer, format, rows, k, columns, software } = shape;
    const one = rows === 1;
    const bytes = matrixBytes(format, columns, k).byteLength + 4 * rows * (k + columns);
    return {
      suite,
      name: `${one ? 'matvec' : 'matmul'} ${format} with the peer`,
      shape: `${layer} [${rows}, ${k}] -> ${columns}`,
      work: one
        ? { amount: bytes / 1e9, unit: 'GB' }
        : { amount: (2 * rows * columns * k) / 1e9, unit: 'GFLOP' },
      denominator: one ? 'readGBs' : 'fma32Gflops',
      software,
      worth: software ? 2 : 1,
      gpuSec: 5,
      open: (context) => openLinear(context, shape),
    };
  });
}

const seed = 1;

async function openLinear(
  context: CaseContext,
  { format, rows, k, columns }: SharedLinear,
): Promise<OpenCase> {
  const { runner, kernels } = context;
  const weight = await storedMatrix(runner, format, columns, k, { seed, copies: 1 });
  const stored = randomMatrixBytes(format, columns, k, seed);
  const arena = new Arena(runner.device, 'bench shared linear');
  const values = randomFloats(2, rows * k);
  const x = arena.tensorOf('x', [rows, k], values);
  const y = arena.tensor('y', [rows, columns]);
  return openShared(context, {
    name: `linear ${format}`,
    arena,
    lists: weight.copies.map((matrix) => linear(kernels, x, matrix, y)),
    compare: () => {
      const exact = decodeMatrix(format, stored, columns, k);
      const limit = productLimit(kernels, { rows, format });
      return compareRows(context, y, (row) => product(values, row, exact, k), limit);
    },
    result: async () => new Float32Array(await runner.read(y)),
    peer: {
      graphs: (format === 'q4' ? q4Graphs : denseGraphs)(machineOf(runner), rows, stored, columns, k, {
        x: { type: 'float32', shape: [rows, k], data: values },
      }),
      output: 'y',
    },
    close: () => weight.destroy(),
  });
}

/** Level 1 asks for what level 0 does; 4 may be faster where the device multiplies bytes. */
function q4Graphs(
  { deviceF16 }: Machine,
  rows: number,
  stored: Uint8Array,
  columns: number,
  k: number,
  inputs: PeerGraph['inputs'],
): PeerGraph[] {
  return peerPrecisions(deviceF16).map(({ name, limit, ...precision }) => ({
    name,
    model: () => q4LinearModel(rows, q4Blocks(stored, columns, k), precision),
    limit,
    inputs: inPrecision(inputs, precision.type),
  }));
}

function denseGraphs(
  _: Machine,
  rows: number,
  stored: Uint8Array,
  columns: number,
  k: number,
  inputs: PeerGraph['inputs'],
): PeerGraph[] {
  const values = decodeMatrix('f32', stored, columns, k);
  const model = () => denseLinearModel(rows, { values, rows: columns, columns: k, bias: null });
  return [{ name: 'f32', model, limit: peerLimits.exact, inputs }];
}

/** A row of x [rows, k] times a matrix [columns, k], in f64. */
function product(x: Float32Array, row: number, matrix: Float32Array, k: number): Float64Array {
  const columns = matrix.length / k;
  const out = new Float64Array(columns);
  for (let n = 0; n < columns; n++) {
    let sum = 0;
    for (let i = 0; i < k; i++) sum += (x[row * k + i] ?? 0) * (matrix[n * k + i] ?? 0);
    out[n] = sum;
  }
  return out;
}
