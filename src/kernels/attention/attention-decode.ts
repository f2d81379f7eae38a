// Attention of one new row over the cache: chunks of keys side by side, then merged.

import { invariant } from '../../errors.ts';
import { ceilDiv, dispatch, type Dispatch } from '../../gpu/kernel.ts';
import type { KernelSettings } from '../../gpu/kernel-settings.ts';
import { elementCount, matrixShape, type Tensor } from '../../gpu/tensor.ts';
import scoring from '../../../shaders/attention-decode.wgsl?raw';
import { attentionDecodeMerge } from './attention-decode-merge.ts';
import { attentionDecodeSoftwareKernels } from './attention-decode-software.ts';
import { attentionDecodeSubgroupsKernels } from './attention-decode-subgroups.ts';
import { decodeKernels } from './decode-chunk.ts';
import type { HeadShape } from './head-shape.ts';
import { kvTensors, type KvLayer } from './kv-layer.ts';

export const attentionDecodeKernels = decodeKernels('attention-decode', scoring);

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

const mostChunks = 64;

/** Room for partial results of any variant, whatever the cache holds. */
export function partialsShape({ heads, headDim }: HeadShape): [number, number] {
  return [heads * mostChunks, headDim + 4];
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
  invariant(elementCount(partials.shape) >= elementCount(partialsShape(shape)), 'room for partial results');
  const able = decodeVariants(kernels);
  const tuned = able.find((variant) => variant === kernels.tuned[decodeClass(layer, shape)]);
  const variant = tuned ?? able[0] ?? 'portable';
  const shared = headsTogether(heads / kvHeads);
  const groups = heads / shared;
  const chunks = variant === 'software' ? softwareChunks(groups, slots) : gpuChunks(groups, slots);
  const constants = { H: heads, K: kvHeads, D: headDim, R: shared, N: chunks };
  const whole = variant === 'software' && chunks === 1;
  const attend = dispatch(variants[variant][layer.format], {
    tensors: { q, ...kvTensors(layer), cursor, partials: whole ? y : partials },
    constants:
      variant === 'software'
        ? { ...constants, W: softwareInvocations(kernels) }
        : { ...constants, W: 128, L: keyLanes(kernels, variant, headDim) },
    params: { scale: 1 / Math.sqrt(headDim) },
    workgroups: [groups, chunks],
    cost: slots * heads * headDim * 2,
  });
  return whole ? [attend] : [attend, attentionDecodeMerge(partials, cursor, y, shape, chunks)];
}

/** Query heads of one workgroup: as many of those that share a key head as divide them evenly, four at most. */
function headsTogether(sharing: number): number {
  return [4, 3, 2].find((count) => sharing % count === 0) ?? 1;
}

/**
 * Chunks at most: enough workgroups for the largest GPU. The number is compiled in, so that of slots goes by powers of two:
 * caches of about the same size share their pipelines, and those with room for a usual answer have as many as there can be.
 */
function gpuChunks(groups: number, slots: number): number {
  const bySlots = 2 ** Math.ceil(Math.log2(Math.max(1, slots / 64)));
  return Math.min(mostChunks, bySlots, Math.max(8, ceilDiv(512, groups)));
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

/** Lanes that share a key: with eight, 128 columns of four queries fit the registers; larger heads take sixteen. */
function keyLanes({ capabilities }: KernelSettings, variant: DecodeVariant, headDim: number): number {
  const lanes = headDim > 128 ? 16 : 8;
  return variant === 'subgroups' ? Math.min(lanes, capabilities.subgroupSize ?? lanes) : lanes;
}
