import type { LanguageModelV4, ProviderV4 } from '@ai-sdk/provider';
import { NoSuchModelError } from 'ai';
import { describe, expect, test } from 'vitest';
import { createMolmo, type CallOptions, type StreamPart } from '../../src/adapters/ai-sdk/ai-sdk.ts';
import { Molmo2Error } from '../../src/errors.ts';
import { fakeMolmo, type FakeOptions } from './fake-molmo.ts';

const hello: CallOptions['prompt'] = [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }];

async function asked(options: Partial<CallOptions>) {
  const fake = fakeMolmo();
  const { warnings } = await createMolmo(fake.molmo)().doGenerate({ prompt: hello, ...options });
  return { ...fake.asked[0]!, warnings };
}

async function parts(fake: FakeOptions, options: Partial<CallOptions> = {}): Promise<StreamPart[]> {
  const { stream } = await createMolmo(fakeMolmo(fake).molmo)().doStream({ prompt: hello, ...options });
  const all: StreamPart[] = [];
  for await (const part of stream) all.push(part);
  return all;
}

test('provider and model have the types of the package `@ai-sdk/provider`', () => {
  const provider: ProviderV4 = createMolmo(fakeMolmo().molmo);
  const model: LanguageModelV4 = provider.languageModel('fake');
  expect([provider.specificationVersion, model.specificationVersion, model.modelId]).toEqual(['v4', 'v4', 'fake']); // prettier-ignore
});

test('a call becomes the same question, with its options under our names', async () => {
  const schema = { type: 'object' };
  const { input, options } = await asked({
    prompt: [{ role: 'system', content: 'Be brief.' }, ...hello],
    maxOutputTokens: 5,
    temperature: 0.5,
    topP: 0.9,
    topK: 4,
    seed: 3,
    stopSequences: ['a'],
    frequencyPenalty: 1,
    presencePenalty: -1,
    responseFormat: { type: 'json', schema },
    providerOptions: { molmo: { maxFrames: 4, style: 'pointing', minP: 0.1 }, other: { x: 1 } },
  });
  const text = 'Be brief.\nHi';
  expect(input).toEqual({
    messages: [{ role: 'user', content: [{ type: 'text', text, style: 'pointing' }] }],
    maxFrames: 4,
  });
  expect(options).toEqual({
    maxNewTokens: 5,
    temperature: 0.5,
    topP: 0.9,
    topK: 4,
    minP: 0.1,
    seed: 3,
    stop: ['a'],
    frequencyPenalty: 1,
    presencePenalty: -1,
    expect: { jsonSchema: schema },
  });
});

test('files are pictures and videos, as bytes, base64 or addresses', async () => {
  const file = (mediaType: string, data: object) => ({ type: 'file', mediaType, data }) as never;
  const bytes = Uint8Array.of(1, 2);
  const url = new URL('https://a.test/b.png');
  const pictures = [file('image/png', { type: 'data', data: bytes }), file('image', { type: 'data', data: 'AQI=' }), file('image/*', { type: 'url', url })]; // prettier-ignore
  const { input } = await asked({ prompt: [{ role: 'user', content: pictures }] });
  expect(input.images).toEqual([bytes, bytes, url]);
  const clip = file('video/mp4', { type: 'data', data: bytes });
  expect((await asked({ prompt: [{ role: 'user', content: [clip] }] })).input.video).toBe(bytes);
  const sound = file('audio/mp3', { type: 'data', data: bytes });
  await expect(asked({ prompt: [{ role: 'user', content: [sound] }] })).rejects.toThrow('got "audio/mp3"');
  const tool = { role: 'tool', content: [] } as const;
  await expect(asked({ prompt: [tool] })).rejects.toThrow('calls no tools');
});

test('what cannot be done is warned of, and options that are none are refused', async () => {
  const { warnings } = await asked({ tools: [{}], toolChoice: { type: 'required' }, reasoning: 'high' });
  expect(warnings.map(({ feature }) => feature)).toEqual(['tools', 'toolChoice', 'reasoning']);
  expect((await asked({ tools: [], toolChoice: { type: 'auto' }, reasoning: 'none' })).warnings).toEqual([]);
  await expect(asked({ providerOptions: { molmo: { frames: 3 } } })).rejects.toThrow('no option "frames"');
});

test('other models are not there, as the SDK says it', () => {
  const provider = createMolmo(fakeMolmo().molmo, { model: 'mine' });
  expect(provider('mine').modelId).toBe('mine');
  for (const wrong of [() => provider('fake'), () => provider.embeddingModel('x'), () => provider.imageModel('x')]) {
    let error: unknown;
    try {
      wrong();
    } catch (thrown) {
      error = thrown;
    }
    expect(NoSuchModelError.isInstance(error)).toBe(true);
  } // prettier-ignore
});

describe('a stream', () => {
  test('has a text between its start and its finish, with the places in pixels', async () => {
    const points = [{ x: 1, y: 2, id: 1, label: 'dog', image: 1 }];
    const all = await parts({ points, finishReason: 'length' });
    expect(all.map(({ type }) => type)).toEqual(['stream-start', 'response-metadata', 'text-start', 'text-delta', 'text-delta', 'text-end', 'finish']); // prettier-ignore
    expect(all.at(-1)).toMatchObject({
      finishReason: { unified: 'length', raw: 'length' },
      usage: { inputTokens: { total: 1 }, outputTokens: { total: 2 } },
      providerMetadata: { molmo: { points, tracks: [], count: 1 } },
    });
  });

  test('is refused before it begins, or has its error as a part', async () => {
    const value = new Molmo2Error('device-lost', 'Gone.');
    await expect(parts({ error: { value, when: 'first' } })).rejects.toBe(value);
    expect((await parts({ error: { value, when: 'last' } })).at(-1)).toEqual({ type: 'error', error: value });
  });

  test('ends with the reason of its signal, and ends the work when it is cancelled', async () => {
    const reason = new Error('enough');
    const stop = new AbortController();
    setTimeout(() => stop.abort(reason), 5);
    await expect(parts({ pieces: ['a', 1000] }, { abortSignal: stop.signal })).rejects.toBe(reason);
    const fake = fakeMolmo({ pieces: ['a', 1000] });
    const { stream } = await createMolmo(fake.molmo)().doStream({ prompt: hello });
    await stream.cancel();
    expect(fake.asked[0]?.options.signal?.aborted).toBe(true);
  });
});
