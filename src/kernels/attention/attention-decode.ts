// Attention of a new row over the cache, its key and value among them: chunks of keys side by side, then merged. Kernels for
// GPUs make the row's heads as they go; on a processor that is a dispatch of its own. It may be several rows at once, which see
// slots of their own behind a prefix that they share (`cursors.ts`).

import { invariant } from '../../errors.ts';
import { ceilDiv, dispatch, type Dispatch } from '../../gpu/kernel.ts';
import type { KernelSettings } from '../../gpu/kernel-settings.ts';
import type { TensorSource } from '../../gpu/tensor-source.ts';
import { bindingAlignment, matrixShape, tensorBytes, type Tensor } from '../../gpu/tensor.ts';
import lanes from '../../../shaders/attention-decode.wgsl?raw';
import { attentionDecodeMergeSoftware } from './attention-decode-merge-software.ts';
import { attentionDecodeMergeKernels, mergeInvocations } from './attention-decode-merge.ts';
import { attentionDecodeSoftwareKernels } from './attention-decode-software.ts';
import { attentionDecodeSubgroupsKernels } from './attention-decode-subgroups.ts';
import { isBranched } from './cursors.ts';
import { decodeKernels } from './decode-chunk.ts';
import type { HeadShape } from './head-shape.ts';
import { dispatchStoring, kvTensors, type KvLayer } from './kv-layer.ts';
import { normForm, rotateHeads, type HeadNorm } from './rotate-heads.ts';

export const attentionDecodeKernels = decodeKernels('attention-decode', lanes);

const gpuVariants = {
  portable: attentionDecodeKernels,
  subgroups: attentionDecodeSubgroupsKernels,
} as const;

export type DecodeVariant = keyof typeof gpuVariants | 'software';

