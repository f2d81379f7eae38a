// What the explainer of the Prompt API (webmachinelearning/prompt-api) promises, heading by heading.

import { describe, expect, test } from 'vitest';
import {
  createLanguageModel,
  type CreateOptions,
  type Message,
  type PromptModel,
} from '../../src/adapters/prompt-api/prompt-api.ts';
import type { Progress } from '../../src/api.ts';
import { Molmo2Error } from '../../src/errors.ts';
import { fakeMolmo, type FakeOptions } from './fake-molmo.ts';

function fakeApi(options: FakeOptions = {}) {
  const fake = fakeMolmo(options);
  return { ...fake, LanguageModel: createLanguageModel(fake.molmo) };
}

const named = (name: string) => ({ name, constructor: expect.anything() });
const text = (words: string) => [{ type: 'text', text: words }];
const picture = new Blob([Uint8Array.of(1)]);
const showing: Message = { role: 'user', content: [{ type: 'image', value: picture }] };
const shown: CreateOptions = { expectedInputs: [{ type: 'image' }] };

async function said(messages: readonly Message[], initialPrompts: readonly Message[] = []) {
  const { LanguageModel, asked } = fakeApi();
  const session = await LanguageModel.create({ initialPrompts, ...shown });
  await session.prompt(messages);
  return asked.at(-1)!.input;
}

describe('zero-shot prompting', () => {
  test('gives the whole answer, or its pieces as a stream that can be iterated', async () => {
    const { LanguageModel } = fakeApi();
    const session = await LanguageModel.create();
    expect(session).toBeInstanceOf(LanguageModel);
    expect(await session.prompt('Hi')).toBe('Hello you');
    const stream = session.promptStreaming('Hi');
    expect(stream).toBeInstanceOf(ReadableStream);
    const pieces: string[] = [];
    for await (const piece of stream) pieces.push(piece);
    expect(pieces).toEqual(['Hello', ' you']);
    expect(() => new LanguageModel(undefined as never)).toThrow(TypeError);
  });
});

describe('system prompts', () => {
  const system: Message = { role: 'system', content: 'Be a hamster.' };

  test('come first, when the session is created, appended or prompted', async () => {
    const expected = [{ role: 'user', content: text('Be a hamster.\nHi') }];
    expect((await said([{ role: 'user', content: 'Hi' }], [system])).messages).toEqual(expected);
    expect((await said([system, { role: 'user', content: 'Hi' }])).messages).toEqual(expected);
    const { LanguageModel, asked } = fakeApi();
    const session = await LanguageModel.create();
    await session.append([system]);
    await session.prompt('Hi');
    expect(asked[0]?.input.messages).toEqual(expected);
  });

  test('anywhere else are a TypeError', async () => {
    const late = [{ role: 'user', content: 'Hi' } as const, system];
    await expect(said(late)).rejects.toThrow(TypeError);
    await expect(said([system], [{ role: 'user', content: 'Hi' }])).rejects.toThrow(TypeError);
    await expect(fakeApi().LanguageModel.create({ initialPrompts: late })).rejects.toThrow(TypeError);
  });
});

