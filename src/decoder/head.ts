// Residual rows -> logits: the final norm and the language model head. The head has V rows only, so the additional
// tokens can never be generated.

import type { TextConfig } from '../config.ts';
import type { Dispatch } from '../gpu/kernel.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { linear } from '../kernels/linear.ts';
import { rmsNorm } from '../kernels/rms-norm.ts';
import type { KernelSettings } from '../gpu/kernel-settings.ts';
import type { Weights } from '../weights/weights.ts';

/** logits [n, V] of the rows x [n, C]; `normed` [n, C] is working memory. */
export function head(
  kernels: KernelSettings,
  config: TextConfig,
  weights: Weights,
  x: Tensor,
  normed: Tensor,
  logits: Tensor,
): Dispatch[] {
  return [
    rmsNorm(x, weights.get('model.transformer.ln_f.weight'), normed, config.layerNormEps),
    ...linear(kernels, normed, weights.matrix('lm_head.weight'), logits),
  ];
}
