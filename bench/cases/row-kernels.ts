// The kernels beside products and attention: norms, look-ups, heads on their way to attention, the choice of a token.
// All of them are bound by memory.

import { ropeTables } from '../../src/decoder/rope-table.ts';
import { Arena, writeTensor } from '../../src/gpu/arena.ts';
import type { Dispatch } from '../../src/gpu/kernel.ts';
import type { Tensor } from '../../src/gpu/tensor.ts';
import { argmax, argmaxSlices } from '../../src/kernels/tokens/argmax.ts';
import { embedding } from '../../src/kernels/linear/embedding.ts';
import { gatedSilu } from '../../src/kernels/rows/gated-silu.ts';
import { layerNorm } from '../../src/kernels/rows/layer-norm.ts';
import { rmsNorm } from '../../src/kernels/rows/rms-norm.ts';
import { rotateHeads } from '../../src/kernels/attention/rotate-heads.ts';
import { topK, topKPairs, topKSlices } from '../../src/kernels/tokens/top-k.ts';
import { checked } from '../measure/check.ts';
import { f32Limit } from '../measure/limits.ts';
import { filledLayer } from '../inputs/kv-values.ts';
import { randomFloats, spread } from '../inputs/random.ts';
import { storedMatrix } from '../inputs/stored-matrix.ts';
import type { BenchCase, CaseContext, CheckResult, OpenCase } from '../measure/types.ts';
import { compareRows, openKernel } from './open-kernel.ts';
import { layerNormed, rmsNormed, rotated, silu } from './reference-math.ts';
import { cutModel } from './released-shapes.ts';

const eps = 1e-6;

interface RowKernel {
  readonly name: string;
  readonly shape: string;
  /** Bytes that are read or written once. */
  readonly bytes: number;
  open(context: CaseContext): Promise<OpenCase>;
}

export function rowKernelCases(): BenchCase[] {
  return [
    rmsNormKernel(1, 2560),
    rmsNormKernel(2048, 2560),
    layerNormKernel(729, 1152),
    gatedSiluKernel(512, 9728),
    embeddingKernel(512, 2560),
    rotateKernel(1),
    rotateKernel(128),
    argmaxKernel(151936),
    topKKernel(151936),
  ].map(({ name, shape, bytes, open }) => ({
    suite: 'kernels',
    name,
    shape,
    work: { amount: bytes / 1e9, unit: 'GB' },
    // What is smaller stays in a cache.
    denominator: bytes >= 4e6 ? 'readGBs' : null,
    software: true,
    open,
  }));
}

/** Opens one list whose result is compared row by row. */
function rowsOf(
  context: CaseContext,
  arena: Arena,
  name: string,
  list: readonly Dispatch[],
  y: Tensor,
  expectedRow: (row: number) => ArrayLike<number>,
  more: { readonly reset?: () => void; readonly close?: () => void } = {},
): Promise<OpenCase> {
  const compare = () => compareRows(context, y, expectedRow, f32Limit);
  return openKernel(context, { name, arena, lists: [list], compare, ...more });
}

function rmsNormKernel(rows: number, columns: number): RowKernel {
  return {
    name: 'rms-norm',
    shape: `[${rows}, ${columns}]`,
    bytes: 8 * rows * columns,
    open(context) {
      const arena = new Arena(context.runner.device, 'bench rms-norm');
      const values = randomFloats(1, rows * columns);
      const scale = randomFloats(2, columns);
      const x = arena.tensorOf('x', [rows, columns], values);
      const y = arena.tensor('y', [rows, columns]);
      const list = [rmsNorm(x, arena.tensorOf('weight', [columns], scale), y, eps)];
      return rowsOf(context, arena, 'rms-norm', list, y, (row) =>
        rmsNormed(rowOf(values, row, columns), scale, eps),
      );
    },
  };
}

