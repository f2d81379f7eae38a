// The gated MLP that brings pooled rows to the decoder's width: w2(silu(w1 y) * w3 y).
// Names: model.vision_backbone.image_projector.*

import type { ModelConfig } from '../config.ts';
import type { TensorSource } from '../gpu/tensor-source.ts';
import type { Dispatch } from '../gpu/kernel.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { gatedSilu } from '../kernels/rows/gated-silu.ts';
import { linear } from '../kernels/linear/linear.ts';
import type { KernelSettings } from '../gpu/kernel-settings.ts';
import type { Weights } from '../weights/store/weights.ts';

export interface ProjectorScratch {
  readonly gate: Tensor; // [tokens, I]
  readonly value: Tensor; // [tokens, I]
  readonly hidden: Tensor; // [tokens, I]
}

export function projectorScratch(
  { adapter }: ModelConfig,
  source: TensorSource,
  tokens: number,
): ProjectorScratch {
  const tensor = (label: string) => source.tensor(`projector ${label}`, [tokens, adapter.intermediateSize]);
  return { gate: tensor('gate'), value: tensor('value'), hidden: tensor('hidden') };
}

/** features [tokens, C], one row for each row of `pooled`. */
export function imageProjector(
  kernels: KernelSettings,
  weights: Weights,
  pooled: Tensor,
  scratch: ProjectorScratch,
  features: Tensor,
): Dispatch[] {
  const w = (name: string) => weights.matrix(`model.vision_backbone.image_projector.${name}.weight`);
  const { gate, value, hidden } = scratch;
  return [
    ...linear(kernels, pooled, w('w1'), gate),
    ...linear(kernels, pooled, w('w3'), value),
    gatedSilu({ of: gate, column: 0 }, { of: value, column: 0 }, hidden),
    ...linear(kernels, hidden, w('w2'), features),
  ];
}
