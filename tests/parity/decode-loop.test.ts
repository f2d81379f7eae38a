// Does decoding that runs ahead on the GPU give what decoding step by step gives, also where it stops in between?

import { afterAll, expect, test } from 'vitest';
import { openFiles } from '#weights/source/open-files';
import { allows } from '../../src/constraints/token-masks.ts';
import { largest, sampleToken, seededRandom } from '../../src/decoder/sampling.ts';
import { generate, type GenerateInput } from '../../src/engine/decode/generate.ts';
import { LanguageModel } from '../../src/engine/gpu/language-model.ts';
import { askSettings } from '../../src/engine/answer/settings.ts';
import type { TokenLoop } from '../../src/engine/decode/token-loop.ts';
import { GpuRunner } from '../../src/gpu/runner.ts';
import { openCheckpoint } from '../../src/weights/checkpoint/checkpoint.ts';
import { exactCheckpoint } from '../../src/weights/open/exact-checkpoint.ts';
import { loadWeights } from '../../src/weights/load.ts';
import { modelSource } from '../../src/weights/source/model-source.ts';
import { forcedFamily } from '../forced-family.ts';
import { integers } from '../kernels/random.ts';

const runner = await GpuRunner.open(forcedFamily);
const checkpoint = await openCheckpoint(openFiles(modelSource('shapes', null)));
const { weights } = await loadWeights(runner.device, exactCheckpoint(checkpoint));
const { vocabSize } = checkpoint.config.text;
const model = new LanguageModel(runner, checkpoint.config.text, weights);
const cache = model.createCache(256, 'f32');
// On a software driver nothing would run ahead.
const loop = await model.createLoop(cache, { beside: true });
afterAll(() => {
  runner.check();
  loop.destroy();
  cache.destroy();
  model.destroy();
  weights.destroy();
  runner.destroy();
});

const prompt = integers(21, 30, vocabSize);

/** Logits [V] behind the prompt, with nothing else in the cache. */
async function begin(): Promise<Float32Array> {
  cache.length = 0;
  return model.prefill(cache, { ids: prompt, isImage: new Uint8Array(prompt.length), wanted: [29] });
}

/** `count` ids behind `id`, which is fed first, one step at a time. */
async function stepByStep(id: number, count: number): Promise<number[]> {
  const ids: number[] = [];
  for (let next = id; ids.length < count; ids.push(next)) {
    loop.feed(next);
    next = largest(await loop.logits());
  }
  return ids;
}

type GreedyOptions = Partial<Parameters<TokenLoop['greedy']>[1]>;

async function ahead(id: number, options: GreedyOptions): Promise<number[]> {
  const ids: number[] = [];
  for await (const next of loop.greedy(id, { endIds: [], limit: 30, ...options })) ids.push(next);
  return ids;
}

const first = largest(await begin());
const expected = await stepByStep(first, 40);
const start = prompt.length; // slot of the first token that is fed

test('the answer that is compared has more than a few different tokens', () => {
  expect(new Set(expected).size).toBeGreaterThan(8);
});

test.each([1, 2, 4, 50])('running %d steps ahead gives the same tokens', async (window) => {
  await begin();
  expect(await ahead(first, { window })).toEqual(expected.slice(0, 30));
  expect(cache.length).toBe(start + 30);
});

test.each([1, 3, 4, 5])('a limit of %d inside a window ends there, and decoding can go on', async (limit) => {
  await begin();
  expect(await ahead(first, { limit, window: 4 })).toEqual(expected.slice(0, limit));
  expect(cache.length).toBe(start + limit);
  const last = expected[limit - 1]!;
  expect(await ahead(last, { limit: 9, window: 4 })).toEqual(expected.slice(limit, limit + 9));
}); // prettier-ignore

test('a limit of nothing feeds nothing', async () => {
  await begin();
  expect(await ahead(first, { limit: 0 })).toEqual([]);
  expect(cache.length).toBe(start);
});