function layerNormKernel(rows: number, columns: number): RowKernel {
  return {
    name: 'layer-norm',
    shape: `[${rows}, ${columns}]`,
    bytes: 8 * rows * columns,
    open(context) {
      const arena = new Arena(context.runner.device, 'bench layer-norm');
      const values = randomFloats(1, rows * columns);
      const [scale, bias] = [randomFloats(2, columns), randomFloats(3, columns)];
      const x = arena.tensorOf('x', [rows, columns], values);
      const y = arena.tensor('y', [rows, columns]);
      const weight = arena.tensorOf('weight', [columns], scale);
      const list = [layerNorm(x, weight, arena.tensorOf('bias', [columns], bias), y, eps)];
      return rowsOf(context, arena, 'layer-norm', list, y, (row) =>
        layerNormed(rowOf(values, row, columns), scale, bias, eps),
      );
    },
  };
}

function gatedSiluKernel(rows: number, columns: number): RowKernel {
  return {
    name: 'gated-silu',
    shape: `[${rows}, ${columns}]`,
    bytes: 12 * rows * columns,
    open(context) {
      const arena = new Arena(context.runner.device, 'bench gated-silu');
      const values = randomFloats(1, rows * 2 * columns, 4);
      const fused = arena.tensorOf('fused', [rows, 2 * columns], values);
      const y = arena.tensor('y', [rows, columns]);
      const list = [gatedSilu({ of: fused, column: columns }, { of: fused, column: 0 }, y)];
      return rowsOf(context, arena, 'gated-silu', list, y, (row) => {
        const own = rowOf(values, row, 2 * columns);
        return own.subarray(0, columns).map((value, i) => value * silu(own[columns + i] ?? 0));
      });
    },
  };
}

function embeddingKernel(tokens: number, columns: number): RowKernel {
  const words = 4096;
  return {
    name: 'embedding q4',
    shape: `${tokens} tokens of ${words}, width ${columns}`,
    bytes: tokens * columns * (4 + 0.5625),
    async open(context) {
      const { runner } = context;
      const arena = new Arena(runner.device, 'bench embedding');
      const table = await storedMatrix(runner, 'q4', words, columns, { seed: 1, copies: 1 });
      const extra = await storedMatrix(runner, 'q4', 128, columns, { seed: 2, copies: 1 });
      const ids = Uint32Array.from({ length: tokens }, (_, i) => (i * 2654435761) % words);
      const x = arena.tensor('x', [tokens, columns]);
      const [wteEmbedding] = table.copies;
      const [newEmbedding] = extra.copies;
      if (!wteEmbedding || !newEmbedding) throw new Error('no copies were made');
      const list = embedding(arena.tensorOf('ids', [tokens], ids), { wteEmbedding, newEmbedding }, x);
      const close = () => {
        table.destroy();
        extra.destroy();
      };
      return rowsOf(context, arena, 'embedding', list, x, (row) => table.row(ids[row] ?? 0), { close });
    },
  };
}

