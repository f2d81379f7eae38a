import { attentionReference } from './attention.ts';

export interface PoolingInput {
  readonly q: ArrayLike<number>; // [tokens, heads, headDim]
  readonly k: ArrayLike<number>; // [patches, kvHeads, headDim]
  readonly v: ArrayLike<number>; // [patches, kvHeads, headDim]
  readonly keyBias: ArrayLike<number>; // [kvHeads, headDim]: key of a row of zeros
  readonly valueBias: ArrayLike<number>;
  readonly windows: ArrayLike<number>; // [tokens, window], -1 = none
  readonly window: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly masked: boolean;
}

/** Attention of each token's query over its own window: gathers the window's keys and values, then plain attention. */
export function attentionPoolingReference(input: PoolingInput): Float64Array {
  const { q, k, v, keyBias, valueBias, windows, window, heads, kvHeads, headDim, masked } = input;
  const tokens = windows.length / window;
  const width = kvHeads * headDim;
  const y = new Float64Array(tokens * heads * headDim);
  for (let token = 0; token < tokens; token++) {
    const rows = Array.from({ length: window }, (_, n) => windows[token * window + n]!);
    const gather = (x: ArrayLike<number>, missing: ArrayLike<number>) =>
      rows.flatMap((row) =>
        Array.from({ length: width }, (_, c) => (row < 0 ? missing[c]! : x[row * width + c]!)),
      );
    const query = Array.from({ length: heads * headDim }, (_, i) => q[token * heads * headDim + i]!);
    const own = { q: query, k: gather(k, keyBias), v: gather(v, valueBias), queries: 1, keys: window };
    const sees = (_: number, key: number) => !masked || rows[key]! >= 0;
    y.set(attentionReference({ ...own, heads, kvHeads, headDim }, sees), token * heads * headDim);
  }
  return y;
}
