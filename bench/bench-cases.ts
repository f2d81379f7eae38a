// Every row that is no denominator.

import { decodeAttentionCases, prefillAttentionCases } from './cases/attention.ts';
import { kernelCases } from './cases/kernels.ts';
import { sharedDecoderCases } from './cases/shared-decoder.ts';
import { sharedLinearCases } from './cases/shared-linear.ts';
import { sharedVitCases } from './cases/shared-vit.ts';
import type { Machine } from './machine.ts';
import type { BenchCase } from './types.ts';

export function benchCases(machine: Machine): BenchCase[] {
  return [
    ...kernelCases(machine),
    ...sharedVitCases(),
    ...prefillAttentionCases(machine),
    ...decodeAttentionCases(),
    ...sharedLinearCases(),
    ...sharedDecoderCases(),
  ];
}
