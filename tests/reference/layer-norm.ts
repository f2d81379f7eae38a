/** weight * (x - mean) / sqrt(variance + eps) + bias for each row of x [rows, columns]; population variance. */
export function layerNormReference(
  x: ArrayLike<number>,
  weight: ArrayLike<number>,
  bias: ArrayLike<number>,
  eps: number,
): Float64Array {
  const columns = weight.length;
  const y = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += columns) {
    let mean = 0;
    for (let c = 0; c < columns; c++) mean += x[start + c]! / columns;
    let variance = 0;
    for (let c = 0; c < columns; c++) variance += (x[start + c]! - mean) ** 2 / columns;
    for (let c = 0; c < columns; c++)
      y[start + c] = (weight[c]! * (x[start + c]! - mean)) / Math.sqrt(variance + eps) + bias[c]!;
  }
  return y;
}
