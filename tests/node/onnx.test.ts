// A whole model through onnxruntime-web, from the graphs that the package writes: the same answers without any GPU. `npm run
// test:golden` runs every golden case and every sample question; otherwise the quick ones are asked.

import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Molmo2, type AskEvent, type Fallback } from '../../src/index.ts';
import { onnx } from '../../src/onnx/onnx.ts';
import { orFallback } from '../../src/worker/or-fallback.ts';
import { Molmo2Error } from '../../src/errors.ts';
import type { Backend } from '../../src/worker/backend.ts';
import { expectGolden } from '../parity/expect-golden.ts';
import { goldenCases, goldenCheckpoint } from '../parity/golden-model.ts';
import { answerOf, exactMedia, samples } from '../parity/samples.ts';
import { questionLike } from '../sample-questions.ts';

const all = process.env['GOLDEN_CASES'] === 'all';
// In Node the package has another entry than in a page, with the same operators.
const runtime = () => import('onnxruntime-web');
const fallback = onnx(runtime, { always: true });

const quick = ['qwen3-text', 'qwen3-image-small', 'olmo-text', 'olmo-image-small'];
const cases = (await goldenCases()).filter(({ name }) => all || quick.includes(name));

describe.each(['qwen3', 'olmo'] as const)('golden cases of %s', (checkpoint) => {
  let model: Molmo2;
  beforeAll(async () => {
    model = await Molmo2.load({ model: goldenCheckpoint(checkpoint), fallback });
  });
  afterAll(() => model.dispose());

  test.each(cases.filter((golden) => golden.checkpoint === checkpoint))(
    '$name agrees with the PyTorch model',
    (golden) => expectGolden(golden, model),
  );
});

describe('the embedded model', () => {
  let molmo: Molmo2;
  beforeAll(async () => {
    molmo = await Molmo2.load({ fallback });
  });
  afterAll(() => molmo.dispose());

  test('says who computes', () => {
    expect(molmo.info.adapter.description).toMatch(/^onnxruntime-web 1\.\d+\.\d+ wasm, \d+ threads?$/);
    expect(molmo.info.adapter.isFallbackAdapter).toBe(true);
    expect(molmo.info.notices.join()).toContain('on the processor');
  });

  test('answers the samples as PyTorch does', async () => {
    const asked = await samples();
    const some = [
      questionLike(asked, { form: 'one crop', says: 'points' }),
      questionLike(asked, { form: 'several crops', says: 'count' }),
      questionLike(asked, { kind: 'images' }),
      questionLike(asked, { kind: 'video', says: 'tracks' }),
    ];
    const every = asked.flatMap((sample) => sample.questions.map((one) => ({ sample, ...one })));
    for (const { sample, question, answer } of all ? every : some) {
      const { text } = await answerOf(molmo, { ...exactMedia(sample), prompt: question });
      expect(text, `${sample.name}: ${question}`).toBe(answer);
    }
  });

  test('does what an answer may be asked to do', async () => {
    const { sample, question, answer } = questionLike(await samples(), { form: 'one crop', says: 'points' });
    const input = { ...exactMedia(sample), prompt: question };
    const types = new Set<AskEvent['type']>();
    for await (const event of molmo.ask(input)) types.add(event.type);
    expect([...types]).toEqual(expect.arrayContaining(['media', 'progress', 'text', 'point', 'done']));
    // Features are kept: the picture is not encoded again.
    const { logprobs = [], tokenIds, usage } = await answerOf(molmo, input, { logprobs: 2 });
    expect([usage.visionCrops, logprobs.length]).toEqual([0, tokenIds.length]);
    expect(logprobs.every(({ id, logprob, top }) => id === top[0]!.id && logprob <= 0)).toBe(true);
    const drawn = { temperature: 50, topK: 5, seed: 3, maxNewTokens: 8 };
    const first = await answerOf(molmo, input, drawn);
    expect((await answerOf(molmo, input, drawn)).tokenIds).toEqual(first.tokenIds);
    expect(first.tokenIds).not.toEqual(tokenIds.slice(0, 8));
    expect((await answerOf(molmo, input, { stop: ' coords' })).text).toBe('<points');
    expect((await answerOf(molmo, input, { expect: 'points' })).text).toBe(answer);
    const scored = await molmo.score({ ...input, answer: tokenIds });
    scored.tokens.forEach(({ logprob }, i) =>
      expect(Math.abs(logprob - logprobs[i]!.logprob)).toBeLessThan(1e-4),
    );
    const plan = await molmo.planQuestion(input);
    expect(plan).toMatchObject({
      verdict: 'fits',
      kv: 'f32',
      seconds: null,
      promptTokens: usage.promptTokens,
    });
  });

  test('keeps, copies, saves and restores a chat', async () => {
    const { sample, question } = questionLike(await samples(), { form: 'one crop', says: 'points' });
    const media = exactMedia(sample);
    const chat = molmo.chat();
    const said = async (with_: typeof chat, input: Parameters<typeof chat.ask>[0]) => {
      for await (const event of with_.ask(input)) if (event.type === 'done') return event.answer;
      throw new Error('the events ended without an answer');
    };
    await said(chat, { ...media, prompt: question });
    const copy = await chat.clone();
    const saved = await chat.save();
    const next = await said(chat, { prompt: question });
    expect(next.usage.visionTokens).toBe(0);
    expect((await said(copy, { prompt: question })).tokenIds).toEqual(next.tokenIds);
    const restored = await molmo.restore({ ...saved, kv: 'f16' }, media);
    expect((await said(restored, { prompt: question })).tokenIds).toEqual(next.tokenIds);
    for (const one of [chat, copy, restored]) one.dispose();
  });

  test('stops soon when it is told to, and answers the next question', async () => {
    const { sample, question, answer } = questionLike(await samples(), { form: 'one crop', says: 'points' });
    const input = { ...exactMedia(sample), prompt: question };
    const stop = new AbortController();
    const asking = (async () => {
      for await (const event of molmo.ask(input, { signal: stop.signal }))
        if (event.type === 'text') stop.abort('enough');
    })();
    await expect(asking).rejects.toBe('enough');
    expect((await answerOf(molmo, input)).text).toBe(answer);
  });

  test('refuses what it cannot do, and says so once', async () => {
    const { sample, question } = questionLike(await samples(), { form: 'one crop' });
    const media = exactMedia(sample);
    const withoutGpu = { code: 'no-webgpu', message: expect.stringContaining('with ask') };
    await expect(molmo.askAll({ ...media, prompts: [question, question] })).rejects.toMatchObject(withoutGpu);
    await expect(molmo.askMany([{ ...media, prompt: question }])).rejects.toMatchObject(withoutGpu);
    await expect(answerOf(molmo, { ...media, prompt: question }, { kv: 'int8' })).rejects.toThrow(
      /options\.kv is "int8", but without WebGPU/,
    );
  });
});

