// Weights that are no finite numbers: one of them makes every answer that it touches nonsense, without a sign.

import { Molmo2Error } from '../../errors.ts';

/** Index of the first NaN or infinity, or -1. */
export function firstNotFinite(values: Float32Array): number {
  // Finite values cannot overflow a sum in f64, and anything else stays in it.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ?? 0;
  return Number.isFinite(sum) ? -1 : values.findIndex((value) => !Number.isFinite(value));
}

/** `values` begin at element `first` of the tensor. Throws `bad-checkpoint` naming file, tensor, element and value. */
export function checkFinite(
  values: Float32Array,
  { file, name }: { readonly file: string; readonly name: string },
  first = 0,
): void {
  const at = firstNotFinite(values);
  if (at < 0) return;
  throw new Molmo2Error(
    'bad-checkpoint',
    `${file}: tensor "${name}" holds ${String(values[at])} (element ${first + at}). Download the file again.`,
  );
}
