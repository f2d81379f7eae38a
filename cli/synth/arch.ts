// The shapes of the released models, as the JSON files of a checkpoint. `tiny` has every part and takes no time.

interface Arch {
  readonly text: Readonly<Record<string, unknown>> & {
    readonly vocab_size: number;
    readonly hidden_size: number;
  };
  /** `intermediate_size` of the connector. */
  readonly adapterWidth: number;
  readonly vit: Readonly<Record<string, unknown>>;
  readonly adapter: Readonly<Record<string, unknown>>;
  /** Pixels of a crop's side, and patches dropped at its inner borders. */
  readonly crop: { readonly size: number; readonly margins: number };
  /** The released head of the 4B equals its embedding. */
  readonly tiedHead: boolean;
  /** Ids of the chat's own tokens. */
  readonly chat: { readonly endOfText: number; readonly turnStart: number; readonly turnEnd: number };
}

const releasedVit = {
  hidden_size: 1152,
  intermediate_size: 4304,
  num_hidden_layers: 27,
  num_attention_heads: 16,
  num_key_value_heads: 16,
  head_dim: 72,
  image_num_pos: 729,
};
const releasedAdapter = {
  hidden_size: 1152,
  num_attention_heads: 16,
  num_key_value_heads: 16,
  head_dim: 72,
  vit_layers: [-3, -9],
};
const releasedCrop = { size: 378, margins: 4 };
const qwen = {
  vocab_size: 151936,
  num_hidden_layers: 36,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  head_dim: 128,
  qk_norm_type: 'qwen3',
  norm_after: false,
  max_position_embeddings: 36864,
};
const qwenChat = { endOfText: 151643, turnStart: 151644, turnEnd: 151645 };

const arches = {
  'molmo2-4b': {
    text: { ...qwen, hidden_size: 2560, intermediate_size: 9728, rope_theta: 5_000_000 },
    adapterWidth: 9728,
    vit: releasedVit,
    adapter: releasedAdapter,
    crop: releasedCrop,
    tiedHead: true,
    chat: qwenChat,
  },
  'molmo2-8b': {
    text: { ...qwen, hidden_size: 4096, intermediate_size: 12288, rope_theta: 1_000_000 },
    adapterWidth: 12288,
    vit: releasedVit,
    adapter: releasedAdapter,
    crop: releasedCrop,
    tiedHead: false,
    chat: qwenChat,
  },
  'molmo2-o-7b': {
    text: {
      vocab_size: 100278,
      hidden_size: 4096,
      intermediate_size: 11008,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      num_key_value_heads: 32,
      head_dim: 128,
      qk_norm_type: 'olmo',
      norm_after: true,
      max_position_embeddings: 65536,
      rope_theta: 500_000,
      rope_scaling: {
        rope_type: 'yarn',
        factor: 8,
        attention_factor: 1.2079441541679836,
        beta_fast: 32,
        beta_slow: 1,
        original_max_position_embeddings: 8192,
      },
      rope_scaling_layers: [3, 7, 11, 15, 19, 23, 27, 31],
    },
    adapterWidth: 11008,
    vit: releasedVit,
    adapter: releasedAdapter,
    crop: releasedCrop,
    tiedHead: false,
    chat: { endOfText: 100257, turnStart: 100264, turnEnd: 100265 },
  },
  tiny: {
    text: {
      vocab_size: 600,
      hidden_size: 112,
      intermediate_size: 136,
      num_hidden_layers: 2,
      num_attention_heads: 4,
      num_key_value_heads: 2,
      head_dim: 32,
      qk_norm_type: 'qwen3',
      norm_after: false,
      max_position_embeddings: 4096,
      rope_theta: 1_000_000,
    },
    adapterWidth: 136,
    vit: { hidden_size: 64, intermediate_size: 132, num_hidden_layers: 4, num_attention_heads: 4, num_key_value_heads: 4, head_dim: 16, image_num_pos: 36 },
    adapter: { hidden_size: 64, num_attention_heads: 4, num_key_value_heads: 4, head_dim: 16, vit_layers: [-2, -3] },
    crop: { size: 84, margins: 1 },
    tiedHead: true,
    chat: { endOfText: 597, turnStart: 598, turnEnd: 599 },
  },
} as const satisfies Record<string, Arch>; // prettier-ignore

