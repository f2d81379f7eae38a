// Every row that is no denominator.

import { decodeAttentionCases, prefillAttentionCases } from './cases/attention.ts';
import { answerCases } from './cases/answers.ts';
import { connectorCases } from './cases/connector.ts';
import { firstTokenCases } from './cases/first-token.ts';
import { kernelCases } from './cases/kernels.ts';
import { loadCases } from './cases/load.ts';
import { prefillBlockCases } from './cases/prefill-block.ts';
import { sharedAttentionCases } from './cases/shared-attention.ts';
import { sharedDecoderCases } from './cases/shared-decoder.ts';
import { sharedLinearCases } from './cases/shared-linear.ts';
import { sharedVitCases } from './cases/shared-vit.ts';
import { tokenLoopCases } from './cases/token-loop.ts';
import type { Machine } from './machine.ts';
import type { BenchCase } from './types.ts';

export function benchCases(machine: Machine): BenchCase[] {
  return [
    ...kernelCases(machine),
    ...sharedVitCases(),
    ...connectorCases(),
    ...prefillBlockCases(),
    ...prefillAttentionCases(machine),
    ...decodeAttentionCases(),
    ...sharedAttentionCases(),
    ...sharedLinearCases(),
    ...sharedDecoderCases(),
    ...tokenLoopCases(),
    ...answerCases(),
    ...firstTokenCases(),
    ...loadCases(machine),
  ];
}
