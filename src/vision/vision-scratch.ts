// Working memory of the vision tower: for a batch of crops in the encoder, and for a piece (all crops of a picture, or
// some frames) in the connector.

import type { ModelConfig } from '../config.ts';
import { sliceRows, type Tensor } from '../gpu/tensor.ts';
import type { TensorSource } from '../gpu/tensor-source.ts';
import { poolingScratch, type PoolingScratch } from './image-pooling-2d.ts';
import { projectorScratch, type ProjectorScratch } from './image-projector.ts';
import { vitScratch, type VitScratch } from './image-vit.ts';

/** Sizes of a piece: crops that are pooled together, what they pool to, and how many patches make a token. */
export interface PieceSize {
  readonly crops: number;
  readonly tokens: number;
  readonly window: number;
}

export interface PieceScratch {
  readonly taps: Tensor; // [F * P, taps * E]
  readonly windows: Tensor; // [tokens, N]
  readonly pooling: PoolingScratch;
  readonly projector: ProjectorScratch;
  readonly features: Tensor; // [tokens, C]
}

export interface VisionScratch {
  readonly vit: VitScratch;
  readonly piece: PieceScratch;
}

/** Memory for `batchCrops` crops at a time and for pieces up to `largest`. */
export function visionScratch(
  config: ModelConfig,
  source: TensorSource,
  batchCrops: number,
  { crops, tokens, window }: PieceSize,
): VisionScratch {
  const { vit, adapter, text } = config;
  const taps = source.tensor('taps', [crops * vit.numPatches, vit.hiddenSize * adapter.vitLayers.length]);
  return {
    vit: vitScratch(config, source, batchCrops),
    piece: {
      taps,
      windows: source.tensor('windows', [tokens, window], 'i32'),
      pooling: poolingScratch(config, source, taps, tokens),
      projector: projectorScratch(config, source, tokens),
      features: source.tensor('image features', [tokens, text.hiddenSize]),
    },
  };
}

/** The memory of a piece that is smaller than the largest. */
export function firstOfPiece(
  { vit }: ModelConfig,
  { taps, windows, pooling, projector, features }: PieceScratch,
  { crops, tokens }: Pick<PieceSize, 'crops' | 'tokens'>,
): PieceScratch {
  const ofPatches = (tensor: Tensor) => sliceRows(tensor, 0, crops * vit.numPatches);
  const ofTokens = (tensor: Tensor) => sliceRows(tensor, 0, tokens);
  return {
    taps: ofPatches(taps),
    windows: ofTokens(windows),
    pooling: {
      mean: ofTokens(pooling.mean),
      q: ofTokens(pooling.q),
      k: ofPatches(pooling.k),
      v: ofPatches(pooling.v),
      attended: ofTokens(pooling.attended),
      pooled: ofTokens(pooling.pooled),
    },
    projector: {
      gate: ofTokens(projector.gate),
      value: ofTokens(projector.value),
      hidden: ofTokens(projector.hidden),
    },
    features: ofTokens(features),
  };
}
