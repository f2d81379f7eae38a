// Reads a model's numbers from a checkpoint's JSON files, and refuses what cannot be computed as the files say. The rules are
// those of the model's public configuration classes.

import * as v from 'valibot';
import type { ModelConfig, ProcessorConfig, TextConfig, VitConfig } from './config.ts';
import { Molmo2Error } from './errors.ts';

const size = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1 << 24));
const quad = v.pipe(size, v.multipleOf(4, 'must be a multiple of 4'));
// Layers and heads are counted out before a tensor is looked at, so that they are bounded by what a model can have.
const fewer = (most: number) => v.pipe(size, v.maxValue(most, `must be at most ${most}`));
const layers = fewer(1024);
const heads = fewer(1024);
const shortList = <S extends v.GenericSchema>(most: number, entry: S) =>
  v.pipe(
    v.custom<unknown[]>(Array.isArray, 'must be a list'),
    v.check((list) => list.length <= most, `must have at most ${most} entries`),
    v.array(entry),
  );
const tokenId = v.pipe(v.number(), v.integer(), v.minValue(0));
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const triple = v.pipe(v.tuple([v.number(), v.number(), v.number()]));
const pair = v.tuple([fewer(1 << 14), fewer(1 << 14)]);

const ropeScalingSchema = v.object({
  rope_type: v.optional(v.string()),
  factor: positive,
  attention_factor: v.optional(v.nullable(positive)),
  beta_fast: v.optional(v.nullable(positive), 32),
  beta_slow: v.optional(v.nullable(positive), 1),
  original_max_position_embeddings: positive,
});

const textSchema = v.object({
  vocab_size: size,
  additional_vocab_size: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1 << 24)),
  hidden_size: quad,
  intermediate_size: quad,
  num_hidden_layers: layers,
  num_attention_heads: heads,
  num_key_value_heads: heads,
  head_dim: quad,
  hidden_act: v.optional(v.literal('silu', 'only "silu" is computed')),
  layer_norm_eps: positive,
  norm_after: v.optional(v.boolean(), false),
  use_qk_norm: v.optional(v.boolean(), false),
  qk_norm_type: v.optional(v.nullable(v.picklist(['qwen3', 'olmo'])), 'olmo'),
  qkv_bias: v.optional(v.boolean(), false),
  rope_theta: positive,
  rope_scaling: v.optional(v.nullable(ropeScalingSchema)),
  rope_scaling_layers: v.optional(
    v.nullable(shortList(1024, v.pipe(v.number(), v.integer(), v.minValue(0)))),
  ),
  max_position_embeddings: v.optional(size, 4096),
});

const vitSchema = v.object({
  hidden_size: quad,
  intermediate_size: quad,
  num_hidden_layers: layers,
  num_attention_heads: heads,
  num_key_value_heads: heads,
  head_dim: quad,
  hidden_act: v.optional(v.literal('gelu_pytorch_tanh', 'only "gelu_pytorch_tanh" is computed')),
  layer_norm_eps: positive,
  image_default_input_size: pair,
  image_patch_size: v.pipe(size, v.multipleOf(2, 'must be even')),
  image_num_pos: size,
});

const adapterSchema = v.object({
  vit_layers: v.pipe(shortList(64, v.pipe(v.number(), v.integer())), v.minLength(1)),
  pooling_attention_mask: v.optional(v.boolean(), false),
  hidden_size: quad,
  num_attention_heads: heads,
  num_key_value_heads: heads,
  head_dim: quad,
  hidden_act: v.optional(v.literal('silu', 'only "silu" is computed')),
  intermediate_size: quad,
  text_hidden_size: quad,
});

const configSchema = v.object({
  model_type: v.literal('molmo2', 'only model_type "molmo2" is known'),
  text_config: textSchema,
  vit_config: vitSchema,
  adapter_config: adapterSchema,
  use_frame_special_tokens: v.optional(v.boolean(), false),
  image_start_token_id: tokenId,
  low_res_image_start_token_id: tokenId,
  image_end_token_id: tokenId,
  image_low_res_id: tokenId,
  image_patch_id: tokenId,
  image_col_id: tokenId,
  frame_start_token_id: tokenId,
  frame_end_token_id: tokenId,
});

/** Parses `value` or throws `unsupported-model` naming the file, the key, the value and what it should be. */
function parse<S extends v.GenericSchema>(schema: S, value: unknown, file: string): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const key = (v.getDotPath(issue) ?? '(the whole file)').slice(0, 200);
  const got =
    issue.input === undefined ? 'is missing' : `is ${(JSON.stringify(issue.input) ?? '').slice(0, 200)}`;
  throw new Molmo2Error(
    'unsupported-model',
    `${file}: "${key}" ${got}; ${issue.message.slice(0, 300)}. Use a checkpoint of the Molmo2 architecture.`,
  );
}

