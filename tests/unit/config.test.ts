import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { modelConfig, processorConfig } from '../../src/read-config.ts';

const folder = new URL('../fixtures/golden/', import.meta.url);

type Json = { [key: string]: Json } & Record<string, unknown>;
const read = (path: string) => JSON.parse(readFileSync(new URL(path, folder), 'utf8')) as Json;

/** A checkpoint's config.json with some values replaced. */
function changed(path: string, changes: Record<string, unknown>): Json {
  const json = read(path);
  for (const [key, value] of Object.entries(changes)) {
    const steps = key.split('.');
    const last = steps.pop() ?? '';
    const target = steps.reduce<Json>((at, step) => at[step] as Json, json);
    target[last] = value as Json;
  }
  return json;
}

const olmo = 'checkpoint-olmo/config.json';
const qwen3 = 'checkpoint-qwen3/config.json';

describe('config.json', () => {
  test('negative vision layers count from the configured depth, not from the stored blocks', () => {
    const config = modelConfig(read(olmo));
    expect(config.adapter.vitLayers).toEqual([7, 1]);
    expect(config.vit.numBlocks).toBe(8);
  });

  test('everything that changes the computation is read', () => {
    expect(modelConfig(read(olmo)).text).toMatchObject({
      normAfter: true,
      qkNorm: 'olmo',
      ropeScalingLayers: [3],
      ropeScaling: { factor: 8, attentionFactor: 1.2079441541679836 },
    });
    expect(modelConfig(read(qwen3)).text).toMatchObject({
      normAfter: false,
      qkNorm: 'qwen3',
      ropeScaling: null,
    });
  });

  test('a null list of scaled layers means all of them', () => {
    const config = modelConfig(changed(olmo, { 'text_config.rope_scaling_layers': null }));
    expect(config.text.ropeScalingLayers).toEqual([0, 1, 2, 3]);
  });

  test('the pooling mask is off unless the file says so', () => {
    const json = read(olmo);
    delete (json['adapter_config'] as Json)['pooling_attention_mask'];
    expect(modelConfig(json).adapter.poolingAttentionMask).toBe(false);
  });

  test.each([
    [{ 'text_config.head_dim': 30 }, /head_dim.*30.*multiple of 4/],
    [{ 'text_config.hidden_act': 'relu' }, /hidden_act.*relu.*silu/],
    [{ 'text_config.num_key_value_heads': 3 }, /4 query heads cannot share 3/],
    [{ 'text_config.rope_scaling.rope_type': 'linear' }, /linear.*yarn/],
    [{ 'text_config.hidden_size': undefined }, /hidden_size.*is missing/],
    [{ 'text_config.hidden_size': -4 }, /hidden_size/],
    [{ 'adapter_config.vit_layers': [-11] }, /vit_layers.*10 layers/],
    [{ 'adapter_config.text_hidden_size': 128 }, /text_hidden_size is 128/],
    [{ 'vit_config.image_num_pos': 577 }, /577.*27 x 27/],
    [{ model_type: 'llava' }, /model_type.*llava/],
  ])('%o is refused with the key and the value', (changes, message) => {
    expect(() => modelConfig(changed(olmo, changes))).toThrow(message);
    expect(() => modelConfig(changed(olmo, changes))).toThrow(
      expect.objectContaining({ code: 'unsupported-model' }),
    );
  });
});

describe('the processor files', () => {
  const files = (changes: Record<string, unknown> = {}) => ({
    image: read('checkpoint-qwen3/preprocessor_config.json'),
    video: read('checkpoint-qwen3/video_preprocessor_config.json'),
    processor: { ...read('checkpoint-qwen3/processor_config.json'), ...changes },
  });

  test('the processor decides on frame tokens, and a difference is told', () => {
    const model = modelConfig(changed(qwen3, { use_frame_special_tokens: true }));
    const notices: string[] = [];
    const config = processorConfig(files({ use_frame_special_tokens: false }), model, (notice) =>
      notices.push(notice),
    );
    expect(config.video.useFrameSpecialTokens).toBe(false);
    expect(notices).toEqual([
      expect.stringContaining('use_frame_special_tokens is false in processor_config.json'),
    ]);
  });

  test('a missing switch falls back to config.json without a notice', () => {
    const model = modelConfig(changed(qwen3, { use_frame_special_tokens: true }));
    const notices: string[] = [];
    const config = processorConfig(files({ use_frame_special_tokens: undefined }), model, (n) =>
      notices.push(n),
    );
    expect(config.video.useFrameSpecialTokens).toBe(true);
    expect(notices).toEqual([]);
  });

  test.each([
    [{ image_use_col_tokens: true, use_single_crop_col_tokens: undefined }, true],
    [{ image_use_col_tokens: true, use_single_crop_col_tokens: false }, false],
    [{ image_use_col_tokens: false, use_single_crop_col_tokens: undefined }, false],
    [{ image_use_col_tokens: false, use_single_crop_col_tokens: true }, true],
  ])('column tokens of the global grid: %o gives %s', (changes, expected) => {
    const config = processorConfig(files(changes), modelConfig(read(qwen3)));
    expect(config.image.useSingleCropColTokens).toBe(expected);
  });

  test('crops of another size than the encoder reads are refused', () => {
    const wrong = { ...files(), image: { ...files().image, size: { height: 392, width: 392 } } };
    expect(() => processorConfig(wrong, modelConfig(read(qwen3)))).toThrow(/392 px.*378 px/);
  });
});
