// Residual rows -> logits: the final norm and the language model head. The head has V rows only, so the additional
// tokens can never be generated.

import type { TextConfig } from '../config.ts';
import type { Dispatch } from '../gpu/kernel.ts';
import type { KernelSettings } from '../gpu/kernel-settings.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { normedLinear } from '../kernels/linear/linear.ts';
import type { Weights } from '../weights/store/weights.ts';

/**
 * logits [n, V] of the rows x [n, C]; `normed` [n, C] is working memory. With a `cursor` [2] (position, stopped) logits may
 * stay as they are once it has stopped.
 */
export function head(
  kernels: KernelSettings,
  config: TextConfig,
  weights: Weights,
  x: Tensor,
  normed: Tensor,
  logits: Tensor,
  { cursor }: { readonly cursor?: Tensor | undefined } = {},
): Dispatch[] {
  const norm = { weight: weights.get('model.transformer.ln_f.weight'), eps: config.layerNormEps };
  return normedLinear(kernels, x, norm, weights.matrix('lm_head.weight'), logits, normed, { cursor });
}
