// The denominators as people read them. Pure.

import type { Denominators } from '../measure/types.ts';
import { figure, rateText } from './units.ts';

/** What the fraction of a row is a fraction of. */
export const denominatorNames: Readonly<Record<keyof Denominators, string>> = {
  readGBs: 'read bandwidth',
  fma32Gflops: 'f32 multiply-add peak',
  fma16Gflops: 'f16 multiply-add peak',
  dispatchUs: 'dispatch',
  matmulGflops: 'our dense matmul',
};

/** `1.23 TFLOP/s`; `not here` for what the device cannot do. */
export function denominatorText(name: keyof Denominators, value: number | null): string {
  if (value === null) return 'not here';
  if (name === 'dispatchUs') return `${figure(value)} us`;
  return rateText(value, name === 'readGBs' ? 'GB/s' : 'GFLOP/s');
}