/** Norm, rotation and the way into the cache of the 4B's heads. */
function rotateKernel(rows: number): RowKernel {
  const { text } = cutModel({});
  const { numHeads: heads, numKvHeads: kvHeads, headDim } = text;
  const shape = { heads, kvHeads, headDim };
  const width = (heads + 2 * kvHeads) * headDim;
  return {
    name: 'rotate-heads f16',
    shape: `${rows} ${rows === 1 ? 'row' : 'rows'}, ${heads}/${kvHeads} heads of ${headDim}`,
    bytes: rows * (4 * width + 4 * heads * headDim + 4 * kvHeads * headDim),
    async open(context) {
      const { kernels, runner } = context;
      const { device } = runner;
      const arena = new Arena(device, 'bench rotate-heads');
      const slots = Math.max(256, rows);
      const { layer } = await filledLayer(runner, arena, 'f16', slots, shape, 4);
      const values = randomFloats(1, rows * width);
      const x = arena.tensor('x', [rows, width]);
      const [q, k] = [randomFloats(2, headDim), randomFloats(3, headDim)];
      const norm = {
        of: 'head',
        q: arena.tensorOf('q', [headDim], q),
        k: arena.tensorOf('k', [headDim], k),
        eps,
      } as const;
      const angles = ropeTables(text, slots).plain;
      const table = arena.tensorOf('table', [slots, headDim], angles);
      const places = arena.tensorOf(
        'places',
        [rows, 2],
        Uint32Array.from({ length: 2 * rows }, (_, i) => (i % 2 === 0 ? slots - rows + i / 2 : (i - 1) / 2)),
      );
      const list = [rotateHeads(kernels, x, shape, norm, table, { places }, layer)];
      // Rotated queries are compared; keys and values of the row stay as they were given.
      const expectedRow = (row: number) => {
        const own = rowOf(values, row, width);
        const position = slots - rows + row;
        for (let head = 0; head < heads; head++) {
          const at = head * headDim;
          const normed = rmsNormed(own.slice(at, at + headDim), q, eps);
          own.set(
            rotated(normed, headDim, angles.subarray(position * headDim, (position + 1) * headDim)),
            at,
          );
        }
        return own;
      };
      const reset = () => writeTensor(device, x, values);
      return rowsOf(context, arena, 'rotate-heads', list, x, expectedRow, { reset });
    },
  };
}

function argmaxKernel(count: number): RowKernel {
  return {
    name: 'argmax',
    shape: `${count} logits`,
    bytes: 4 * count,
    open(context) {
      const { runner } = context;
      const arena = new Arena(runner.device, 'bench argmax');
      const values = randomFloats(1, count);
      const best = arena.tensor('best', [argmaxSlices(count), 2], 'u32');
      const list = [argmax(runner.kernels, arena.tensorOf('logits', [1, count], values), best)];
      const compare = async (): Promise<CheckResult> => {
        const pairs = await runner.read(best);
        const [logits, ids] = [new Float32Array(pairs), new Uint32Array(pairs)];
        const slices = argmaxSlices(count);
        const winner = spread(slices, slices).reduce((a, b) =>
          (logits[2 * b] ?? 0) > (logits[2 * a] ?? 0) ? b : a,
        );
        const largest = values.reduce((a, b) => Math.max(a, b), -Infinity);
        return checked([ids[2 * winner + 1] ?? -1], [values.indexOf(largest)], 0);
      };
      return openKernel(context, { name: 'argmax', arena, lists: [list], compare });
    },
  };
}

function topKKernel(count: number): RowKernel {
  return {
    name: 'top-k',
    shape: `${count} logits`,
    bytes: 4 * count,
    open(context) {
      const { runner } = context;
      const arena = new Arena(runner.device, 'bench top-k');
      const values = randomFloats(1, count);
      const slices = topKSlices(count);
      const lists = arena.tensor('lists', [slices, topKPairs, 2], 'u32');
      const temperature = arena.tensorOf('temperature', [1], Float32Array.of(0.7));
      const list = [topK(arena.tensorOf('logits', [1, count], values), temperature, lists)];
      // The first entry of the first slice is the best of its logits.
      const compare = async (): Promise<CheckResult> => {
        const ids = new Uint32Array(await runner.read(lists));
        const slice = Math.ceil(count / slices / 4096) * 4096;
        const own = values.subarray(0, slice);
        const order = [...own.keys()].sort((a, b) => (own[b] ?? 0) - (own[a] ?? 0)).slice(0, 64);
        return checked(
          order.map((_, i) => ids[2 * i + 1] ?? -1),
          order,
          0,
        );
      };
      return openKernel(context, { name: 'top-k', arena, lists: [list], compare });
    },
  };
}

function rowOf(values: Float32Array, row: number, columns: number): Float64Array {
  return Float64Array.from(values.subarray(row * columns, (row + 1) * columns));
}
