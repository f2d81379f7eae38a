// The golden cases: prompts, media and the tensors that the PyTorch model makes of them (tests/fixtures/golden).

import type { AskInput, AskOptions, ChatMessage, Trace } from '../../src/api.ts';
import { Molmo2 } from '../../src/index.ts';
import { forcedKernels } from '../forced-family.ts';
import { fixtureBytes, fixtureJson, fixtureUrl } from '../fixture-files.ts';
import { readSafetensors, type LoadedTensor } from '../safetensors.ts';

export interface GoldenCase {
  readonly name: string;
  readonly checkpoint: 'qwen3' | 'olmo';
  readonly messages: readonly ChatMessage[];
  readonly media: readonly string[];
  readonly kind: 'text' | 'image' | 'video';
  readonly timestamps: readonly number[] | null;
  readonly input_ids: readonly number[];
  readonly positions: readonly number[];
  readonly generated: readonly number[];
  readonly margins: readonly number[];
  readonly tensors: string;
}

export async function goldenCases(): Promise<readonly GoldenCase[]> {
  const index = (await fixtureJson('golden/index.json')) as { cases: GoldenCase[] };
  return index.cases;
}

export async function expectedTensors(golden: GoldenCase): Promise<Map<string, LoadedTensor>> {
  return readSafetensors(await fixtureBytes(`golden/${golden.tensors}`));
}

const models = new Map<string, Promise<Molmo2>>();

/** The checkpoint of a case, loaded once. */
export function goldenModel(name: GoldenCase['checkpoint']): Promise<Molmo2> {
  const known = models.get(name);
  if (known) return known;
  const made = Molmo2.load({ model: fixtureUrl(`golden/checkpoint-${name}/`), ...forcedKernels });
  models.set(name, made);
  return made;
}

export async function disposeModels(): Promise<void> {
  for (const model of models.values()) (await model).dispose();
  models.clear();
}

function goldenInput({ kind, messages, media, timestamps }: GoldenCase): AskInput {
  const files = media.map((file) => fixtureUrl(`golden/${file}`));
  if (kind === 'video') return { messages, video: { frames: files, timestamps: timestamps ?? [] } };
  return { messages, images: files };
}

/**
 * Runs a case with the listed ids fed in place of the model's own, and returns the tensors on the way. Keys and values
 * are exact unless another format is asked for.
 */
export async function goldenTrace(golden: GoldenCase, model?: Molmo2, kv?: AskOptions['kv']): Promise<Trace> {
  const molmo = model ?? (await goldenModel(golden.checkpoint));
  const trace = { positions: golden.positions, forceIds: golden.generated };
  const options = { trace, ...(kv && { kv }) };
  for await (const event of molmo.ask(goldenInput(golden), options))
    if (event.type === 'trace') return event.trace;
  throw new Error('the answer ended without a trace');
}
