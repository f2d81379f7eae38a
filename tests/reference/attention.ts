export interface AttentionInput {
  readonly q: ArrayLike<number>; // [queries, heads, headDim]
  readonly k: ArrayLike<number>; // [keys, kvHeads, headDim]
  readonly v: ArrayLike<number>; // [keys, kvHeads, headDim]
  readonly queries: number;
  readonly keys: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

/** The mask: whether a query (by its row) sees a key (by its row). */
export type Sees = (query: number, key: number) => boolean;

/** softmax(q k^T / sqrt(headDim)) v over the keys that each query sees. */
export function attentionReference(input: AttentionInput, sees: Sees): Float64Array {
  const { q, k, v, queries, keys, heads, kvHeads, headDim } = input;
  const y = new Float64Array(queries * heads * headDim);
  const scores = new Float64Array(keys);
  for (let query = 0; query < queries; query++) {
    const seen = Array.from({ length: keys }, (_, key) => key).filter((key) => sees(query, key));
    for (let head = 0; head < heads; head++) {
      const kvHead = Math.floor(head / (heads / kvHeads));
      const at = (query * heads + head) * headDim;
      let highest = -Infinity;
      for (const key of seen) {
        let score = 0;
        for (let d = 0; d < headDim; d++) score += q[at + d]! * k[(key * kvHeads + kvHead) * headDim + d]!;
        scores[key] = score / Math.sqrt(headDim);
        highest = Math.max(highest, scores[key]!);
      }
      let total = 0;
      for (const key of seen) total += Math.exp(scores[key]! - highest);
      for (const key of seen) {
        const probability = Math.exp(scores[key]! - highest) / total;
        for (let d = 0; d < headDim; d++)
          y[at + d]! += probability * v[(key * kvHeads + kvHead) * headDim + d]!;
      }
    }
  }
  return y;
}

/** The vision encoder: patches of one crop see each other and no other crop. */
export function sameCrop(patches: number): Sees {
  return (query, key) => Math.floor(query / patches) === Math.floor(key / patches);
}

/** The decoder: everything up to the query's position, and all image tokens among themselves. */
export function causalOrBothImage(positions: ArrayLike<number>, isImage: ArrayLike<number>): Sees {
  return (query, key) => {
    const position = positions[query]!;
    return key <= position || (isImage[position] === 1 && isImage[key] === 1);
  };
}

/** The decoder's rows, image tokens first: row t sees the slots [0, visible[2t]) and [secondStart, visible[2t + 1]). */
export function twoRuns(visible: ArrayLike<number>, secondStart: number): Sees {
  return (query, key) => key < visible[2 * query]! || (key >= secondStart && key < visible[2 * query + 1]!);
}