test.each([
  { window: 2, more: 0 },
  { window: 4, more: 0 },
  { window: 4, more: 40 },
  { window: 8, more: 1 },
])('an end id inside a window of $window is the last, with $more other end ids', async ({ window, more }) => {
  await begin();
  const at = expected.findIndex((id, i) => i > 9 && !expected.slice(0, i).includes(id));
  expect(at).toBeGreaterThan(9);
  const endIds = [...Array.from({ length: more }, (_, i) => vocabSize + i), expected[at]!];
  expect(await ahead(first, { endIds, window })).toEqual(expected.slice(0, at + 1));
  expect(cache.length).toBe(start + at + 1);
  // Steps that were queued behind the end are no part of what follows.
  expect(await stepByStep(expected[at]!, 5)).toEqual(expected.slice(at + 1, at + 6));
}); // prettier-ignore

test.each([1, 2, 5, 11])('a reader who leaves after %d tokens can go on from there at once', async (count) => {
  await begin();
  const ids: number[] = [];
  for await (const id of loop.greedy(first, { endIds: [], limit: 30, window: 4 }))
    if (ids.push(id) === count) break;
  expect(cache.length).toBe(start + count);
  const other = (ids.at(-1)! + 1) % vocabSize;
  const slots = cache.length;
  const got = await ahead(other, { limit: 6, window: 4 });
  cache.length = slots;
  expect(await stepByStep(other, 6)).toEqual(got);
}); // prettier-ignore

test('a signal between tokens throws its reason, and only tokens that came are in the cache', async () => {
  await begin();
  const controller = new AbortController();
  const reason = new Error('not wanted');
  let count = 0;
  const run = async () => {
    const options = { endIds: [], limit: 30, window: 4, signal: controller.signal };
    for await (const id of loop.greedy(first, options)) {
      expect(id).toBe(expected[count++]);
      if (count === 6) controller.abort(reason);
    }
  };
  await expect(run()).rejects.toBe(reason);
  expect([count, cache.length]).toEqual([6, start + 6]);
  expect(await ahead(expected[5]!, { limit: 20 })).toEqual(expected.slice(6, 26));
});

function input(logits: Float32Array, options: Partial<GenerateInput> = {}): GenerateInput {
  return {
    first: logits,
    loop,
    settings: askSettings({}),
    limit: 24,
    eosIds: [],
    forceIds: null,
    keepLogits: false,
    onToken: () => {},
    ...options,
  };
}

const answer = [first, ...expected];

test.each([
  { limit: 1, eosIds: [] },
  { limit: 2, eosIds: [] },
  { limit: 24, eosIds: [] },
  { limit: 24, eosIds: [first] },
  { limit: 24, eosIds: [answer[1]!] },
  { limit: 24, eosIds: [answer[17]!] },
  { limit: 18, eosIds: [answer[17]!] },
])('an answer is the same with its logits kept: %o', async ({ limit, eosIds }) => {
  const told: number[] = [];
  const quick = await generate(input(await begin(), { limit, eosIds, onToken: (id) => told.push(id) }));
  const quickLength = cache.length;
  const traced = await generate(input(await begin(), { limit, eosIds, keepLogits: true }));
  const end = answer.findIndex((id) => eosIds.includes(id));
  const stops = end >= 0 && end < limit;
  const count = stops ? end : limit;
  expect(quick).toEqual({
    tokenIds: answer.slice(0, count),
    finishReason: stops ? 'stop' : 'length',
    pending: stops ? [answer[end]] : [answer[limit - 1]],
    logits: [],
  });
  expect({ ...traced, logits: [] }).toEqual(quick);
  expect(traced.logits.map(largest)).toEqual(quick.tokenIds);
  expect(told).toEqual(quick.tokenIds);
  // Everything but what is pending has been fed.
  expect(quickLength).toBe(start + count - (stops ? 0 : 1));
  expect(cache.length).toBe(quickLength);
});