describe('n-shot prompting and roles', () => {
  test('examples stand before the prompt, and several messages of one role are one', async () => {
    const example: Message[] = [
      { role: 'user', content: 'LGTM' },
      { role: 'assistant', content: 'ok' },
    ];
    const { messages } = await said([{ role: 'user', content: 'A' }, { role: 'user', content: 'B' }], example); // prettier-ignore
    expect(messages).toEqual([
      { role: 'user', content: text('LGTM') },
      { role: 'assistant', content: text('ok') },
      { role: 'user', content: text('A\nB') },
    ]);
  });

  test('behind a message of the assistant comes another one', async () => {
    const { messages } = await said([{ role: 'user', content: 'A' }, { role: 'assistant', content: 'B' }]); // prettier-ignore
    expect(messages?.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
  });

  test('initial prompts that are too long are a QuotaExceededError with the numbers', async () => {
    const { LanguageModel } = fakeApi({ maxPositions: 3 });
    const initialPrompts = [{ role: 'user', content: 'one two three four' } as const];
    await expect(LanguageModel.create({ initialPrompts })).rejects.toMatchObject({ name: 'QuotaExceededError', requested: 4, quota: 3 }); // prettier-ignore
  });
});

test('tools are not supported', async () => {
  const { LanguageModel } = fakeApi();
  await expect(LanguageModel.create({ tools: [{}] })).rejects.toMatchObject(named('NotSupportedError'));
  expect(await LanguageModel.availability({ tools: [{}] })).toBe('unavailable');
});

describe('multimodal inputs', () => {
  test('pictures as files, bytes and views, videos as files and frames', async () => {
    const view = new DataView(Uint8Array.of(9, 1, 2, 9).buffer, 1, 2);
    const content = [{ type: 'image', value: picture }, { type: 'image', value: view }, { type: 'text', value: 'a' }, { type: 'text', value: 'b' }] as const; // prettier-ignore
    const { images, messages } = await said([{ role: 'user', content }]);
    expect(images).toEqual([picture, Uint8Array.of(1, 2)]);
    expect(messages).toEqual([
      { role: 'user', content: [{ type: 'image' }, { type: 'image' }, ...text('ab')] },
    ]);
    const { LanguageModel, asked } = fakeApi();
    const session = await LanguageModel.create({ expectedInputs: [{ type: 'video' }] });
    const value = { frames: [picture, picture], timestamps: [0, 1] };
    await session.prompt([{ role: 'user', content: [{ type: 'video', value }] }]);
    expect(asked[0]?.input.video).toBe(value);
  });

  test.each([
    ['a text as a picture', { type: 'image', value: '/etc/passwd' }, 'TypeError'],
    ['bytes as a text', { type: 'text', value: new Uint8Array(1) }, 'TypeError'],
    ['a type that is none', { type: 'smell', value: 'x' }, 'TypeError'],
    ['sound', { type: 'audio', value: new Uint8Array(1) }, 'NotSupportedError'],
    ['a video that was not expected', { type: 'video', value: picture }, 'NotSupportedError'],
  ])('refuses %s', async (_, content, name) => {
    await expect(said([{ role: 'user', content: [content as never] }])).rejects.toMatchObject(named(name));
  });

  test('the assistant shows nothing', async () => {
    const message = { ...showing, role: 'assistant' } as const;
    await expect(said([message])).rejects.toMatchObject(named('NotSupportedError'));
  });

  test('what cannot be decoded is an EncodingError', async () => {
    const value = new Molmo2Error('media-unreadable', 'No picture.');
    const session = await fakeApi({ error: { value, when: 'first' } }).LanguageModel.create(shown);
    await expect(session.prompt([showing])).rejects.toMatchObject({ name: 'EncodingError', cause: value });
  });
});

describe('structured output', () => {
  test('of a schema or a regular expression', async () => {
    const { LanguageModel, asked } = fakeApi();
    const session = await LanguageModel.create();
    const schema = { type: 'integer' };
    await session.prompt('Hi', { responseConstraint: schema, omitResponseConstraintInput: true });
    await session.prompt('Hi', { responseConstraint: /a+/ });
    expect(asked.map(({ options }) => options.expect)).toEqual([{ jsonSchema: schema }, { regExp: /a+/ }]);
  });

  test('that cannot be is told: no constraint, an unsupported one, an answer that is cut short', async () => {
    const { LanguageModel } = fakeApi({ finishReason: 'length' });
    const session = await LanguageModel.create();
    const asked = (options: object) => session.prompt('Hi', options);
    await expect(asked({ responseConstraint: 'int' })).rejects.toThrow(TypeError);
    await expect(asked({ omitResponseConstraintInput: true })).rejects.toThrow(TypeError);
    await expect(asked({ responseConstraint: /a/ })).rejects.toMatchObject(named('SyntaxError'));
    expect(session.contextUsage).toBe(0);
    const value = new RangeError('schema has the keyword "format"');
    const other = await fakeApi({ error: { value, when: 'first' } }).LanguageModel.create();
    await expect(other.prompt('Hi', { responseConstraint: { format: 'x' } })).rejects.toMatchObject(named('NotSupportedError')); // prettier-ignore
  });
});

describe('a prefix', () => {
  const begun = (content: string): Message[] => [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content, prefix: true },
  ];

  test('begins the answer, which is told without it', async () => {
    const { LanguageModel, asked } = fakeApi();
    const session = await LanguageModel.create();
    const pieces: string[] = [];
    for await (const piece of session.promptStreaming(begun('Hel'))) pieces.push(piece);
    expect(pieces).toEqual(['lo', ' you']);
    const { regExp } = asked[0]!.options.expect as { regExp: RegExp };
    expect([regExp.test('Hello'), regExp.test('Hal')]).toEqual([true, false]);
  });

  test('is the last message and one of the assistant, or a SyntaxError', async () => {
    const wrong = [{ role: 'user', content: 'Hi', prefix: true }] as const;
    await expect(said(wrong)).rejects.toMatchObject(named('SyntaxError'));
    await expect(said([...begun('x'), { role: 'user', content: 'y' }])).rejects.toMatchObject(named('SyntaxError')); // prettier-ignore
  });
});

