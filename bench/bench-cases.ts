// Every row that is no denominator.

import { decodeAttentionCases, prefillAttentionCases } from './cases/attention.ts';
import { answerCases } from './cases/answers.ts';
import { branchLoopCases } from './cases/branch-loop.ts';
import { compileCases } from './cases/compile.ts';
import { connectorCases } from './cases/connector.ts';
import { expectedTokenCases } from './cases/expected-tokens.ts';
import { firstTokenCases } from './cases/first-token.ts';
import { kernelCases } from './cases/kernels.ts';
import { loadCases } from './cases/load.ts';
import { prefillBlockCases } from './cases/prefill-block.ts';
import { sharedAttentionCases } from './cases/shared/shared-attention.ts';
import { sharedDecoderCases } from './cases/shared/shared-decoder.ts';
import { sharedLinearCases } from './cases/shared/shared-linear.ts';
import { sharedNormCases } from './cases/shared/shared-norm.ts';
import { sharedVitCases } from './cases/shared/shared-vit.ts';
import { tokenLoopCases } from './cases/token-loop.ts';
import type { Machine } from './measure/machine.ts';
import type { BenchCase } from './measure/types.ts';

/** Whether pictures and videos can be decoded here; the kit says that it cannot. A page always can. */
function decodesMedia(): boolean {
  return typeof process === 'undefined' || process.env['MOLMO2_BENCH_MEDIA'] !== 'none';
}

export function benchCases(machine: Machine): BenchCase[] {
  return [
    ...kernelCases(machine),
    ...sharedVitCases(),
    ...sharedNormCases(),
    ...connectorCases(),
    ...prefillBlockCases(),
    ...prefillAttentionCases(machine),
    ...decodeAttentionCases(),
    ...sharedAttentionCases(),
    ...sharedLinearCases(),
    ...sharedDecoderCases(),
    ...tokenLoopCases(),
    ...branchLoopCases(),
    ...expectedTokenCases(),
    ...(decodesMedia() ? answerCases() : []),
    ...firstTokenCases(),
    ...compileCases(),
    ...loadCases(machine),
  ];
}
