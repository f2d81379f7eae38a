// Attention of one new row over the cache: chunks of keys side by side, then merged.

import { invariant } from '../../errors.ts';
import { ceilDiv, dispatch, type Dispatch } from '../../gpu/kernel.ts';
import type { KernelSettings } from '../../gpu/kernel-settings.ts';
import { elementCount, matrixShape, type Tensor } from '../../gpu/tensor.ts';
import lanes from '../../../shaders/attention-decode.wgsl?raw';
import { attentionDecodeMerge } from './attention-decode-merge.ts';
import { attentionDecodeSoftwareKernels } from './attention-decode-software.ts';
import { attentionDecodeSubgroupsKernels } from './attention-decode-subgroups.ts';
import { decodeKernels } from './decode-chunk.ts';
import type { HeadShape } from './head-shape.ts';
import { kvTensors, type KvLayer } from './kv-layer.ts';

export const attentionDecodeKernels = decodeKernels('attention-decode', lanes);

const variants = {
  portable: attentionDecodeKernels,
  subgroups: attentionDecodeSubgroupsKernels,
  software: attentionDecodeSoftwareKernels,
} as const;

export type DecodeVariant = keyof typeof variants;

/** What the kernels of a device can be, the best guess first. f16 arithmetic would not help: bytes of the cache bound the time. */
export function decodeVariants({ capabilities }: KernelSettings): readonly DecodeVariant[] {
  const { software, subgroupSize } = capabilities;
  if (software) return ['software', 'portable'];
  return subgroupSize === null ? ['portable'] : ['subgroups', 'portable'];
}

/** The class of work that a tuned choice is kept under. */
export function decodeClass({ format }: KvLayer, { heads, kvHeads, headDim }: HeadShape): string {
  return `attention-decode ${format} ${heads} / ${kvHeads} x ${headDim}`;
}

/** Chunks at most: of 32 keys in a small cache, of 256 where it has many slots. Others would have nothing to do, ever. */
function mostChunks(slots: number): number {
  // The number is compiled in, so that of slots goes by powers of two: caches of about the same size share their pipelines.
  const of = (keys: number) => 2 ** Math.ceil(Math.log2(Math.max(1, slots / keys)));
  return Math.max(Math.min(of(32), spreadMost), of(256));
}

const spreadMost = 64;

/** Room for partial results of any variant over a cache of so many slots. */
export function partialsShape({ heads, headDim }: HeadShape, slots: number): [number, number] {
  return [heads * mostChunks(slots), headDim + 4];
}

/**
 * y [1, H * D]: the first H * D values of q see the slots 0 .. cursor[0] of a layer. `cursor` [2] is read when the list
 * runs; while cursor[1] is not 0 nothing is written. `partials` has the shape of `partialsShape`.
 */
export function attentionDecode(
  kernels: KernelSettings,
  q: Tensor,
  layer: KvLayer,
  cursor: Tensor,
  partials: Tensor,
  y: Tensor,
  shape: HeadShape,
): Dispatch[] {
  const { heads, kvHeads, headDim } = shape;
  const [slots] = matrixShape(layer.k);
  invariant(headDim % 4 === 0 && headDim <= 256, `heads of ${headDim} are no multiple of 4 up to 256`);
  invariant(
    elementCount(partials.shape) >= elementCount(partialsShape(shape, slots)),
    'room for partial results',
  );
  const able = decodeVariants(kernels);
  const tuned = able.find((variant) => variant === kernels.tuned[decodeClass(layer, shape)]);
  const variant = tuned ?? able[0] ?? 'portable';
  const shared = headsTogether(heads / kvHeads);
  const groups = heads / shared;
  const tensors = { q, ...kvTensors(layer), cursor };
  const common = { H: heads, K: kvHeads, D: headDim, R: shared };
  const cost = slots * heads * headDim * 2;
  if (variant === 'software') {
    const chunks = softwareChunks(groups, slots);
    const cut = { N: chunks, SPREAD: 0 };
    const whole = chunks === 1;
    const attend = dispatch(variants.software[layer.format], {
      tensors: { ...tensors, partials: whole ? y : partials },
      constants: { ...common, ...cut, W: softwareInvocations(kernels) },
      params: { scale: 1 / Math.sqrt(headDim) },
      workgroups: [groups, chunks],
      cost,
    });
    return whole
      ? [attend]
      : [attend, attentionDecodeMerge(partials, cursor, y, shape, { chunks, spread: 0 })];
  }
  const chunks = mostChunks(slots);
  const spread = gpuSpread(groups);
  const attend = dispatch(variants[variant][layer.format], {
    tensors: { ...tensors, partials },
    constants: { ...common, N: chunks, SPREAD: spread, ...gpuLanes(kernels, variant, headDim) },
    params: {},
    workgroups: [groups, chunks],
    cost,
  });
  return [attend, attentionDecodeMerge(partials, cursor, y, shape, { chunks, spread })];
}

/** Query heads of one workgroup: as many of those that share a key head as divide them evenly, four at most. */
function headsTogether(sharing: number): number {
  return [4, 3, 2].find((count) => sharing % count === 0) ?? 1;
}

/** Chunks that are aimed at while they are shorter than 256 keys: about three workgroups for each core of a large GPU. */
function gpuSpread(groups: number): number {
  return Math.min(spreadMost, Math.max(8, ceilDiv(384, groups)));
}

/**
 * Lanes that share a key and keys that each of them loads ahead: a lane then holds two vectors of a head of 128 (four where
 * lanes meet in workgroup memory, which costs less among few). With four keys ahead registers are short.
 */
function gpuLanes({ capabilities }: KernelSettings, variant: 'portable' | 'subgroups', headDim: number) {
  const size = capabilities.subgroupSize;
  if (variant === 'portable' || size === null) return { W: 128, L: headDim > 128 ? 16 : 8, U: 2 };
  const lanes = Math.min(16, size);
  return { W: 128, L: lanes, U: 2, S: size };
}

/**
 * Chunks on a processor: enough workgroups for its cores, but each pays its start for every token, also while it has no
 * keys yet, so that short caches are not cut at all.
 */
function softwareChunks(groups: number, slots: number): number {
  return Math.min(Math.floor(slots / 1024) || 1, ceilDiv(16, groups));
}

/** Invocations of a workgroup on a processor: as many as it computes at once. */
function softwareInvocations({ capabilities }: KernelSettings): number {
  return Math.min(8, capabilities.subgroupSize ?? 8);
}
