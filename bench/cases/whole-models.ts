// Configurations of whole models, from pictures to tokens: the 4B's true shapes, and narrow ones for software drivers.

import type { ModelConfig, ProcessorConfig } from '../../src/config.ts';
import { processorConfig } from '../../src/read-config.ts';
import { cutModel } from './released-shapes.ts';

/** The 4B. */
export function releasedModel(): ModelConfig {
  const config = cutModel({ layers: 36, vocabulary: 151936 });
  // The released tower taps blocks 24 and 18.
  return {
    ...config,
    vit: { ...config.vit, numBlocks: 25 },
    adapter: { ...config.adapter, vitLayers: [24, 18] },
  };
}

/** Two blocks and two layers a tenth as wide, with so many words. */
export function narrowModel(vocabulary = 512): ModelConfig {
  const { text, vit, adapter, ...rest } = cutModel({ layers: 2, patches: 81, vocabulary });
  return {
    ...rest,
    text: { ...text, hiddenSize: 256, intermediateSize: 512, numHeads: 4, numKvHeads: 2, headDim: 64 },
    vit: { ...vit, hiddenSize: 144, intermediateSize: 288, numBlocks: 2, numHeads: 2, numKvHeads: 2 },
    adapter: {
      ...adapter,
      vitLayers: [1, 0],
      hiddenSize: 144,
      numHeads: 2,
      numKvHeads: 2,
      intermediateSize: 256,
      textHiddenSize: 256,
    },
  };
}

/** How pictures and frames become patches, with the released windows. */
export function processorOf(config: ModelConfig): ProcessorConfig {
  const { imageSize, patchSize } = config.vit;
  const picture = { size: { height: imageSize, width: imageSize }, patch_size: patchSize };
  const files = {
    image: { ...picture, pooling_size: [2, 2] },
    video: { ...picture, pooling_size: [3, 3] },
    processor: {},
  };
  return processorConfig(files, config);
}
