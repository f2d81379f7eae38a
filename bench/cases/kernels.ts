// The suite `kernels`: each kernel at the shapes in which the models use it.

import type { Machine } from '../machine.ts';
import type { BenchCase } from '../types.ts';
import { encoderAttentionCases } from './attention.ts';
import { linearKernelCases } from './linear-shapes.ts';
import { rowKernelCases } from './row-kernels.ts';

export function kernelCases(machine: Machine): BenchCase[] {
  return [...linearKernelCases(), ...encoderAttentionCases(machine), ...rowKernelCases()];
}