describe('loading', () => {
  const load = (given: Fallback) => Molmo2.load({ fallback: given });

  test('refuses a model that is too large, with the numbers, before it reads it', async () => {
    let read = 0;
    const small = { ...fallback, mostWeightBytes: 1e6 };
    const loading = Molmo2.load({ fallback: small, onProgress: ({ done }) => (read = done) });
    await expect(loading).rejects.toMatchObject({
      code: 'out-of-memory',
      message: expect.stringMatching(/takes 5 MB of weights as f32, .* may take 1 MB:/),
    });
    expect(read).toBe(0);
  });

  test('says what is wrong with what it was given', async () => {
    expect(() => onnx('onnxruntime-web' as never)).toThrow(TypeError);
    await expect(load('onnx' as never)).rejects.toThrow(/options\.fallback must be what onnx\(\)/);
    const missing = onnx(() => Promise.reject(new Error('404')), { always: true });
    await expect(load(missing)).rejects.toMatchObject({ code: 'network' });
    const ort = await runtime();
    const broken = {
      ...ort,
      InferenceSession: { create: () => Promise.reject(new Error('no such operator')) },
    };
    await expect(load(onnx(async () => broken, { always: true }))).rejects.toMatchObject({
      code: 'unsupported-model',
      message: expect.stringContaining('no such operator'),
    });
  });

  test('uses WebGPU where there is some, and what was given only where that is missing', async () => {
    const opened = (name: string) => ({ info: { model: name } }) as Backend;
    const usual = onnx(runtime);
    const failing = (code: 'no-webgpu' | 'unknown-model') => () =>
      Promise.reject(new Molmo2Error(code, 'not here'));
    const without = async ({ why }: { readonly why: Error | null }) => opened(why?.message ?? 'asked for');
    const name = async (backend: Promise<Backend>) => (await backend).info.model;
    expect(await name(orFallback(usual, async () => opened('gpu'), without))).toBe('gpu');
    expect(await name(orFallback(usual, failing('no-webgpu'), without))).toBe('not here');
    expect(await name(orFallback(fallback, async () => opened('gpu'), without))).toBe('asked for');
    await expect(orFallback(usual, failing('unknown-model'), without)).rejects.toThrow('not here');
    await expect(orFallback(undefined, failing('no-webgpu'), without)).rejects.toThrow('not here');
  });
});
