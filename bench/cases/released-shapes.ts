// The widths of the released 4B model, with as many layers, words and patches as a case asks for.

import type { ModelConfig } from '../../src/config.ts';

export interface CutModel {
  readonly layers?: number;
  readonly vocabulary?: number;
  /** Patches of a crop, a square number. */
  readonly patches?: number;
}

/** The 4B's shapes with few layers, a slice of its vocabulary and one encoder block. */
export function cutModel({ layers = 1, vocabulary = 512, patches = 729 }: CutModel): ModelConfig {
  const patchSize = 14;
  return {
    text: {
      vocabSize: vocabulary,
      additionalVocabSize: 128,
      hiddenSize: 2560,
      intermediateSize: 9728,
      numLayers: layers,
      numHeads: 32,
      numKvHeads: 8,
      headDim: 128,
      layerNormEps: 1e-6,
      normAfter: false,
      qkNorm: 'qwen3',
      qkvBias: false,
      ropeTheta: 5_000_000,
      ropeScaling: null,
      ropeScalingLayers: [],
      maxPositions: 36864,
    },
    vit: {
      hiddenSize: 1152,
      intermediateSize: 4304,
      numBlocks: 1,
      numHeads: 16,
      numKvHeads: 16,
      headDim: 72,
      layerNormEps: 1e-6,
      imageSize: patchSize * Math.sqrt(patches),
      patchSize,
      numPatches: patches,
    },
    adapter: {
      vitLayers: [0],
      poolingAttentionMask: true,
      hiddenSize: 1152,
      numHeads: 16,
      numKvHeads: 16,
      headDim: 72,
      intermediateSize: 9728,
      textHiddenSize: 2560,
    },
    tokens: {
      imStart: vocabulary,
      lowResImStart: vocabulary + 4,
      imEnd: vocabulary + 1,
      imLow: vocabulary + 6,
      imPatch: vocabulary + 2,
      imCol: vocabulary + 3,
      frameStart: vocabulary + 7,
      frameEnd: vocabulary + 8,
    },
    useFrameSpecialTokens: true,
  };
}
