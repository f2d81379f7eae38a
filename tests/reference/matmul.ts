/** What a linear layer may be asked for besides the product. */
export interface MatmulReferenceOptions {
  readonly bias?: ArrayLike<number> | undefined;
  readonly gelu?: boolean | undefined;
  readonly accumulate?: boolean | undefined;
  readonly weightRow?: number | undefined;
  readonly yRow?: number | undefined;
}

/** gelu_pytorch_tanh: 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))). */
export function geluReference(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

/** Writes x [rows, k] weight^T into the rows of y from `yRow` on; `columns` rows of weight are used. */
export function matmulReference(
  x: ArrayLike<number>,
  weight: ArrayLike<number>,
  y: Float64Array,
  { rows, columns, k }: { readonly rows: number; readonly columns: number; readonly k: number },
  { bias, gelu = false, accumulate = false, weightRow = 0, yRow = 0 }: MatmulReferenceOptions = {},
): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let value = 0;
      for (let i = 0; i < k; i++) value += x[row * k + i]! * weight[(weightRow + column) * k + i]!;
      if (bias) value += bias[weightRow + column]!;
      if (gelu) value = geluReference(value);
      const at = (yRow + row) * columns + column;
      y[at] = accumulate ? y[at]! + value : value;
    }
  }
}