describe('appending', () => {
  test('adds messages without an answer, and reads what they show at once', async () => {
    const { LanguageModel, asked } = fakeApi();
    const session = await LanguageModel.create(shown);
    await session.append('Here it comes.');
    expect([asked.length, session.contextUsage]).toEqual([0, 3]);
    await session.append([showing]);
    expect(asked[0]?.options.maxNewTokens).toBe(1);
    await session.prompt('What is it?');
    expect(asked[1]?.input).toEqual({
      images: [picture],
      messages: [{ role: 'user', content: [...text('Here it comes.'), { type: 'image' }, ...text('What is it?')] }],
    }); // prettier-ignore
  });
});

describe('sampling modes', () => {
  test('are kept, and draw where they are creative', async () => {
    const { LanguageModel, asked } = fakeApi();
    expect((await LanguageModel.create()).samplingMode).toBe('balanced');
    const creative = await LanguageModel.create({ samplingMode: 'creative' });
    expect(creative.samplingMode).toBe('creative');
    await creative.prompt('Hi');
    expect(asked[0]?.options).toMatchObject({ temperature: 0.7, seed: expect.any(Number) });
    await expect(LanguageModel.create({ samplingMode: 'wild' as never })).rejects.toThrow(TypeError);
  });
});

describe('sessions', () => {
  test('go on with what was said, and read the new words alone', async () => {
    const { LanguageModel, asked } = fakeApi();
    const session = await LanguageModel.create();
    await session.prompt('A');
    await session.prompt('B');
    expect(asked[1]?.input).toEqual({ prompt: 'B' });
    expect(session.contextUsage).toBe(6);
  });

  test('are cloned with all they know, and go on apart', async () => {
    const { LanguageModel, asked } = fakeApi();
    const session = await LanguageModel.create({ initialPrompts: [{ role: 'user', content: 'A' }] });
    await session.prompt('B');
    const copy = await session.clone();
    expect(copy).toBeInstanceOf(LanguageModel);
    await session.prompt('C');
    await copy.prompt('D');
    expect(asked.at(-1)?.input).toEqual({ prompt: 'D' });
    expect(copy.contextUsage).toBe(session.contextUsage);
    const aborted = session.clone({ signal: AbortSignal.abort() });
    await expect(aborted).rejects.toMatchObject(named('AbortError'));
  });

  test('are destroyed by hand or by their signal, with everything under way', async () => {
    const { LanguageModel } = fakeApi({ pieces: ['a', 1000] });
    const session = await LanguageModel.create();
    const asked = session.prompt('Hi');
    const read = session.promptStreaming('Hi').getReader().read();
    setTimeout(() => session.destroy(), 5);
    await expect(asked).rejects.toMatchObject(named('AbortError'));
    await expect(read).rejects.toMatchObject(named('AbortError'));
    await expect(session.prompt('Hi')).rejects.toMatchObject(named('AbortError'));
    const stop = new AbortController();
    const reason = new Error('enough');
    const other = await LanguageModel.create({ signal: stop.signal });
    stop.abort(reason);
    await expect(other.prompt('Hi')).rejects.toBe(reason);
    await expect(LanguageModel.create({ signal: stop.signal })).rejects.toBe(reason);
  });
});

describe('aborting a prompt', () => {
  test('takes it out of the queue, or ends it and forgets it', async () => {
    const { LanguageModel, asked } = fakeApi({ pieces: ['a', 20, 'b'] });
    const session = await LanguageModel.create();
    const first = session.prompt('A');
    const stop = new AbortController();
    const second = session.prompt('B', { signal: stop.signal });
    stop.abort();
    await expect(second).rejects.toMatchObject(named('AbortError'));
    expect(await first).toBe('ab');
    expect(asked).toHaveLength(1);
    const late = new AbortController();
    const third = session.prompt('C', { signal: late.signal });
    setTimeout(() => late.abort(), 5);
    await expect(third).rejects.toMatchObject(named('AbortError'));
    await session.prompt('D', { signal: late.signal }).catch(() => {});
    expect(session.contextUsage).toBe(2);
    expect(await session.prompt('E')).toBe('ab');
    expect(asked.at(-1)?.input).toEqual({ prompt: 'E' });
  });
});