test('forced ids are fed although the model would choose others, and end ids among them', async () => {
  const forceIds = Array.from(integers(8, 7, vocabSize));
  const generated = await generate(
    input(await begin(), { forceIds, keepLogits: true, eosIds: [forceIds[2]!] }),
  );
  expect(generated.tokenIds).toEqual(forceIds);
  expect(generated.pending).toEqual(forceIds.slice(-1));
  await begin();
  for (const [i, id] of forceIds.slice(0, -1).entries()) {
    loop.feed(id);
    expect(await loop.logits()).toEqual(generated.logits[i + 1]);
  }
  expect((await generate(input(await begin(), { forceIds: [], keepLogits: true }))).tokenIds).toEqual([]);
});

test.each([
  { temperature: 0.7, topK: Infinity, topP: 1, minP: 0 },
  { temperature: 1.5, topK: 40, topP: 1, minP: 0 },
  { temperature: 1, topK: Infinity, topP: 0.9, minP: 0 },
  { temperature: 1.3, topK: 50, topP: 0.8, minP: 0 },
  { temperature: 60, topK: Infinity, topP: 1, minP: 0 }, // nearly all tokens are as likely: many draws lie behind the candidates
  { temperature: 60, topK: Infinity, topP: 0.7, minP: 0 },
  { temperature: 60, topK: 300, topP: 1, minP: 0 },
  { temperature: 1e-40, topK: 3, topP: 1, minP: 0 },
])('draws with %o are those of the sampler that reads all logits', async (sampling) => {
  const settings = askSettings({ ...sampling, seed: 2 });
  const { tokenIds } = await generate(input(await begin(), { settings, limit: 9 }));
  const random = seededRandom(2);
  let logits = await begin();
  const drawn: number[] = [];
  for (let i = 0; i < 9; i++) {
    const id = sampleToken(logits, sampling, random);
    drawn.push(id);
    loop.feed(id);
    logits = await loop.logits();
  }
  expect(tokenIds).toEqual(drawn);
});

test.each([{}, { temperature: 1.2, seed: 3 }, { temperature: 1, minP: 0.1, seed: 3 }])(
  'bias and penalties on the GPU, ahead of the reader, choose what they choose on this side (%o)',
  async (sampling) => {
    const changes = { repetitionPenalty: 1.3, frequencyPenalty: 0.5, presencePenalty: 0.25 };
    const settings = askSettings({ ...sampling, ...changes, logitBias: { [first]: -100, 11: 3 } });
    const options = { settings, before: [...prompt] };
    const quick = await generate(input(await begin(), options));
    const traced = await generate(input(await begin(), { ...options, keepLogits: true }));
    expect(quick.tokenIds).toEqual(traced.tokenIds);
    expect(quick.tokenIds).not.toContain(first);
    // Counts begin anew with every answer, and nothing is left of them for one without.
    expect((await generate(input(await begin(), options))).tokenIds).toEqual(quick.tokenIds);
    expect((await generate(input(await begin()))).tokenIds).toEqual(answer.slice(0, 24));
  },
);

/** Runs `work` while the embedding of `id` is no number: the logits that follow that token are NaN. */
async function withDamaged(id: number, work: () => Promise<void>): Promise<void> {
  const { parts, columns, format } = weights.matrix('model.transformer.wte.embedding');
  const [part] = parts;
  expect([format, parts.length]).toEqual(['f32', 1]);
  const { buffer, byteOffset } = part!.values;
  const at = byteOffset + id * columns * 4;
  const row = new Float32Array(await runner.read(part!.values)).slice(id * columns, (id + 1) * columns);
  runner.device.queue.writeBuffer(buffer, at, new Float32Array(columns).fill(NaN));
  try {
    await work();
  } finally {
    runner.device.queue.writeBuffer(buffer, at, row);
  }
}

const draws = { temperature: 1.5, topK: 40, topP: 1, seed: 4 };
const forced = Array.from(integers(8, 7, vocabSize));

