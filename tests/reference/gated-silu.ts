/** Where an operand's columns lie inside a wider matrix. */
export interface ReferenceColumns {
  readonly of: ArrayLike<number>;
  readonly stride: number;
  readonly column: number;
}

/** silu(gate) * value, [rows, width]; silu(g) = g / (1 + e^-g). */
export function gatedSiluReference(
  gate: ReferenceColumns,
  value: ReferenceColumns,
  rows: number,
  width: number,
): Float64Array {
  const y = new Float64Array(rows * width);
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < width; c++) {
      const g = gate.of[row * gate.stride + gate.column + c]!;
      y[row * width + c] = (g / (1 + Math.exp(-g))) * value.of[row * value.stride + value.column + c]!;
    }
  }
  return y;
}