describe('the context', () => {
  test('is measured without being used', async () => {
    const { LanguageModel, asked } = fakeApi({ maxPositions: 50 });
    const session = await LanguageModel.create(shown);
    expect(session.contextWindow).toBe(50);
    expect(await session.measureContextUsage('one two three')).toBe(3);
    expect(await session.measureContextUsage([showing])).toBe(10);
    expect([session.contextUsage, asked.length]).toEqual([0, 0]);
  });

  test('that is too short for what is appended forgets no more than it has to', async () => {
    const { LanguageModel, asked } = fakeApi({ maxPositions: 12 });
    const session = await LanguageModel.create();
    await session.prompt('one two');
    await session.prompt('three four');
    expect(session.contextUsage).toBe(8);
    await session.append('1 2 3 4 5 6');
    expect(session.contextUsage).toBe(10);
    await session.prompt('7');
    expect(asked.at(-1)?.input.messages?.map(({ content }) => content)).toEqual([
      text('three four'),
      text('Hello you'),
      text('1 2 3 4 5 6\n7'),
    ]);
  });

  test('that is too short forgets the oldest prompts, but not the first ones, and tells so', async () => {
    const { LanguageModel, asked } = fakeApi({ maxPositions: 9 });
    const initialPrompts = [{ role: 'system', content: 'Rules' } as const];
    const session = await LanguageModel.create({ initialPrompts });
    let overflows = 0;
    session.addEventListener('contextoverflow', () => overflows++);
    session.oncontextoverflow = () => overflows++;
    await session.prompt('one two');
    expect(overflows).toBe(0);
    await session.prompt('three four five six seven');
    expect(overflows).toBe(2);
    expect(asked.at(-1)?.input.messages).toEqual([
      { role: 'user', content: text('Rules\nthree four five six seven') },
    ]);
    const tooLong = session.prompt('1 2 3 4 5 6 7 8 9 10');
    await expect(tooLong).rejects.toMatchObject({ name: 'QuotaExceededError', requested: 10, quota: 9 });
    expect([overflows, session.contextUsage]).toEqual([2, 8]);
  });
});

describe('availability and downloads', () => {
  const { molmo } = fakeMolmo();

  test('a model is downloaded once, for all who wait, and tells shares from 0 to 1', async () => {
    let loads = 0;
    const load = async ({ onProgress }: { onProgress: (progress: Progress) => void }): Promise<PromptModel> => {
      loads++;
      onProgress({ stage: 'load', done: 1, total: 4 });
      return Promise.resolve(molmo);
    }; // prettier-ignore
    const LanguageModel = createLanguageModel({ load });
    expect(await LanguageModel.availability()).toBe('downloadable');
    const shares: number[] = [];
    const monitor = (target: EventTarget) =>
      target.addEventListener('downloadprogress', (event) => {
        const { loaded, total } = event as ProgressEvent;
        expect(total).toBe(1);
        shares.push(loaded);
      });
    const [first] = [LanguageModel.create({ monitor }), LanguageModel.create()];
    await Promise.resolve();
    expect(await LanguageModel.availability()).toBe('downloading');
    await first;
    expect([shares, loads]).toEqual([[0, 0.25, 1], 1]);
    expect(await LanguageModel.availability()).toBe('available');
    const again: number[] = [];
    await LanguageModel.create({
      monitor: (target) => target.addEventListener('downloadprogress', (event) => again.push((event as ProgressEvent).loaded)),
    }); // prettier-ignore
    expect(again).toEqual([0, 1]);
  });

  test('a failed download is a NetworkError and can be tried again; no GPU is told by name', async () => {
    const failing = (code: 'network' | 'no-webgpu') =>
      createLanguageModel({ load: () => Promise.reject(new Molmo2Error(code, 'No.')) });
    const offline = failing('network');
    await expect(offline.create()).rejects.toMatchObject(named('NetworkError'));
    expect(await offline.availability()).toBe('downloadable');
    const without = failing('no-webgpu');
    await expect(without.create()).rejects.toMatchObject(named('NotSupportedError'));
    expect(await without.availability()).toBe('unavailable');
    const refused = createLanguageModel({ load: () => Promise.resolve(molmo), isSupported: () => false });
    expect(await refused.availability()).toBe('unavailable');
  });

  test('inputs, outputs and languages are checked beforehand', async () => {
    const LanguageModel = createLanguageModel(molmo);
    const check = (options: CreateOptions) => LanguageModel.availability(options);
    expect(await check({ expectedInputs: [{ type: 'text', languages: ['en', 'ja'] }, { type: 'image' }] })).toBe('available'); // prettier-ignore
    expect(await check({ expectedInputs: [{ type: 'audio' }] })).toBe('unavailable');
    expect(await check({ expectedOutputs: [{ type: 'image' }] })).toBe('unavailable');
    const audio = LanguageModel.create({ expectedInputs: [{ type: 'audio' }] });
    await expect(audio).rejects.toMatchObject(named('NotSupportedError'));
    await expect(check({ expectedInputs: [{ type: 'text', languages: ['not a tag'] }] })).rejects.toThrow(RangeError); // prettier-ignore
  });
});
