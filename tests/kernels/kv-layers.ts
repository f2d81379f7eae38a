// Keys and values of kernel tests: stored as a cache stores them, on the GPU; and what the stored form is worth.

import type { Tensor } from '../../src/gpu/tensor.ts';
import type { KvFormat, KvLayer } from '../../src/kernels/attention/kv-layer.ts';
import { halfOf, halfValues } from '../../src/weights/formats/half.ts';
import { tolerances, type Tolerance } from '../tolerances.ts';
import type { GpuHarness } from './gpu-harness.ts';

export interface StoredKv {
  readonly layer: KvLayer;
  /** The values that kernels see. */
  readonly k: Float32Array; // [S, K, D]
  readonly v: Float32Array; // [S, K, D]
}

interface Coded {
  readonly words: Uint32Array<ArrayBuffer>;
  readonly scales: Uint16Array; // [S, K], halves: the largest magnitude
  readonly values: Float32Array;
}

const halfNaN = 0x7e00;

function coded(values: Float32Array, headDim: number): Coded {
  const heads = values.length / headDim;
  const codes = new Int8Array(values.length);
  const scales = new Uint16Array(heads);
  const stored = new Float32Array(values.length);
  for (let head = 0; head < heads; head++) {
    const own = values.subarray(head * headDim, (head + 1) * headDim);
    scales[head] = halfOf(own.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
    const scale = halfValues()[scales[head]!]! / 127;
    own.forEach((value, d) => {
      const code = Math.max(-127, Math.min(127, Math.round(value / scale)));
      codes[head * headDim + d] = code;
      stored[head * headDim + d] = code * scale;
    });
  }
  return { words: new Uint32Array(codes.buffer), scales, values: stored };
}

/** Stores values; `freeSlots` more slots hold NaN. A layer that kernels write to lies between guards. */
export function kvLayerOf(
  gpu: GpuHarness,
  format: KvFormat,
  k: Float32Array,
  v: Float32Array,
  {
    kvHeads,
    headDim,
    freeSlots = 0,
    written = false,
  }: { kvHeads: number; headDim: number; freeSlots?: number; written?: boolean },
): StoredKv {
  const make = (label: string, shape: readonly number[], values: Float32Array | Uint32Array): Tensor =>
    written ? gpu.output(label, shape, values) : gpu.input(label, shape, values);
  const slots = k.length / (kvHeads * headDim) + freeSlots;
  const width = kvHeads * headDim;
  if (format === 'f32') {
    const tensor = (label: string, used: Float32Array) => {
      const values = new Float32Array(slots * width).fill(NaN);
      values.set(used);
      return make(label, [slots, width], values);
    };
    return { layer: { format, k: tensor('k', k), v: tensor('v', v), scales: null }, k, v };
  }
  if (format === 'f16') {
    const tensor = (label: string, used: Float32Array) => {
      const halves = new Uint16Array(slots * width).fill(halfNaN);
      halves.set(Uint16Array.from(used, halfOf));
      return make(label, [slots, width / 2], new Uint32Array(halves.buffer));
    };
    const rounded = (used: Float32Array) => used.map((value) => halfValues()[halfOf(value)]!);
    return {
      layer: { format, k: tensor('k', k), v: tensor('v', v), scales: null },
      k: rounded(k),
      v: rounded(v),
    };
  }
  const [keys, values] = [coded(k, headDim), coded(v, headDim)];
  const tensor = (label: string, used: Uint32Array) => {
    const words = new Uint32Array((slots * width) / 4);
    words.set(used);
    return make(label, [slots, width / 4], words);
  };
  const scales = new Uint32Array(slots * kvHeads).fill(halfNaN | (halfNaN << 16));
  keys.scales.forEach((scale, i) => (scales[i] = scale | (values.scales[i]! << 16)));
  return {
    layer: {
      format,
      k: tensor('k', keys.words),
      v: tensor('v', values.words),
      scales: make('scales', [slots, kvHeads], scales),
    },
    k: keys.values,
    v: values.values,
  };
}

const half = (word: number, upper: boolean) => halfValues()[upper ? word >>> 16 : word & 0xffff] ?? NaN;

/** What readers see of the words of some heads; `scales` are those of the heads. */
export function storedValues(
  format: KvFormat,
  words: Uint32Array,
  scales: Uint32Array,
  headDim: number,
  isValue: boolean,
): Float32Array {
  if (format === 'f32') return new Float32Array(words.buffer, words.byteOffset, words.length);
  if (format === 'f16')
    return Float32Array.from({ length: 2 * words.length }, (_, i) => half(words[i >> 1]!, i % 2 === 1));
  const codes = new Int8Array(words.buffer, words.byteOffset, 4 * words.length);
  return Float32Array.from(
    codes,
    (code, i) => (code * half(scales[Math.floor(i / headDim)]!, isValue)) / 127,
  );
}

const step = 2 ** -11;

/** Of what was computed in f32: f16 rounds to 11 bits; int8 to half a step of the largest / 127, whose scale is an f16. */
export const storedTolerances: Readonly<Record<KvFormat, Tolerance>> = {
  f32: tolerances.norm,
  f16: { relative: step + tolerances.norm.relative, of: 'largest' },
  int8: { relative: 0.5 / 127 + 2 * step, of: 'largest' },
};
