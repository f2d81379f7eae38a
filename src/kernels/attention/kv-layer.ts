// Keys and values of one layer as they lie in the cache, and kernels that read them: one body for every format, joined
// with the file that knows how the format is read.

import { invariant } from '../../errors.ts';
import { dispatch, type Dispatch, type Kernel, type Use } from '../../gpu/kernel.ts';
import type { WeightFormat } from '../../gpu/matrix.ts';
import type { DType, Tensor } from '../../gpu/tensor.ts';
import cacheHead from '../../../shaders/shared/cache-head.wgsl?raw';
import half from '../../../shaders/shared/half.wgsl?raw';
import f16 from '../../../shaders/shared/kv-f16.wgsl?raw';
import f32 from '../../../shaders/shared/kv-f32.wgsl?raw';
import int8 from '../../../shaders/shared/kv-int8.wgsl?raw';
import readF16 from '../../../shaders/shared/kv-read-f16.wgsl?raw';
import readF32 from '../../../shaders/shared/kv-read-f32.wgsl?raw';
import readInt8 from '../../../shaders/shared/kv-read-int8.wgsl?raw';
import storeF16 from '../../../shaders/shared/kv-store-f16.wgsl?raw';
import storeF32 from '../../../shaders/shared/kv-store-f32.wgsl?raw';
import storeInt8 from '../../../shaders/shared/kv-store-int8.wgsl?raw';

export const kvFormats = ['f32', 'f16', 'int8'] as const;
/** `int8`: codes -127 .. 127 times a scale for each head of a slot, which is the largest magnitude / 127. */
export type KvFormat = (typeof kvFormats)[number];

/** Row s of every tensor is slot s; a row of k or v is [K, D] values. */
export interface KvLayer {
  readonly format: KvFormat;
  readonly k: Tensor; // f32 [S, K * D]; f16 [S, K * D / 2] words of two halves; int8 [S, K * D / 4] words of four codes
  readonly v: Tensor; // as k
  readonly scales: Tensor | null; // int8 only: [S, K] words of two halves, the largest magnitude of the key and of the value
}

/** Values that share a word of k or v. */
const valuesPerWord: Readonly<Record<KvFormat, number>> = { f32: 1, f16: 2, int8: 4 };

/** Shapes of a layer's tensors. */
export function kvShapes(
  format: KvFormat,
  slots: number,
  kvHeads: number,
  headDim: number,
): { kv: [number, number]; dtype: DType; scales: [number, number] | null } {
  return {
    kv: [slots, (kvHeads * headDim) / valuesPerWord[format]],
    dtype: format === 'f32' ? 'f32' : 'u32',
    scales: format === 'int8' ? [slots, kvHeads] : null,
  };
}

/** Bytes that one token takes in one layer. */
export function kvSlotBytes(format: KvFormat, kvHeads: number, headDim: number): number {
  const { kv, scales } = kvShapes(format, 1, kvHeads, headDim);
  return 4 * (2 * kv[1] + (scales?.[1] ?? 0));
}

/** The format for a model with such weights: what is computed exactly keeps exact keys and values. */
export function usualKvFormat(weights: readonly WeightFormat[]): KvFormat {
  return weights.every((format) => format === 'f32') ? 'f32' : 'f16';
}

/** What a kernel of `kvKernels` is given for its slots `k`, `v` and `kvScales`. */
export function kvTensors({ k, v, scales }: KvLayer): Record<'k' | 'v' | 'kvScales', Tensor> {
  return { k, v, kvScales: scales ?? k };
}

/** The file that knows how a format is read, vec4 by vec4. */
export const kvReaders: Readonly<Record<KvFormat, string>> = {
  f32: readF32 + f32,
  f16: readF16 + f16,
  int8: readInt8 + int8,
};

const kvWriters: Readonly<Record<KvFormat, string>> = {
  f32: cacheHead + f32 + storeF32,
  f16: cacheHead + half + f16 + storeF16,
  int8: cacheHead + half + int8 + storeInt8,
};

/**
 * One kernel for each format, called `<name>-<format>`. Slots 1 to 3 of the body are `k`, `v` and `kvScales`; it reads
 * them through `keyVector(slot, head, d)`, `valueVector(slot, head, d)` (unscaled; d counts vec4s of the head) and
 * `kvScale(slot, head)` (of the key, of the value), and its constants include K and D.
 */
export function kvKernels<Slot extends string, Param extends string>(
  kernel: Kernel<Slot, Param>,
): Readonly<Record<KvFormat, Kernel<Slot, Param>>> {
  const of = (format: KvFormat) => ({
    ...kernel,
    name: `${kernel.name}-${format}`,
    source: kvReaders[format] + kernel.source,
  });
  return { f32: of('f32'), f16: of('f16'), int8: of('int8') };
}

/** A kernel that reads and writes the cache, for each format. */
export interface KvStoreKernels<Slot extends string, Param extends string> {
  readonly f32: Kernel<Slot | 'k' | 'v', Param>;
  readonly f16: Kernel<Slot | 'k' | 'v', Param>;
  readonly int8: Kernel<Slot | 'k' | 'v' | 'kvScales', Param>;
}

/**
 * One kernel for each format, called `<name>-<format>`, that stores keys and values through `storeHeads` and reads them as
 * those of `kvKernels`. Its body has five slots of its own, and its constants include K and W, the invocations.
 */
export function kvStoreKernels<Slot extends string, Param extends string>(
  kernel: Kernel<Slot, Param>,
): KvStoreKernels<Slot, Param> {
  const of = <Cache extends string>(format: KvFormat, cache: Readonly<Record<Cache, 'read-write'>>) => ({
    ...kernel,
    name: `${kernel.name}-${format}`,
    source: kvWriters[format] + kernel.source,
    slots: { ...kernel.slots, ...cache },
  });
  const cache = { k: 'read-write', v: 'read-write' } as const;
  return {
    f32: of('f32', cache),
    f16: of('f16', cache),
    int8: of('int8', { ...cache, kvScales: 'read-write' }),
  };
}

/** Uses the kernel for the format of a layer. */
export function dispatchStoring<Slot extends string, Param extends string>(
  kernels: KvStoreKernels<Slot, Param>,
  { format, k, v, scales }: KvLayer,
  use: Use<Slot, Param>,
): Dispatch {
  if (format !== 'int8') return dispatch(kernels[format], { ...use, tensors: { ...use.tensors, k, v } });
  invariant(scales, `${k.label} has scales`);
  return dispatch(kernels.int8, { ...use, tensors: { ...use.tensors, k, v, kvScales: scales } });
}