function unsupported(message: string): never {
  throw new Molmo2Error(
    'unsupported-model',
    `config.json: ${message}. Use a checkpoint of the Molmo2 architecture.`,
  );
}

function textConfig(t: v.InferOutput<typeof textSchema>): TextConfig {
  if (t.num_attention_heads % t.num_key_value_heads !== 0)
    unsupported(`${t.num_attention_heads} query heads cannot share ${t.num_key_value_heads} key heads`);
  const scaling = t.rope_scaling ?? null;
  if (scaling && (scaling.rope_type ?? 'yarn') !== 'yarn')
    unsupported(`text_config.rope_scaling.rope_type is "${scaling.rope_type}"; only "yarn" is computed`);
  const allLayers = Array.from({ length: t.num_hidden_layers }, (_, i) => i);
  return {
    vocabSize: t.vocab_size,
    additionalVocabSize: t.additional_vocab_size,
    hiddenSize: t.hidden_size,
    intermediateSize: t.intermediate_size,
    numLayers: t.num_hidden_layers,
    numHeads: t.num_attention_heads,
    numKvHeads: t.num_key_value_heads,
    headDim: t.head_dim,
    layerNormEps: t.layer_norm_eps,
    normAfter: t.norm_after,
    qkNorm: t.use_qk_norm ? (t.qk_norm_type ?? 'olmo') : null,
    qkvBias: t.qkv_bias,
    ropeTheta: t.rope_theta,
    ropeScaling: scaling && {
      factor: scaling.factor,
      attentionFactor: scaling.attention_factor ?? 0.1 * Math.log(scaling.factor) + 1,
      betaFast: scaling.beta_fast ?? 32,
      betaSlow: scaling.beta_slow ?? 1,
      originalMaxPositionEmbeddings: scaling.original_max_position_embeddings,
    },
    ropeScalingLayers: scaling ? (t.rope_scaling_layers ?? allLayers) : [],
    maxPositions: t.max_position_embeddings,
  };
}

function vitConfig(t: v.InferOutput<typeof vitSchema>, vitLayers: readonly number[]): VitConfig {
  const [height, width] = t.image_default_input_size;
  const side = height / t.image_patch_size;
  if (height !== width || !Number.isInteger(side))
    unsupported(
      `vit_config.image_default_input_size is ${height} x ${width}; it must be a square of whole patches`,
    );
  if (t.image_num_pos !== side * side)
    unsupported(`vit_config.image_num_pos is ${t.image_num_pos}, but a crop has ${side} x ${side} patches`);
  return {
    hiddenSize: t.hidden_size,
    intermediateSize: t.intermediate_size,
    numBlocks: Math.max(...vitLayers) + 1,
    numHeads: t.num_attention_heads,
    numKvHeads: t.num_key_value_heads,
    headDim: t.head_dim,
    layerNormEps: t.layer_norm_eps,
    imageSize: height,
    patchSize: t.image_patch_size,
    numPatches: side * side,
  };
}

/** Reads config.json. Throws `unsupported-model` naming the key when something cannot be computed as it says. */
export function modelConfig(json: unknown): ModelConfig {
  const c = parse(configSchema, json, 'config.json');
  const depth = c.vit_config.num_hidden_layers;
  const vitLayers = c.adapter_config.vit_layers.map((layer) => (layer < 0 ? layer + depth : layer));
  if (vitLayers.some((layer) => layer < 0 || layer >= depth))
    unsupported(
      `adapter_config.vit_layers ${JSON.stringify(c.adapter_config.vit_layers)} leave the ${depth} layers`,
    );
  if (c.adapter_config.text_hidden_size !== c.text_config.hidden_size)
    unsupported(
      `adapter_config.text_hidden_size is ${c.adapter_config.text_hidden_size}, text_config.hidden_size ${c.text_config.hidden_size}`,
    );
  const a = c.adapter_config;
  return {
    text: textConfig(c.text_config),
    vit: vitConfig(c.vit_config, vitLayers),
    adapter: {
      vitLayers,
      poolingAttentionMask: a.pooling_attention_mask,
      hiddenSize: a.hidden_size,
      numHeads: a.num_attention_heads,
      numKvHeads: a.num_key_value_heads,
      headDim: a.head_dim,
      intermediateSize: a.intermediate_size,
      textHiddenSize: a.text_hidden_size,
    },
    tokens: {
      imStart: c.image_start_token_id,
      lowResImStart: c.low_res_image_start_token_id,
      imEnd: c.image_end_token_id,
      imLow: c.image_low_res_id,
      imPatch: c.image_patch_id,
      imCol: c.image_col_id,
      frameStart: c.frame_start_token_id,
      frameEnd: c.frame_end_token_id,
    },
    useFrameSpecialTokens: c.use_frame_special_tokens,
  };
}

const half = [0.5, 0.5, 0.5] as const;
const sizeSchema = v.object({ height: size, width: size });

