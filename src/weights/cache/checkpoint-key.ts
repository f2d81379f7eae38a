// What a quantised checkpoint is found by in the cache: the layout of its files and a sample of its values.

import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { sha256Hex } from '../bundle/chunk-hash.ts';
import type { WeightFormat } from '../formats/formats.ts';

/** Values that every training run changes and that are small enough to read before anything else. */
const sampled = /\.(attn_norm|ff_norm|ln_f)\.weight$/;
const mostSamples = 80;

/** A text that is the same for the same checkpoint in the same format, wherever it lies. */
export async function checkpointKey(
  { files, tensors, config }: Checkpoint,
  weights: WeightFormat,
  signal?: AbortSignal,
): Promise<string> {
  const list = [...tensors.values()].map(({ name, dtype, shape, file, start, end }) => [
    name,
    dtype,
    shape,
    file,
    start,
    end,
  ]);
  const samples = [...tensors.values()].filter(({ name }) => sampled.test(name)).slice(0, mostSamples);
  const values = await Promise.all(
    samples.map(async ({ file, start, end }) => sha256Hex(await files.readRange(file, start, end, signal))),
  );
  const text = JSON.stringify({ config, weights, list, values });
  return sha256Hex(new TextEncoder().encode(text));
}
