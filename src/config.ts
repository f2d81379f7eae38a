// The model's numbers, each with one meaning; read-config.ts reads them from a checkpoint's JSON files.
// Axes used everywhere: T rows, C decoder width, H/K query/KV heads, D head size, F frames or crops, P patches,
// E vision width, V vocabulary, S KV slots. Sources of the rules: the model's public configuration classes.

/** RoPE scaling of the listed layers (YaRN). */
export interface RopeScaling {
  readonly factor: number;
  readonly attentionFactor: number;
  readonly betaFast: number;
  readonly betaSlow: number;
  readonly originalMaxPositionEmbeddings: number;
}

export interface TextConfig {
  readonly vocabSize: number;
  readonly additionalVocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly numLayers: number;
  readonly numHeads: number;
  readonly numKvHeads: number;
  readonly headDim: number;
  readonly layerNormEps: number;
  readonly normAfter: boolean;
  /** `qwen3` normalises each head, `olmo` the whole vector, null neither. */
  readonly qkNorm: 'qwen3' | 'olmo' | null;
  readonly qkvBias: boolean;
  readonly ropeTheta: number;
  readonly ropeScaling: RopeScaling | null;
  /** Layers that use `ropeScaling`; all of them when the file says null. */
  readonly ropeScalingLayers: readonly number[];
  readonly maxPositions: number;
}

export interface VitConfig {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  /** Blocks that exist in the file and are run: the deepest tapped layer and everything before it. */
  readonly numBlocks: number;
  readonly numHeads: number;
  readonly numKvHeads: number;
  readonly headDim: number;
  readonly layerNormEps: number;
  readonly imageSize: number;
  readonly patchSize: number;
  /** Patches of one crop, a square number. */
  readonly numPatches: number;
}

export interface AdapterConfig {
  /** Absolute block indices whose outputs are concatenated, in this order. */
  readonly vitLayers: readonly number[];
  readonly poolingAttentionMask: boolean;
  readonly hiddenSize: number;
  readonly numHeads: number;
  readonly numKvHeads: number;
  readonly headDim: number;
  readonly intermediateSize: number;
  readonly textHiddenSize: number;
}

/** Ids of the vision tokens. */
export interface VisionTokenIds {
  readonly imStart: number;
  readonly lowResImStart: number;
  readonly imEnd: number;
  readonly imLow: number;
  readonly imPatch: number;
  readonly imCol: number;
  readonly frameStart: number;
  readonly frameEnd: number;
}

export interface ModelConfig {
  readonly text: TextConfig;
  readonly vit: VitConfig;
  readonly adapter: AdapterConfig;
  readonly tokens: VisionTokenIds;
  readonly useFrameSpecialTokens: boolean;
}

/** How pictures are cut: preprocessor_config.json and the image half of processor_config.json. */
export interface ImageProcessorConfig {
  /** Side of a crop in pixels. */
  readonly size: number;
  readonly patchSize: number;
  /** [rows, columns] of patches that become one token. */
  readonly poolingSize: readonly [number, number];
  readonly maxCrops: number;
  /** Patches dropped at [left and top, right and bottom] of inner borders. */
  readonly overlapMargins: readonly [number, number];
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  readonly useColTokens: boolean;
  readonly useSingleCropColTokens: boolean;
  readonly useSingleCropStartToken: boolean;
  readonly useLowResTokenForGlobalCrops: boolean;
}

/** How videos are sampled: video_preprocessor_config.json and the video half of processor_config.json. */
export interface VideoProcessorConfig {
  readonly size: number;
  readonly patchSize: number;
  readonly poolingSize: readonly [number, number];
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  readonly frameSampleMode: 'uniform_last_frame' | 'fps';
  readonly numFrames: number;
  readonly maxFps: number;
  readonly samplingFps: number;
  readonly useColTokens: boolean;
  /** `<frame_start>` and `<frame_end>` around a frame instead of `<im_start>` and `<im_end>`. */
  readonly useFrameSpecialTokens: boolean;
}

export interface ProcessorConfig {
  readonly image: ImageProcessorConfig;
  readonly video: VideoProcessorConfig;
}
