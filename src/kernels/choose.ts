// Which kernel does a piece of work: one pure function of what the device can do and of the work's shape. A tuning run
// may overrule it for a class of work.

import type { KernelSettings } from '../gpu/kernel-settings.ts';
import type { WeightFormat } from '../gpu/matrix.ts';

/** y [rows, columns] = x [rows, k] weight^T. */
export interface LinearWork {
  readonly op: 'linear';
  readonly rows: number;
  readonly columns: number;
  readonly k: number;
  readonly format: WeightFormat;
  /** All that matmul stores begins and ends at multiples of four columns. */
  readonly inFours: boolean;
}

export type LinearVariant = 'matvec' | 'matmul';

/** What some work could be done by, the best guess first. Every name in the list can do it on this device. */
export function linearVariants(_kernels: KernelSettings, work: LinearWork): readonly LinearVariant[] {
  // A matmul invocation holds four rows; with fewer it would compute rows that nobody needs.
  const fewRows = 3;
  return work.rows <= fewRows || !work.inFours ? ['matvec'] : ['matmul'];
}

/** The class of work that a tuned choice is kept under. */
export function workClass(work: LinearWork): string {
  const rows = work.rows <= 8 ? String(work.rows) : `2^${Math.ceil(Math.log2(work.rows))}`;
  return `${work.op} ${work.format} ${rows} x ${work.columns} x ${work.k}`;
}

/** The variant that does the work: the tuned one, if it is one that can, else the first of `linearVariants`. */
export function chooseLinear(kernels: KernelSettings, work: LinearWork): LinearVariant {
  const variants = linearVariants(kernels, work);
  const tuned = variants.find((variant) => variant === kernels.tuned[workClass(work)]);
  return tuned ?? variants[0] ?? 'matvec';
}
