/** weight * x / sqrt(mean(x^2) + eps) for each row of x [rows, columns]. */
export function rmsNormReference(x: ArrayLike<number>, weight: ArrayLike<number>, eps: number): Float64Array {
  const columns = weight.length;
  const y = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += columns) {
    let squares = 0;
    for (let c = 0; c < columns; c++) squares += x[start + c]! ** 2;
    const rms = Math.sqrt(squares / columns + eps);
    for (let c = 0; c < columns; c++) y[start + c] = (weight[c]! * x[start + c]!) / rms;
  }
  return y;
}
