// The layer norm of the vision tower beside the peer's operator: the one kernel that both have with nothing around it.

import { Arena } from '../../../src/gpu/arena.ts';
import { layerNorm } from '../../../src/kernels/rows/layer-norm.ts';
import { randomFloats } from '../../inputs/random.ts';
import { f32Limit } from '../../measure/limits.ts';
import type { BenchCase, CaseContext, OpenCase } from '../../measure/types.ts';
import { layerNormModel } from '../../peer/linear-graphs.ts';
import { peerLimits } from '../../peer/peer-limits.ts';
import { compareRows } from '../open-kernel.ts';
import { layerNormed } from '../reference-math.ts';
import { openShared } from './open-shared.ts';

const eps = 1e-6;
const width = 1152;

/** A crop, and a batch of eight. */
export function sharedNormCases(): BenchCase[] {
  return [729, 8 * 729].map((rows) => ({
    suite: 'vision',
    name: 'layer norm f32 with the peer',
    shape: `[${rows}, ${width}]`,
    work: { amount: (8 * rows * width) / 1e9, unit: 'GB' },
    denominator: 'readGBs',
    software: rows === 729,
    worth: 2,
    open: (context) => openNorm(context, rows),
  }));
}

function openNorm(context: CaseContext, rows: number): Promise<OpenCase> {
  const { runner } = context;
  const arena = new Arena(runner.device, 'bench shared norm');
  const values = randomFloats(1, rows * width);
  const [weight, bias] = [randomFloats(2, width), randomFloats(3, width)];
  const x = arena.tensorOf('x', [rows, width], values);
  const y = arena.tensor('y', [rows, width]);
  const scale = arena.tensorOf('weight', [width], weight);
  return openShared(context, {
    name: 'layer norm f32',
    arena,
    lists: [[layerNorm(x, scale, arena.tensorOf('bias', [width], bias), y, eps)]],
    result: async () => new Float32Array(await runner.read(y)),
    compare: () =>
      compareRows(
        context,
        y,
        (row) =>
          layerNormed(Float64Array.from(values.subarray(row * width, (row + 1) * width)), weight, bias, eps),
        f32Limit,
      ),
    peer: {
      graphs: [
        {
          name: 'f32',
          model: () => layerNormModel(rows, weight, bias, eps),
          limit: peerLimits.exact,
          inputs: { x: { type: 'float32', shape: [rows, width], data: values } },
        },
      ],
      output: 'y',
    },
  });
}
