// A layer of the cache filled with random bits, and what they are worth.

import type { Arena } from '../../src/gpu/arena.ts';
import { writeTensor } from '../../src/gpu/arena.ts';
import { kvShapes, kvSlotBytes, type KvFormat, type KvLayer } from '../../src/kernels/attention/kv-layer.ts';
import type { HeadShape } from '../../src/kernels/attention/head-shape.ts';
import { halfValues } from '../../src/weights/formats/half.ts';
import { randomBits } from './random.ts';

export interface FilledLayer {
  readonly layer: KvLayer;
  readonly byteLength: number;
  /** The values [D] of a head in a slot. */
  key(slot: number, head: number): Float64Array;
  value(slot: number, head: number): Float64Array;
}

interface Stored {
  readonly k: Uint32Array<ArrayBuffer>;
  readonly v: Uint32Array<ArrayBuffer>;
  readonly scales: Uint32Array<ArrayBuffer> | null;
}

/** A new layer with keys and values of about 1 in every one of `slots` slots. */
export function filledLayer(
  device: GPUDevice,
  arena: Arena,
  format: KvFormat,
  slots: number,
  shape: HeadShape,
  seed: number,
): FilledLayer {
  const { kv, dtype, scales } = kvShapes(format, slots, shape.kvHeads, shape.headDim);
  const layer = {
    format,
    k: arena.tensor('k', kv, dtype),
    v: arena.tensor('v', kv, dtype),
    scales: scales && arena.tensor('kv scales', scales, 'u32'),
  };
  return fillLayer(device, layer, slots, shape, seed);
}

/** Fills the first `slots` slots of a layer with keys and values of about 1. */
export function fillLayer(
  device: GPUDevice,
  layer: KvLayer,
  slots: number,
  { kvHeads, headDim }: HeadShape,
  seed: number,
): FilledLayer {
  const { format } = layer;
  const { kv, scales } = kvShapes(format, slots, kvHeads, headDim);
  const words = kv[0] * kv[1];
  const stored: Stored = {
    k: randomWords(format, words, seed),
    v: randomWords(format, words, seed + 1),
    scales: scales && randomWords('f16', scales[0] * scales[1], seed + 2),
  };
  writeTensor(device, layer.k, stored.k);
  writeTensor(device, layer.v, stored.v);
  if (layer.scales && stored.scales) writeTensor(device, layer.scales, stored.scales);
  const head = (of: 'k' | 'v') => (slot: number, index: number) =>
    headValues(format, stored, of, slot * kvHeads + index, headDim);
  return {
    layer,
    byteLength: slots * kvSlotBytes(format, kvHeads, headDim),
    key: head('k'),
    value: head('v'),
  };
}

/** Words of values in [-1, 1) for f32, of magnitude 0.5 to 1 for halves, of codes for bytes. */
function randomWords(format: KvFormat, count: number, seed: number): Uint32Array<ArrayBuffer> {
  const bits = randomBits(seed);
  const words = new Uint32Array(count);
  if (format === 'f32') {
    const floats = new Float32Array(words.buffer);
    for (let i = 0; i < count; i++) floats[i] = bits() / 2 ** 31 - 1;
  } else if (format === 'f16')
    // Sign and fraction are random; the exponent stands for 0.5.
    for (let i = 0; i < count; i++) words[i] = (bits() & 0x83ff83ff) | 0x38003800;
  else {
    const codes = new Int8Array(words.buffer);
    for (let i = 0; i < count; i++) words[i] = bits();
    // The code -128 does not exist.
    for (let i = 0; i < codes.length; i++) if (codes[i] === -128) codes[i] = -127;
  }
  return words;
}

function headValues(
  format: KvFormat,
  stored: Stored,
  of: 'k' | 'v',
  head: number,
  headDim: number,
): Float64Array {
  const { buffer } = stored[of];
  const start = head * headDim;
  if (format === 'f32') return Float64Array.from(new Float32Array(buffer, start * 4, headDim));
  const known = halfValues();
  if (format === 'f16')
    return Float64Array.from(new Uint16Array(buffer, start * 2, headDim), (half) => known[half] ?? 0);
  const word = stored.scales?.[head] ?? 0;
  const largest = known[of === 'k' ? word & 0xffff : word >>> 16] ?? 0;
  return Float64Array.from(new Int8Array(buffer, start, headDim), (code) => (code * largest) / 127);
}
