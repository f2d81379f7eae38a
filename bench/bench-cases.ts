// Every row that is no denominator.

import { kernelCases } from './cases/kernels.ts';
import { sharedLinearCases } from './cases/shared-linear.ts';
import type { Machine } from './machine.ts';
import type { BenchCase } from './types.ts';

export function benchCases(machine: Machine): BenchCase[] {
  return [...kernelCases(machine), ...sharedLinearCases()];
}
