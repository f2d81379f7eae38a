// The model's arithmetic as plain loops in f64, for the checks of whole blocks.

/** x [rows, K] times a matrix [N, K], transposed, plus a bias. */
export function products(
  x: Float64Array,
  matrix: Float32Array,
  k: number,
  bias: Float32Array | null = null,
): Float64Array {
  const rows = x.length / k;
  const columns = matrix.length / k;
  const out = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let n = 0; n < columns; n++) {
      let sum = bias?.[n] ?? 0;
      for (let i = 0; i < k; i++) sum += (x[row * k + i] ?? 0) * (matrix[n * k + i] ?? 0);
      out[row * columns + n] = sum;
    }
  return out;
}

export function layerNormed(
  x: Float64Array,
  weight: Float32Array,
  bias: Float32Array,
  eps: number,
): Float64Array {
  const C = weight.length;
  return eachRow(x, C, (row) => {
    const mean = row.reduce((sum, value) => sum + value, 0) / C;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / C;
    const scale = 1 / Math.sqrt(variance + eps);
    return row.map((value, i) => (value - mean) * scale * (weight[i] ?? 0) + (bias[i] ?? 0));
  });
}

export function rmsNormed(x: Float64Array, weight: Float32Array, eps: number): Float64Array {
  const C = weight.length;
  return eachRow(x, C, (row) => {
    const scale = 1 / Math.sqrt(row.reduce((sum, value) => sum + value ** 2, 0) / C + eps);
    return row.map((value, i) => value * scale * (weight[i] ?? 0));
  });
}

function eachRow(x: Float64Array, columns: number, map: (row: Float64Array) => Float64Array): Float64Array {
  const out = new Float64Array(x.length);
  for (let at = 0; at < x.length; at += columns) out.set(map(x.subarray(at, at + columns)), at);
  return out;
}

export interface AttentionHeads {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

/** Queries [T, H, D] over all keys and values [S, K, D]; the scale is 1 / sqrt(D). */
export function attended(
  q: Float64Array,
  k: ArrayLike<number>,
  v: ArrayLike<number>,
  { heads, kvHeads, headDim }: AttentionHeads,
): Float64Array {
  const T = q.length / (heads * headDim);
  const S = k.length / (kvHeads * headDim);
  const out = new Float64Array(q.length);
  const scores = new Float64Array(S);
  for (let t = 0; t < T; t++)
    for (let h = 0; h < heads; h++) {
      const from = (t * heads + h) * headDim;
      const kvHead = Math.floor((h * kvHeads) / heads);
      for (let s = 0; s < S; s++) {
        const key = (s * kvHeads + kvHead) * headDim;
        let score = 0;
        for (let d = 0; d < headDim; d++) score += (q[from + d] ?? 0) * (k[key + d] ?? 0);
        scores[s] = score / Math.sqrt(headDim);
      }
      const largest = scores.reduce((a, b) => Math.max(a, b), -Infinity);
      const total = scores.reduce((sum, score) => sum + Math.exp(score - largest), 0);
      for (let s = 0; s < S; s++) {
        const share = Math.exp((scores[s] ?? 0) - largest) / total;
        const value = (s * kvHeads + kvHead) * headDim;
        for (let d = 0; d < headDim; d++) out[from + d] = (out[from + d] ?? 0) + share * (v[value + d] ?? 0);
      }
    }
  return out;
}

/** Turns every head of x [heads, D] by the angles of a table row [D / 2] of cosines and sines. */
export function rotated(x: Float64Array, headDim: number, angles: ArrayLike<number>): Float64Array {
  const half = headDim / 2;
  const out = Float64Array.from(x);
  for (let at = 0; at < x.length; at += headDim)
    for (let i = 0; i < half; i++) {
      const [cos = 0, sin = 0] = [angles[2 * i], angles[2 * i + 1]];
      const [a = 0, b = 0] = [x[at + i], x[at + half + i]];
      out[at + i] = a * cos - b * sin;
      out[at + half + i] = b * cos + a * sin;
    }
  return out;
}

/** GELU in its tanh form. */
export function geluTanh(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

export function silu(x: number): number {
  return x / (1 + Math.exp(-x));
}
