// How far a row's numbers may lie from its reference, relative to the reference's largest value.

import type { KernelSettings } from '../../src/gpu/kernel-settings.ts';
import type { WeightFormat } from '../../src/gpu/matrix.ts';

/** One ulp of f32, relative. */
const ulp = 2 ** -23;

/** Sums and norms in f32, in any order. */
export const f32Limit = 64 * ulp;

/**
 * Sums of up to 12,288 products: f32 throughout, or factors rounded to f16 (2^-11 each, errors of both signs) and summed in
 * f32. Activations that meet quantised weights may be rounded to int8: many rows to one plane, up to 1/254 of the largest of
 * 32, which is off by 4e-3 of the largest sum; few rows to two planes, 2^-16 of it, which is off by 4e-5.
 */
export function productLimit(
  { capabilities }: KernelSettings,
  work?: { readonly rows: number; readonly format: WeightFormat },
): number {
  const exact = work?.format === 'f32' || work?.format === 'f16';
  if (capabilities.packedIntegers && !exact && work && work.rows > 3) return 1e-2;
  if (capabilities.f16) return 4e-3;
  return capabilities.packedIntegers && !exact ? 2 ** -13 : 128 * ulp;
}

/**
 * Attention: the softmax of scores up to about ten, and a mean of values that mostly cancel, which makes the largest
 * result small against what is summed. All of it is f32, however keys and values are stored.
 */
export const attentionLimit = 2e-4;
