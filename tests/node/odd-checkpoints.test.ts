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
