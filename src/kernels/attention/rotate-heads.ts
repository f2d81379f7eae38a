// Query, key and value heads of new rows on their way to attention: norm, rotary position embedding, cache.

import { invariant } from '../../errors.ts';
import { ceilDiv, type Dispatch } from '../../gpu/kernel.ts';
import type { KernelSettings } from '../../gpu/kernel-settings.ts';
import { matrixShape, type Tensor } from '../../gpu/tensor.ts';
import body from '../../../shaders/rotate-heads.wgsl?raw';
import rowPlace from '../../../shaders/shared/row-place.wgsl?raw';
import { isBranched } from './cursors.ts';
import type { HeadShape } from './head-shape.ts';
import { dispatchStoring, kvStoreKernels, type KvLayer } from './kv-layer.ts';

export const rotateHeadsKernels = kvStoreKernels({
  name: 'rotate-heads',
  source: rowPlace + body,
  slots: { x: 'read-write', table: 'read', cursor: 'read', qWeight: 'read', kWeight: 'read' },
  params: { eps: 'f32' },
});

/** RMS norm before the rotation: of each head, or of all heads of a row together. */
export interface HeadNorm {
  readonly of: 'head' | 'row';
  readonly q: Tensor; // [D], or [H * D] for rows
  readonly k: Tensor; // [D], or [K * D] for rows
  readonly eps: number;
}

/** Where new rows stand: cursors of decoding (`cursors.ts`), or [T, 2] position and slot of each. */
export type RowPlaces = { readonly cursor: Tensor } | { readonly places: Tensor };

/**
 * x [T, (heads + 2 kvHeads) * D]: queries are normed and rotated in place, keys and values go into `layer`; `heads` or
 * `kvHeads` may be 0. `table` [positions, D] is (cos, sin) of every pair.
 */
export function rotateHeads(
  { capabilities }: KernelSettings,
  x: Tensor,
  { heads, kvHeads, headDim }: HeadShape,
  norm: HeadNorm | null,
  table: Tensor,
  places: RowPlaces,
  layer: KvLayer,
): Dispatch {
  const [rows, width] = matrixShape(x);
  const cursor = 'cursor' in places ? places.cursor : null;
  const branched = cursor !== null && isBranched(cursor);
  invariant(width === (heads + 2 * kvHeads) * headDim, `${x.label} has ${width} columns`);
  invariant(
    !cursor || rows === (branched ? matrixShape(cursor)[0] : 1),
    `${x.label} has ${rows} rows, not a cursor each`,
  );
  const invocations = invocationsFor(norm, headDim, capabilities.software);
  const groups = (count: number) =>
    norm?.of === 'row' ? Math.min(count, 1) : ceilDiv(count, Math.floor((invocations * 4) / headDim));
  return dispatchStoring(rotateHeadsKernels, layer, {
    tensors: {
      x,
      table,
      cursor: 'cursor' in places ? places.cursor : places.places,
      qWeight: norm?.q ?? table,
      kWeight: norm?.k ?? table,
    },
    constants: {
      H: heads,
      K: kvHeads,
      D: headDim,
      NORM: normForm(norm),
      CURSOR: cursor !== null,
      BRANCHED: branched,
      W: invocations,
    },
    params: { eps: norm?.eps ?? 0 },
    workgroups: [groups(heads) + groups(kvHeads), rows],
    cost: rows * width * 8,
  });
}

/** The norm as kernels are told of it. */
export function normForm(norm: HeadNorm | null): 0 | 1 | 2 {
  if (norm === null) return 0;
  return norm.of === 'head' ? 1 : 2;
}

/** Norms of whole rows are one workgroup's work. Processors wait for every four invocations at each barrier: few is fast. */
function invocationsFor(norm: HeadNorm | null, headDim: number, software: boolean): number {
  if (norm?.of === 'row') return software ? 64 : 256;
  return software ? Math.max(16, headDim / 4) : 64;
}
