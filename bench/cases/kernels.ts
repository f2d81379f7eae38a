// The suite `kernels`: each kernel at the shapes in which the models use it.

import type { Machine } from '../machine.ts';
import type { BenchCase } from '../types.ts';
import { linearKernelCases } from './linear-shapes.ts';

export function kernelCases(_machine: Machine): BenchCase[] {
  return [...linearKernelCases()];
}
