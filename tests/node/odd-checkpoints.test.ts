// Checkpoints whose files say other things than the released ones; the embedded model's weights, chosen as files.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Molmo2 } from '../../src/index.ts';
import { answerOf, exactMedia, samples } from '../parity/samples.ts';

const folder = fileURLToPath(new URL('../../models/shapes/', import.meta.url));

/** The files of `shapes`, with one JSON file changed. */
function changedShapes(
  name: string,
  change: (json: Record<string, Record<string, unknown>>) => void,
): File[] {
  return readdirSync(folder).map((file) => {
    const bytes = readFileSync(folder + file);
    if (file !== name) return new File([bytes], file);
    const json = JSON.parse(bytes.toString('utf8'));
    change(json);
    return new File([JSON.stringify(json)], file);
  });
}

/** The files of `shapes` with one value of the weights changed. */
function withValue(name: string, element: number, value: number): File[] {
  return readdirSync(folder).map((file) => {
    const bytes = readFileSync(folder + file);
    if (file === 'model.safetensors') {
      const end = 8 + Number(bytes.readBigUInt64LE(0));
      const header = JSON.parse(bytes.toString('utf8', 8, end)) as Record<string, { data_offsets: number[] }>;
      bytes.writeFloatLE(value, end + header[name]!.data_offsets[0]! + 4 * element);
    }
    return new File([bytes], file);
  });
}

test.each([
  ['model.transformer.ln_f.weight', 0, NaN],
  ['model.vision_backbone.image_vit.patch_embedding.weight', 9, Infinity],
  ['lm_head.weight', 1000, NaN],
])(
  'a value of %s that is not finite is refused at load, exact and in every format',
  async (name, element, value) => {
    const model = withValue(name, element, value);
    for (const weights of ['f32', 'f16', 'q8', 'q4'] as const) {
      const loading = Molmo2.load({ model, weights });
      await expect(loading).rejects.toMatchObject({
        code: 'bad-checkpoint',
        message: `model.safetensors: tensor "${name}" holds ${value} (element ${element}). Download the file again.`,
      });
    }
  },
);

test('a value that is only too large ends in one error when no token can be chosen', async () => {
  const molmo = await Molmo2.load({ model: withValue('lm_head.weight', 1000, 3.4e38) });
  await expect(answerOf(molmo, { prompt: 'Hi' })).rejects.toMatchObject({
    code: 'not-finite',
    message: expect.stringMatching(/^The logits .+ are not finite/),
  });
  molmo.dispose();
});

test('forced ids are all fed, beyond the context too', async () => {
  const model = changedShapes('config.json', (json) => {
    json['text_config']!['max_position_embeddings'] = 64;
  });
  const molmo = await Molmo2.load({ model });
  const forceIds = Array.from({ length: 300 }, (_, i) => i % 100);
  const answer = await answerOf(molmo, { prompt: 'Hi' }, { trace: { forceIds } });
  expect(answer.tokenIds).toEqual(forceIds);
  const own = await answerOf(molmo, { prompt: 'Hi' }, { trace: {} });
  expect(own.usage.promptTokens + own.usage.newTokens).toBeLessThanOrEqual(64);
  molmo.dispose();
});

test('features of the global crop go to <im_low> where the processor writes it', async () => {
  const model = changedShapes('processor_config.json', (json: Record<string, unknown>) => {
    json['use_low_res_token_for_global_crops'] = true;
  });
  const molmo = await Molmo2.load({ model });
  const sample = (await samples()).find(({ kind }) => kind === 'image')!;
  const { usage } = await answerOf(molmo, { ...exactMedia(sample), prompt: 'Hi' }, { maxNewTokens: 1 });
  expect(usage.visionTokens).toBeGreaterThan(36);
  molmo.dispose();
});
