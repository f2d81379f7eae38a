export interface EmbeddingTables {
  readonly wteEmbedding: ArrayLike<number>; // [vocab, columns]
  readonly newEmbedding: ArrayLike<number>; // [extra, columns]
  readonly vocab: number;
  readonly columns: number;
}

/** The embedding of every id. */
export function embeddingReference(
  ids: ArrayLike<number>,
  { wteEmbedding, newEmbedding, vocab, columns }: EmbeddingTables,
): Float64Array {
  const x = new Float64Array(ids.length * columns);
  for (let t = 0; t < ids.length; t++) {
    const id = ids[t]!;
    for (let c = 0; c < columns; c++) {
      x[t * columns + c] =
        id < vocab ? wteEmbedding[id * columns + c]! : newEmbedding[(id - vocab) * columns + c]!;
    }
  }
  return x;
}
