// The suite `kernels`: each kernel at the shapes in which the models use it.

import type { Machine } from '../measure/machine.ts';
import type { BenchCase } from '../measure/types.ts';
import { encoderAttentionCases } from './attention.ts';
import { linearKernelCases } from './linear-shapes.ts';
import { rowKernelCases } from './row-kernels.ts';

export function kernelCases(machine: Machine): BenchCase[] {
  return [...linearKernelCases(), ...encoderAttentionCases(machine), ...rowKernelCases()];
}
