// Chats that are saved as JSON, and restored by a model that keeps nothing of them.

import { afterAll, expect, test, vi } from 'vitest';
import { globals } from 'webgpu';
import { Molmo2, type Answer, type AskInput, type Chat, type SavedChat } from '../../src/index.ts';
import { openGpu } from '../../src/gpu/device.ts';
import { fixtureBytes } from '../fixture-files.ts';
import { forcedKernels } from '../forced-family.ts';
import { exactMedia, samples } from '../parity/samples.ts';
import { sampleLike } from '../sample-questions.ts';

(await openGpu()).device.destroy(); // `globals` are filled by then
const { GPUDevice: Device, GPUBuffer: Buffer } = globals as {
  GPUDevice: typeof GPUDevice;
  GPUBuffer: typeof GPUBuffer;
};
const made = vi.spyOn(Device.prototype, 'createBuffer');
const destroyed = vi.spyOn(Buffer.prototype, 'destroy');

/** Bytes of all buffers that were made and not destroyed. */
function bytesHeld(): number {
  const gone = new Set<unknown>(destroyed.mock.contexts);
  const buffers = made.mock.results.map(({ value }) => value as GPUBuffer);
  return buffers.filter((buffer) => !gone.has(buffer)).reduce((sum, { size }) => sum + size, 0);
}

const molmo = await Molmo2.load({ ...forcedKernels, featureCacheBytes: 0 });
afterAll(() => {
  molmo.dispose();
  vi.restoreAllMocks();
});

const all = await samples();
const small = sampleLike(all, { form: 'one crop' });
const bytesOf = ({ media: [name] }: typeof small) => fixtureBytes(`samples/${name}`);
const pictures = {
  own: await bytesOf(small),
  alike: await bytesOf(sampleLike(all, { form: 'one crop' }, 1)),
  larger: await bytesOf(sampleLike(all, { kind: 'image', form: 'several crops' })),
};
const file = (name: keyof typeof pictures) => new File([pictures[name].slice()], 'picture.png');
const [first] = small.questions;
const clip = sampleLike(all, { kind: 'video' });
const later = 'Caption this image.';

async function ask(chat: Chat, input: AskInput): Promise<Answer> {
  for await (const event of chat.ask(input)) if (event.type === 'done') return event.answer;
  throw new Error('no answer');
}

const overTheWire = (saved: SavedChat) => JSON.parse(JSON.stringify(saved)) as SavedChat;

test('a saved chat goes on with the same words as the one that was saved, and all memory comes back', async () => {
  const round = async () => {
    const chat = molmo.chat();
    expect((await ask(chat, { image: file('own'), prompt: first!.question })).text).toBe(first!.answer);
    const saved = overTheWire(await chat.save());
    const unbroken = await ask(chat, { prompt: later });
    const restored = await molmo.restore(saved, { image: file('own') });
    expect(restored.messages).toEqual(saved.messages);
    const again = await ask(restored, { prompt: later });
    expect(again.tokenIds).toEqual(unbroken.tokenIds);
    expect(again.usage).toEqual(unbroken.usage);
    expect(restored.messages).toEqual(chat.messages);
    // The same picture continues it as well, and what is saved again is the same as of the unbroken chat.
    expect(await restored.save()).toEqual(await chat.save());
    const third = await ask(restored, { image: file('own'), prompt: 'Hi' });
    expect(third.usage.visionCrops).toBe(0);
    const clone = await restored.clone();
    for (const one of [chat, restored, clone]) one.dispose();
    await (await molmo.restore(await molmo.chat().save())).save(); // behind it everything is given back
  };
  await round(); // makes what is kept for every question
  const before = bytesHeld();
  await round();
  expect(bytesHeld()).toBe(before);
});

test('a part of a video is sampled as it was', async () => {
  const chat = molmo.chat();
  const { video } = exactMedia(clip);
  await ask(chat, { video: video!, endSec: 1, prompt: 'Track the circles.' });
  const saved = overTheWire(await chat.save());
  expect(saved.media).toMatchObject({ kind: 'video', sampling: { endSec: 1 } });
  const unbroken = await ask(chat, { prompt: later });
  const restored = await molmo.restore(saved, { video: video! });
  expect((await ask(restored, { prompt: later })).tokenIds).toEqual(unbroken.tokenIds);
  await expect(molmo.restore(saved, { image: file('own') })).rejects.toMatchObject({ code: 'other-media' });
  chat.dispose();
  restored.dispose();
});

