// A layer of the cache filled with random bits, and what they are worth.

import type { Arena } from '../../src/gpu/arena.ts';
import type { GpuRunner } from '../../src/gpu/runner.ts';
import { kvShapes, kvSlotBytes, type KvFormat, type KvLayer } from '../../src/kernels/attention/kv-layer.ts';
import type { HeadShape } from '../../src/kernels/attention/head-shape.ts';
import { halfValues } from '../../src/weights/formats/half.ts';
import { randomFill } from './random-fill.ts';
import { filledWords, type Fill } from './random-words.ts';

export interface FilledLayer {
  readonly layer: KvLayer;
  readonly byteLength: number;
  /** The values [D] of a head in a slot. */
  key(slot: number, head: number): Float64Array;
  value(slot: number, head: number): Float64Array;
}

/** A new layer with keys and values of about 1 in every one of `slots` slots. */
export async function filledLayer(
  runner: GpuRunner,
  arena: Arena,
  format: KvFormat,
  slots: number,
  shape: HeadShape,
  seed: number,
): Promise<FilledLayer> {
  const { kv, dtype, scales } = kvShapes(format, slots, shape.kvHeads, shape.headDim);
  const layer = {
    format,
    k: arena.tensor('k', kv, dtype),
    v: arena.tensor('v', kv, dtype),
    scales: scales && arena.tensor('kv scales', scales, 'u32'),
  };
  return fillLayer(runner, layer, slots, shape, seed);
}

/** Fills the first `slots` slots of a layer with keys and values of about 1. */
export async function fillLayer(
  runner: GpuRunner,
  layer: KvLayer,
  slots: number,
  { kvHeads, headDim }: HeadShape,
  seed: number,
): Promise<FilledLayer> {
  const { format, k, v, scales } = layer;
  const { kv, scales: scaleShape } = kvShapes(format, slots, kvHeads, headDim);
  const fill = fills[format];
  const words = kv[0] * kv[1];
  await runner.run([
    randomFill(k, fill, seed, words),
    randomFill(v, fill, seed + 1, words),
    ...(scales && scaleShape ? [randomFill(scales, fills.f16, seed + 2, scaleShape[0] * scaleShape[1])] : []),
  ]);
  const head = (of: 'k' | 'v') => (slot: number, index: number) =>
    headValues(format, seed, of, slot * kvHeads + index, headDim);
  return {
    layer,
    byteLength: slots * kvSlotBytes(format, kvHeads, headDim),
    key: head('k'),
    value: head('v'),
  };
}

/** Values in [-1, 1) for f32, of magnitude 0.5 to 1 for halves, codes for bytes. */
const fills: Readonly<Record<KvFormat, Fill>> = {
  f32: { kind: 'floats', scale: 1, offset: 0 },
  f16: { kind: 'masked', keep: 0x83ff83ff, set: 0x38003800 },
  int8: { kind: 'bytes' },
};

function headValues(
  format: KvFormat,
  seed: number,
  of: 'k' | 'v',
  head: number,
  headDim: number,
): Float64Array {
  const words = headDim / { f32: 1, f16: 2, int8: 4 }[format];
  const { buffer } = filledWords(fills[format], of === 'k' ? seed : seed + 1, head * words, words);
  if (format === 'f32') return Float64Array.from(new Float32Array(buffer));
  const known = halfValues();
  if (format === 'f16') return Float64Array.from(new Uint16Array(buffer), (half) => known[half] ?? 0);
  const [scales = 0] = filledWords(fills.f16, seed + 2, head, 1);
  const largest = known[of === 'k' ? scales & 0xffff : scales >>> 16] ?? 0;
  return Float64Array.from(new Int8Array(buffer), (code) => (code * largest) / 127);
}
