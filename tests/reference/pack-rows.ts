/** Codes of one row of x, as a kernel with packed products reads them; blocks of 32 columns share a scale. */
export interface PackedRowReference {
  readonly high: Int8Array;
  readonly low: Int8Array;
  readonly scales: Float32Array;
}

/** x = scale * (high + low / 256), with high alone the nearest int8. Halves are rounded to even, columns beyond K are 0. */
export function packRowReference(x: ArrayLike<number>): PackedRowReference {
  const blocks = Math.ceil(x.length / 32);
  const high = new Int8Array(32 * blocks);
  const low = new Int8Array(32 * blocks);
  const scales = new Float32Array(blocks);
  for (let block = 0; block < blocks; block++) {
    const columns = Array.from({ length: 32 }, (_, i) => x[32 * block + i] ?? 0);
    const largest = Math.max(...columns.map(Math.abs));
    scales[block] = largest / 127;
    columns.forEach((value, i) => {
      const fixed = largest < 1e-30 ? 0 : toEven((value / largest) * 127 * 256);
      high[32 * block + i] = Math.floor((fixed + 128) / 256);
      low[32 * block + i] = fixed - 256 * Math.floor((fixed + 128) / 256);
    });
  }
  return { high, low, scales };
}

function toEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
}

/** What x [rows, K] is to a kernel that reads one plane. */
export function roundedRows(x: Float32Array, rows: number): Float32Array {
  const k = x.length / rows;
  const out = new Float32Array(x.length);
  for (let row = 0; row < rows; row++) {
    const { high, scales } = packRowReference(x.subarray(row * k, (row + 1) * k));
    for (let i = 0; i < k; i++) out[row * k + i] = (high[i] ?? 0) * (scales[i >> 5] ?? 0);
  }
  return out;
}