test.each<[string, Partial<GenerateInput>]>([
  ['greedy', {}],
  ['drawn', { settings: askSettings(draws) }],
  ['traced', { keepLogits: true }],
  ['traced and drawn', { keepLogits: true, settings: askSettings(draws) }],
  ['forced', { forceIds: forced, keepLogits: true }],
])(
  'an answer (%s) whose logits are not finite ends with one error that names the step',
  async (_, options) => {
    const { tokenIds } = await generate(input(await begin(), options));
    // The third token or a later one that nothing before it has fed.
    const at = tokenIds.findIndex(
      (id, i) => i > 1 && !tokenIds.slice(0, i).includes(id) && !prompt.includes(id),
    );
    expect(at).toBeGreaterThan(1);
    await withDamaged(tokenIds[at]!, async () => {
      const told: number[] = [];
      const answering = generate(input(await begin(), { ...options, onToken: (id) => told.push(id) }));
      await expect(answering).rejects.toMatchObject({ name: 'Molmo2Error', code: 'not-finite' });
      await expect(answering).rejects.toThrow(`step ${at + 2}, behind ${at + 1} tokens of the answer`);
      expect(told).toEqual(tokenIds.slice(0, at + 1));
    });
    expect((await generate(input(await begin(), options))).tokenIds).toEqual(tokenIds);
  },
);

test.each<[string, Partial<GenerateInput>]>([
  ['greedy', {}],
  ['drawn', { settings: askSettings(draws) }],
  ['traced', { keepLogits: true }],
])('a prompt (%s) whose logits are not finite has no first token', async (_, options) => {
  await withDamaged(prompt[29]!, async () => {
    const told: number[] = [];
    const answering = generate(input(await begin(), { ...options, onToken: (id) => told.push(id) }));
    await expect(answering).rejects.toThrow(/^The logits that follow the prompt are not finite/);
    expect(told).toEqual([]);
  });
});

const someIds = new Uint32Array(Math.ceil(vocabSize / 32)).map(
  (_, word) => [0x5a5a5a5a, 0x0f0f00ff][word % 2]!,
);

/** As `stepByStep`, among some ids, which are others at every second step. */
async function stepByStepAmong(id: number, masks: readonly Uint32Array[], count: number): Promise<number[]> {
  const ids: number[] = [];
  for (let next = id; ids.length < count; ids.push(next)) {
    loop.feed(next);
    const mask = masks[ids.length % masks.length]!;
    const logits = (await loop.logits()).map((logit, one) => (allows(mask, one) ? logit : -Infinity));
    next = largest(logits);
  }
  return ids;
}

test('tokens among those of masks are the likeliest of these, fed ahead of their reader, up to an end or a limit', async () => {
  const masks = [someIds, someIds.map((word) => ~word >>> 0)];
  await begin();
  const wanted = await stepByStepAmong(first, masks, 20);
  expect(wanted).not.toEqual(expected.slice(0, 20));
  for (const { limit, endIds } of [{ limit: 20, endIds: [] }, { limit: 1, endIds: [] }, { limit: 20, endIds: [wanted[7]!] }]) {
    await begin();
    const ids: number[] = [];
    for await (const next of loop.expected(first, () => masks[ids.length % 2]!, { endIds, limit })) ids.push(next);
    const count = endIds.length > 0 ? wanted.indexOf(endIds[0]!) + 1 : limit;
    expect(ids).toEqual(wanted.slice(0, count));
    expect(cache.length).toBe(start + count);
    // What was fed ahead is overwritten.
    const last = wanted[count - 1]!;
    cache.length = start + count;
    expect(await ahead(last, { limit: 3 })).toEqual(await (async () => { cache.length = start + count; return stepByStep(last, 3); })());
  }
}); // prettier-ignore

test('a choice among those of a mask is the likeliest, or what is drawn of them', async () => {
  await begin();
  const [likeliest = 0] = await stepByStepAmong(first, [someIds], 1);
  const draw = { temperature: 3, topK: Infinity, topP: 1, minP: 0 };
  for (let run = 0; run < 20; run++) {
    cache.length = start;
    loop.feed(first);
    const logits = (await loop.logits()).map((logit, one) => (allows(someIds, one) ? logit : -Infinity));
    const number = run / 20;
    expect(await loop.choose(someIds, { ...draw, temperature: 0 }, number)).toBe(likeliest);
    cache.length = start;
    loop.feed(first);
    expect(await loop.choose(someIds, draw, number)).toBe(sampleToken(logits, draw, () => number));
  }
}); // prettier-ignore