const imageProcessorSchema = v.object({
  size: sizeSchema,
  patch_size: size,
  pooling_size: pair,
  // Every way to cut a picture into so many crops is compared.
  max_crops: v.optional(fewer(1024), 8),
  overlap_margins: v.optional(
    v.tuple([v.pipe(v.number(), v.integer(), v.minValue(0)), v.pipe(v.number(), v.integer(), v.minValue(0))]),
    [4, 4],
  ),
  image_mean: v.optional(triple, [...half]),
  image_std: v.optional(triple, [...half]),
  resample: v.optional(v.literal(2, 'only bilinear (2) is computed')),
});

const videoProcessorSchema = v.object({
  size: sizeSchema,
  patch_size: size,
  pooling_size: pair,
  image_mean: v.optional(triple, [...half]),
  image_std: v.optional(triple, [...half]),
  resample: v.optional(v.literal(2, 'only bilinear (2) is computed')),
  frame_sample_mode: v.optional(v.picklist(['uniform_last_frame', 'fps']), 'uniform_last_frame'),
  num_frames: v.optional(fewer(1 << 16), 384),
  max_fps: v.optional(v.nullable(positive), 2),
  sampling_fps: v.optional(v.nullable(positive), 2),
});

const processorSchema = v.object({
  image_use_col_tokens: v.optional(v.boolean(), true),
  use_single_crop_col_tokens: v.optional(v.nullable(v.boolean())),
  use_single_crop_start_token: v.optional(v.boolean(), true),
  video_use_col_tokens: v.optional(v.boolean(), false),
  use_frame_special_tokens: v.optional(v.nullable(v.boolean())),
  use_low_res_token_for_global_crops: v.optional(v.boolean(), false),
});

function square(s: { height: number; width: number }, file: string): number {
  if (s.height === s.width) return s.height;
  throw new Molmo2Error(
    'unsupported-model',
    `${file}: "size" is ${s.height} x ${s.width}; crops must be square. Use a checkpoint of the Molmo2 architecture.`,
  );
}

/**
 * Reads preprocessor_config.json, video_preprocessor_config.json and processor_config.json. The processor writes the
 * tokens, so its `use_frame_special_tokens` wins over config.json's; `onNotice` is told when the two differ.
 */
export function processorConfig(
  files: { image: unknown; video: unknown; processor: unknown },
  model: ModelConfig,
  onNotice: (message: string) => void = () => {},
): ProcessorConfig {
  const i = parse(imageProcessorSchema, files.image, 'preprocessor_config.json');
  const f = parse(videoProcessorSchema, files.video, 'video_preprocessor_config.json');
  const p = parse(processorSchema, files.processor, 'processor_config.json');
  const useFrame = p.use_frame_special_tokens ?? model.useFrameSpecialTokens;
  if (useFrame !== model.useFrameSpecialTokens)
    onNotice(
      `use_frame_special_tokens is ${String(useFrame)} in processor_config.json and ` +
        `${String(model.useFrameSpecialTokens)} in config.json; the processor's value is used.`,
    );
  const imageSize = square(i.size, 'preprocessor_config.json');
  const frameSize = square(f.size, 'video_preprocessor_config.json');
  for (const [file, side, patch] of [
    ['preprocessor_config.json', imageSize, i.patch_size],
    ['video_preprocessor_config.json', frameSize, f.patch_size],
  ] as const)
    if (side !== model.vit.imageSize || patch !== model.vit.patchSize)
      throw new Molmo2Error(
        'unsupported-model',
        `${file} cuts crops of ${side} px in patches of ${patch} px, but the vision encoder of config.json reads ` +
          `${model.vit.imageSize} px in patches of ${model.vit.patchSize} px. Take both files from the same checkpoint.`,
      );
  return {
    image: {
      size: imageSize,
      patchSize: i.patch_size,
      poolingSize: i.pooling_size,
      maxCrops: i.max_crops,
      overlapMargins: i.overlap_margins,
      mean: i.image_mean,
      std: i.image_std,
      useColTokens: p.image_use_col_tokens,
      // Absent means: as the other rows.
      useSingleCropColTokens: p.use_single_crop_col_tokens ?? p.image_use_col_tokens,
      useSingleCropStartToken: p.use_single_crop_start_token,
      useLowResTokenForGlobalCrops: p.use_low_res_token_for_global_crops,
    },
    video: {
      size: frameSize,
      patchSize: f.patch_size,
      poolingSize: f.pooling_size,
      mean: f.image_mean,
      std: f.image_std,
      frameSampleMode: f.frame_sample_mode,
      numFrames: f.num_frames,
      maxFps: f.max_fps ?? 2,
      samplingFps: f.sampling_fps ?? 2,
      useColTokens: p.video_use_col_tokens,
      useFrameSpecialTokens: useFrame,
    },
  };
}
