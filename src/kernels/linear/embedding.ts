// Token ids -> the residual stream.

import { ceilDiv, dispatch, foldedWorkgroups, type Dispatch } from '../../gpu/kernel.ts';
import type { Matrix } from '../../gpu/matrix.ts';
import { matrixShape, type Tensor } from '../../gpu/tensor.ts';
import source from '../../../shaders/embedding.wgsl?raw';
import { weightKernels } from './weight-formats.ts';
import { weightTensors } from './weight-slice.ts';

export const embeddingKernels = weightKernels({
  name: 'embedding',
  source,
  slots: {
    ids: 'read',
    weight: 'read',
    scales: 'read',
    x: 'read-write',
  },
  params: { tokens: 'u32', c4: 'u32', firstId: 'u32', rows: 'u32' },
});

export interface EmbeddingTables {
  readonly wteEmbedding: Matrix; // [V, C]
  /** Ids from V on. */
  readonly newEmbedding: Matrix; // [extra, C]
}

/** x [T, C] = the embedding of each id. One dispatch per part of a table. */
export function embedding(
  ids: Tensor,
  { wteEmbedding, newEmbedding }: EmbeddingTables,
  x: Tensor,
): Dispatch[] {
  const [tokens, columns] = matrixShape(x);
  const tables = [
    { table: wteEmbedding, firstId: 0 },
    { table: newEmbedding, firstId: wteEmbedding.rows },
  ];
  return tables.flatMap(({ table, firstId }) =>
    table.parts.map((part) =>
      dispatch(embeddingKernels[table.format], {
        tensors: { ids, ...weightTensors(part), x },
        params: { tokens, c4: columns / 4, firstId: firstId + part.firstRow, rows: part.rows },
        workgroups: foldedWorkgroups(ceilDiv((tokens * columns) / 4, 64)),
        cost: tokens * columns * 4,
      }),
    ),
  );
}