/** What the kernels of a device can be, the best guess first. f16 arithmetic would not help: bytes of the cache bound the time. */
export function decodeVariants({ capabilities }: KernelSettings): readonly DecodeVariant[] {
  const { software, subgroupSize } = capabilities;
  if (software) return ['software'];
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

/** Working memory of the attention of some rows. */
export interface DecodeWork {
  /** The projection of each row: query heads, key heads and value heads. */
  readonly row: Tensor; // [rows, (H + 2 K) * D]
  /** What chunks of keys amount to. */
  readonly partials: Tensor; // [rows * H * chunks, D + 4]
  /** The result. */
  readonly attended: Tensor; // [rows, H * D]
  /** All of them, where they share a buffer: what reads one writes another, and has one binding for them. */
  readonly whole: Tensor | null;
}

/** Working memory for a cache of so many slots. */
export function decodeWork(
  { capabilities }: KernelSettings,
  { heads, kvHeads, headDim }: HeadShape,
  slots: number,
  source: TensorSource,
  rows = 1,
): DecodeWork {
  const shapes = {
    qkv: [rows, (heads + 2 * kvHeads) * headDim],
    partials: [rows * heads * mostChunks(slots), headDim + 4],
    attended: [rows, heads * headDim],
  };
  // Kernels for processors bind them one by one, which takes buffers of their own.
  if (capabilities.software) {
    const [row, partials, attended] = [
      source.tensor('qkv', shapes.qkv),
      source.tensor('partials', shapes.partials),
      source.tensor('attended', shapes.attended),
    ];
    return { row, partials, attended, whole: null };
  }
  const room = (shape: readonly number[]) =>
    ceilDiv(tensorBytes(shape, 'f32'), bindingAlignment) * bindingAlignment;
  const [partialsAt, attendedAt] = [room(shapes.qkv), room(shapes.qkv) + room(shapes.partials)];
  const whole = source.tensor('decode work', [(attendedAt + tensorBytes(shapes.attended, 'f32')) / 4]);
  const part = (label: keyof typeof shapes, offset: number): Tensor => ({
    ...whole,
    label,
    shape: shapes[label],
    byteOffset: whole.byteOffset + offset,
    byteLength: tensorBytes(shapes[label], 'f32'),
  });
  const row = part('qkv', 0);
  return { row, partials: part('partials', partialsAt), attended: part('attended', attendedAt), whole };
}

/** What makes heads of the row: the norm of queries and keys, and [positions, D] of (cos, sin) of every pair. */
export interface HeadMaking {
  readonly norm: HeadNorm | null;
  readonly table: Tensor;
}

/**
 * work.attended [rows, H * D]: a row's queries see the keys 0 .. position of its cursor in a layer, the last of which takes the
 * row's key and value. `cursor` is [2] of one row, or [rows, 4] (`cursors.ts`). It is read when the list runs; nothing is
 * written of a row that is stopped.
 */
export function attentionDecode(
  kernels: KernelSettings,
  work: DecodeWork,
  making: HeadMaking,
  layer: KvLayer,
  cursor: Tensor,
  shape: HeadShape,
): Dispatch[] {
  const { heads, kvHeads, headDim } = shape;
  invariant(headDim % 4 === 0 && headDim <= 256, `heads of ${headDim} are no multiple of 4 up to 256`);
  const able = decodeVariants(kernels);
  const tuned = able.find((variant) => variant === kernels.tuned[decodeClass(layer, shape)]);
  const variant = tuned ?? able[0] ?? 'portable';
  if (variant === 'software') return onProcessor(kernels, work, making, layer, cursor, shape);
  const { row, partials, attended, whole } = work;
  invariant(whole, `${row.label} shares a buffer with partial results`);
  const [slots] = matrixShape(layer.k);
  const shared = headsTogether(heads / kvHeads);
  const groups = heads / shared;
  const chunks = mostChunks(slots);
  const [rows] = matrixShape(row);
  invariant(matrixShape(partials)[0] >= rows * heads * chunks, `room for ${chunks} chunks`);
  const { norm, table } = making;
  const use = {
    tensors: { work: whole, table, cursor, qWeight: norm?.q ?? table, kWeight: norm?.k ?? table },
    params: {},
  };
  const vectorsTo = (part: Tensor) => (part.byteOffset - row.byteOffset) / 16;
  const constants = {
    H: heads,
    K: kvHeads,
    D: headDim,
    N: chunks,
    SPREAD: gpuSpread(rows * groups),
    BRANCHED: isBranched(cursor),
    PARTIALS: vectorsTo(partials),
  };
  return [
    dispatchStoring(gpuVariants[variant], layer, {
      ...use,
      constants: {
        ...constants,
        R: shared,
        ...gpuLanes(kernels, variant, headDim),
        NORM: normForm(norm),
        EPS: norm?.eps ?? 0,
      },
      workgroups: [groups, chunks, rows],
      cost: rows * slots * heads * headDim * 2,
    }),
    dispatchStoring(attentionDecodeMergeKernels, layer, {
      ...use,
      constants: { ...constants, ATTENDED: vectorsTo(attended), W: mergeInvocations },
      workgroups: [heads, rows],
      cost: rows * chunks * heads * headDim,
    }),
  ];
}

function onProcessor(
  kernels: KernelSettings,
  { row, partials, attended }: DecodeWork,
  { norm, table }: HeadMaking,
  layer: KvLayer,
  cursor: Tensor,
  shape: HeadShape,
): Dispatch[] {
  const { heads, kvHeads, headDim } = shape;
  const [slots] = matrixShape(layer.k);
  const [rows] = matrixShape(row);
  const shared = headsTogether(heads / kvHeads);
  const groups = heads / shared;
  const chunks = softwareChunks(groups, slots);
  const whole = chunks === 1;
  const attend = dispatch(attentionDecodeSoftwareKernels[layer.format], {
    tensors: { q: row, ...kvTensors(layer), cursor, partials: whole ? attended : partials },
    constants: {
      H: heads,
      K: kvHeads,
      D: headDim,
      R: shared,
      N: chunks,
      SPREAD: 0,
      BRANCHED: isBranched(cursor),
      W: softwareInvocations(kernels),
    },
    params: { scale: 1 / Math.sqrt(headDim) },
    workgroups: [groups, chunks, rows],
    cost: rows * slots * heads * headDim * 2,
  });
  return [
    rotateHeads(kernels, row, shape, norm, table, { cursor }, layer),
    attend,
    ...(whole ? [] : [attentionDecodeMergeSoftware(partials, cursor, attended, shape, chunks)]),
  ];
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