test('chats without pictures, without questions, and after a cut answer are restored too', async () => {
  const chat = molmo.chat();
  const empty = overTheWire(await chat.save());
  expect(empty).toMatchObject({ ids: [], media: null, messages: [], kv: null });
  const begun = await molmo.restore(empty);
  for await (const _ of chat.ask({ prompt: 'Hi' }, { maxNewTokens: 1 }));
  const restored = await molmo.restore(overTheWire(await chat.save()));
  const answers = [await ask(chat, { prompt: later }), await ask(restored, { prompt: later })];
  expect(answers[1]!.tokenIds).toEqual(answers[0]!.tokenIds);
  expect((await ask(begun, { image: file('own'), prompt: first!.question })).text).toBe(first!.answer);
  for (const one of [chat, begun, restored]) one.dispose();
});

test('other media, another model and damage are refused with what was saved and what was given', async () => {
  const chat = molmo.chat();
  await ask(chat, { image: file('own'), prompt: first!.question });
  const saved = overTheWire(await chat.save());
  const { key } = saved.model;
  const refused: [unknown, Parameters<Molmo2['restore']>[1], string, RegExp][] = [
    [saved, {}, 'other-media', /shows 1 picture, what was given is nothing\. Give the same files/],
    [saved, { images: [file('own'), file('own')] }, 'other-media', /1 picture, what was given is 2 pictures/],
    [saved, { image: file('larger') }, 'other-media', /\d+ x \d+ pixels, the saved one has 168 x 168/],
    [saved, { image: file('alike') }, 'other-media', /Image 1 is another one.*hash begins [0-9a-f]{12}, not/],
    [{ ...saved, version: 2 }, {}, 'bad-saved-chat', /version 2; this release reads version 1/],
    [{ ...saved, ids: [...saved.ids, 640] }, {}, 'bad-saved-chat', /the id 640, the largest is 639/],
    [
      { ...saved, model: { name: 'molmo2-4b', key: key.replace(/^./, (d) => (d === '0' ? '1' : '0')) } },
      { image: file('own') },
      'bad-saved-chat',
      /saved with the model molmo2-4b/,
    ],
    [
      { ...saved, ids: saved.ids.slice(1) },
      { image: file('own') },
      'bad-saved-chat',
      /are damaged: those of its pictures do not end where they should/,
    ],
    [
      { ...saved, visualLength: saved.visualLength - 5 },
      { image: file('own') },
      'bad-saved-chat',
      /are damaged: they have room for \d+ image features, its pictures have \d+/,
    ],
  ];
  for (const [value, media, code, message] of refused)
    await expect(molmo.restore(value as SavedChat, media)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  chat.dispose();
});

test('restoring that is cancelled throws the reason wherever it is, and what comes next is right', async () => {
  const chat = molmo.chat();
  await ask(chat, { ...exactMedia(clip), prompt: 'Track the circles.' });
  const saved = await chat.save();
  const clone = await chat.clone();
  const unbroken = await ask(chat, { prompt: 'Hi' });
  for (const stage of ['media', 'vision', 'prefill'] as const) {
    const controller = new AbortController();
    const reason = new Error(`stopped during ${stage}`);
    const onProgress = (progress: { readonly stage: string }) => {
      if (progress.stage === stage) controller.abort(reason);
    };
    const restoring = molmo.restore(saved, exactMedia(clip), { signal: controller.signal, onProgress });
    await expect(restoring).rejects.toBe(reason);
    const next = await clone.clone();
    expect((await ask(next, { prompt: 'Hi' })).tokenIds).toEqual(unbroken.tokenIds);
    next.dispose();
  }
  const restored = await molmo.restore(saved, exactMedia(clip));
  expect((await ask(restored, { prompt: 'Hi' })).tokenIds).toEqual(unbroken.tokenIds);
  for (const one of [chat, clone, restored]) one.dispose();
});