export type ArchName = keyof typeof arches;
export const archNames = Object.keys(arches) as ArchName[];

export function archOf(name: ArchName): Arch {
  return arches[name];
}

/** Names of the vision tokens; token i has the id vocab_size + i. */
export const visionTokens = [
  '<im_start>',
  '<im_end>',
  '<im_patch>',
  '<im_col>',
  '<low_res_im_start>',
  '<|image|>',
  '<im_low>',
  '<frame_start>',
  '<frame_end>',
  '<|video|>',
] as const;

/** config.json and the processors' files, by name. */
export function archFiles(name: ArchName): Record<string, unknown> {
  const { text, vit, adapter, adapterWidth, crop } = archOf(name);
  const id = (token: (typeof visionTokens)[number]) => text.vocab_size + visionTokens.indexOf(token);
  const eps = 1e-6;
  const picture = {
    size: { height: crop.size, width: crop.size },
    resample: 2,
    image_mean: [0.5, 0.5, 0.5],
    image_std: [0.5, 0.5, 0.5],
    do_convert_rgb: true,
    patch_size: 14,
  };
  return {
    'config.json': {
      model_type: 'molmo2',
      architectures: ['Molmo2ForConditionalGeneration'],
      dtype: 'float32',
      tie_word_embeddings: false,
      use_frame_special_tokens: false,
      text_config: {
        model_type: 'molmo2_text',
        additional_vocab_size: 128,
        hidden_act: 'silu',
        layer_norm_eps: eps,
        use_qk_norm: true,
        qkv_bias: false,
        rope_scaling: null,
        rope_scaling_layers: null,
        ...text,
      },
      vit_config: {
        model_type: 'molmo2',
        hidden_act: 'gelu_pytorch_tanh',
        layer_norm_eps: eps,
        image_default_input_size: [crop.size, crop.size],
        image_patch_size: 14,
        float32_attention: true,
        ...vit,
      },
      adapter_config: {
        model_type: 'molmo2',
        hidden_act: 'silu',
        pooling_attention_mask: true,
        float32_attention: true,
        intermediate_size: adapterWidth,
        text_hidden_size: text.hidden_size,
        ...adapter,
      },
      image_start_token_id: id('<im_start>'),
      low_res_image_start_token_id: id('<low_res_im_start>'),
      image_end_token_id: id('<im_end>'),
      image_low_res_id: id('<im_low>'),
      image_patch_id: id('<im_patch>'),
      image_high_res_id: id('<im_patch>'),
      image_col_id: id('<im_col>'),
      frame_start_token_id: id('<frame_start>'),
      frame_end_token_id: id('<frame_end>'),
    },
    'preprocessor_config.json': {
      image_processor_type: 'Molmo2ImageProcessor',
      ...picture,
      max_crops: 8,
      overlap_margins: [crop.margins, crop.margins],
      pooling_size: [2, 2],
    },
    'video_preprocessor_config.json': {
      video_processor_type: 'Molmo2VideoProcessor',
      ...picture,
      pooling_size: [3, 3],
      frame_sample_mode: 'uniform_last_frame',
      num_frames: 384,
      max_fps: 2,
      sampling_fps: 2,
    },
    'processor_config.json': {
      processor_class: 'Molmo2Processor',
      image_use_col_tokens: true,
      use_single_crop_col_tokens: false,
      use_single_crop_start_token: true,
      video_use_col_tokens: false,
      use_frame_special_tokens: false,
    },
  };
}
