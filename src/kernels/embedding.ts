// Token ids and image features -> the residual stream.

import { ceilDiv, defineKernel, dispatch, foldedWorkgroups, type Dispatch } from '../gpu/kernel.ts';
import { matrixShape, type Tensor } from '../gpu/tensor.ts';
import source from '../../shaders/embedding.wgsl?raw';

export const embeddingKernel = defineKernel({
  name: 'embedding',
  source,
  slots: {
    ids: 'read',
    featureIndex: 'read',
    wteEmbedding: 'read',
    newEmbedding: 'read',
    features: 'read',
    x: 'read-write',
  },
  params: { rows: 'u32', c4: 'u32', vocab: 'u32' },
});

export interface ImageFeatures {
  readonly features: Tensor; // [image tokens, C]
  /** Row of `features` plus one for each token, 0 for tokens without a feature. */
  readonly index: Tensor; // [T]
}

/** x [T, C] = the embedding of each id, plus the image feature that belongs to it. */
export function embedding(
  ids: Tensor,
  tables: { readonly wteEmbedding: Tensor; readonly newEmbedding: Tensor },
  x: Tensor,
  image: ImageFeatures | null,
): Dispatch {
  const [rows, columns] = matrixShape(x);
  const [vocab] = matrixShape(tables.wteEmbedding);
  return dispatch(embeddingKernel, {
    tensors: {
      ids,
      featureIndex: image?.index ?? ids,
      wteEmbedding: tables.wteEmbedding,
      newEmbedding: tables.newEmbedding,
      features: image?.features ?? tables.newEmbedding,
      x,
    },
    constants: { FEATURES: image !== null },
    params: { rows, c4: columns / 4, vocab },
    workgroups: foldedWorkgroups(ceilDiv((rows * columns) / 4, 64)),
    cost: rows * columns * 4,
  });
}
