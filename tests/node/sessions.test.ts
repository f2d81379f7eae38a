// Chats as users hold them: what continues, what is copied, forgotten and left alone when a question is cancelled.

import { afterAll, expect, test } from 'vitest';
import {
  askFollowUp,
  followUpScores,
  type FollowUp,
  type FollowUpScores,
} from '../../eval/run/follow-ups.ts';
import { makeConversation } from '../../eval/scenes/conversations.ts';
import { Molmo2, type Answer, type AskInput, type Chat } from '../../src/index.ts';
import { fixtureBytes } from '../fixture-files.ts';
import { forcedKernels } from '../forced-family.ts';
import { exactMedia, samples } from '../parity/samples.ts';
import { sampleLike } from '../sample-questions.ts';

const molmo = await Molmo2.load(forcedKernels);
afterAll(() => molmo.dispose());

const all = await samples();
const small = sampleLike(all, { form: 'one crop' });
const bytes = await fixtureBytes(`samples/${small.media[0]}`);
const { questions } = small;
/** The same picture as another file at every call. */
const picture = (): AskInput => ({ image: new File([bytes.slice()], 'picture.png') });
const later = 'Caption this image.';

interface Asked extends Answer {
  /** Whether the question continued the conversation. */
  readonly continues: boolean;
}

async function ask(chat: Chat, input: AskInput, signal?: AbortSignal): Promise<Asked> {
  let continues = false;
  for await (const event of chat.ask(input, signal && { signal })) {
    if (event.type === 'media') ({ continues } = event);
    if (event.type === 'done') return { ...event.answer, continues };
  }
  throw new Error('no answer');
}

const user = (text: string, ...shown: ('image' | 'video')[]) => ({
  role: 'user',
  content: [...shown.map((type) => ({ type })), { type: 'text', text }],
});
const assistant = (content: string) => ({ role: 'assistant', content });

/** A chat whose first question is answered, and what comes of the next one. */
async function begun(): Promise<{ chat: Chat; question: string; first: Asked }> {
  const chat = molmo.chat();
  const { question } = questions[0]!;
  return { chat, question, first: await ask(chat, { ...picture(), prompt: question }) };
}

const unbroken = await (async () => {
  const { chat, first } = await begun();
  const second = await ask(chat, { prompt: later });
  chat.dispose();
  return { first, second };
})();

test('another file of equal content continues a conversation, other content begins a new one', async () => {
  const { chat, question, first } = await begun();
  expect(first).toMatchObject({ text: questions[0]!.answer, continues: false });
  const second = await ask(chat, { ...picture(), prompt: later });
  expect(second).toMatchObject({ continues: true, text: unbroken.second.text });
  expect(second.usage).toEqual(unbroken.second.usage);
  expect(second.usage.visionCrops).toBe(0);
  expect(chat.messages).toEqual([
    user(question, 'image'),
    assistant(first.text),
    user(later),
    assistant(second.text),
  ]);
  const clip = sampleLike(all, { kind: 'video' });
  const asked = { ...exactMedia(clip), prompt: clip.questions[0]!.question };
  const other = await ask(chat, asked);
  expect(other).toMatchObject({ continues: false, text: clip.questions[0]!.answer });
  expect(chat.messages).toEqual([user(asked.prompt, 'video'), assistant(other.text)]);
  const frames = await Promise.all((clip.frames ?? []).map((name) => fixtureBytes(`samples/${name}`)));
  const video = { frames, timestamps: clip.timestamps ?? [] };
  expect(await ask(chat, { video, prompt: later })).toMatchObject({ continues: true });
  expect(await ask(chat, { video, endSec: 1, prompt: later })).toMatchObject({ continues: false });
  chat.dispose();
});

test('bytes that were written over are another picture, also in the same array', async () => {
  const second = sampleLike(all, { form: 'one crop' }, 1);
  const other = await fixtureBytes(`samples/${second.media[0]}`);
  const image = new Uint8Array(Math.max(bytes.length, other.length));
  image.set(bytes);
  const chat = molmo.chat();
  await ask(chat, { image, prompt: questions[0]!.question });
  expect(await ask(chat, { image, prompt: later })).toMatchObject({ continues: true });
  image.set(other);
  const { question, answer } = second.questions[2]!;
  expect(await ask(chat, { image, prompt: question })).toMatchObject({ continues: false, text: answer });
  chat.dispose();
});

test('a clone goes on by itself, and neither disturbs the other', async () => {
  const { chat } = await begun();
  const clone = await chat.clone();
  expect(clone.messages).toEqual(chat.messages);
  const question = 'Where are the orange crosses?';
  const other = await ask(clone, { prompt: question });
  const [mine, third] = [await ask(chat, { prompt: later }), await ask(clone, { prompt: later })];
  expect(mine).toMatchObject({ text: unbroken.second.text, continues: true });
  expect(chat.messages).toHaveLength(4);
  expect(clone.messages).toEqual([
    ...chat.messages.slice(0, 2),
    user(question),
    assistant(other.text),
    user(later),
    assistant(third.text),
  ]);
  // What one forgets, the other still knows.
  await chat.reset();
  chat.dispose();
  expect(await ask(clone, { ...picture(), prompt: 'Hi' })).toMatchObject({ continues: true });
  clone.dispose();
});

test('after a reset the same picture costs the words of the question only, and is answered as if it were new', async () => {
  const { chat, first } = await begun();
  await ask(chat, { prompt: later });
  await chat.reset();
  expect(chat.messages).toEqual([]);
  for (const { question, answer } of questions.slice(0, 2)) {
    const again = await ask(chat, { ...picture(), prompt: question });
    expect(again).toMatchObject({ text: answer, continues: false });
    expect(again.usage).toMatchObject({ visionTokens: 0, visionCrops: 0 });
    expect(again.usage.promptTokens).toBeLessThan(first.usage.promptTokens / 4);
    expect(chat.messages).toHaveLength(2);
    await chat.reset();
  }
  // Without the picture there is none.
  expect((await ask(chat, { prompt: 'Hi' })).usage.promptTokens).toBeLessThan(20);
  chat.dispose();
});

test('`messages` can be asked again with the same media, and cost the new words only', async () => {
  const { chat } = await begun();
  const messages = [...chat.messages, { role: 'user', content: later }];
  const again = await ask(chat, { ...picture(), messages });
  expect(again).toMatchObject({ continues: false });
  expect(again.usage).toMatchObject({ visionTokens: 0, visionCrops: 0 });
  const fresh = molmo.chat();
  expect((await ask(fresh, { ...picture(), messages })).text).toBe(again.text);
  expect(chat.messages).toEqual([...messages, assistant(again.text)]);
  chat.dispose();
  fresh.dispose();
});

test.each(['media', 'prefill', 'decode'] as const)(
  'a later question that is cancelled during %s leaves the chat as it was',
  async (stage) => {
    const { chat } = await begun();
    const controller = new AbortController();
    const reason = new Error(`stopped during ${stage}`);
    const run = async () => {
      const other = { ...picture(), prompt: 'Where are the orange crosses?' };
      for await (const event of chat.ask(other, controller))
        if (event.type === 'progress' && event.stage === stage) controller.abort(reason);
    };
    await expect(run()).rejects.toBe(reason);
    expect(await ask(chat, { prompt: later })).toMatchObject({ text: unbroken.second.text });
    expect(chat.messages).toHaveLength(4);
    chat.dispose();
  },
);

test('a new conversation that is cancelled or refused leaves nothing half said', async () => {
  const { chat } = await begun();
  const clip = sampleLike(all, { kind: 'video' });
  const controller = new AbortController();
  const run = async () => {
    for await (const event of chat.ask({ ...exactMedia(clip), prompt: later }, controller))
      if (event.type === 'progress' && event.stage === 'vision') controller.abort();
  };
  await expect(run()).rejects.toThrow(/abort/);
  expect(chat.messages).toEqual([]);
  const { question, answer } = questions[0]!;
  expect(await ask(chat, { ...picture(), prompt: question })).toMatchObject({ text: answer });
  // What cannot even be opened changes nothing.
  const broken = { image: new File([bytes.slice(0, 50)], 'broken.png'), prompt: later };
  await expect(ask(chat, broken)).rejects.toMatchObject({ code: 'media-unreadable' });
  expect(chat.messages).toHaveLength(2);
  expect(await ask(chat, { prompt: later })).toMatchObject({ text: unbroken.second.text });
  chat.dispose();
});

test('a clone that is cancelled throws the reason, and the chat answers as before', async () => {
  const { chat } = await begun();
  const controller = new AbortController();
  const cloning = chat.clone(controller);
  controller.abort(new Error('not wanted'));
  await expect(cloning).rejects.toThrow('not wanted');
  expect(await ask(chat, { prompt: later })).toMatchObject({ text: unbroken.second.text });
  chat.dispose();
  await expect(chat.clone()).rejects.toThrow(/This chat was disposed/);
});

test('a second question from scenes is answered behind the first about as well as alone', async () => {
  const conversations = [0, 1, 2].map((index) => makeConversation({ seed: 7, index, kind: 'image' }));
  const followUps: FollowUp[] = [];
  for (const conversation of conversations)
    followUps.push(await askFollowUp(molmo, await conversation, {}, { maxNewTokens: 96 }));
  const [{ behind, fresh }] = followUpScores(followUps) as [FollowUpScores];
  // A model that sees nothing behind a question has an F1 near 0. How well it answers is measured with `npm run eval`.
  expect(fresh.value).toBeGreaterThan(0.7);
  expect(behind.value).toBeGreaterThan(fresh.value - 0.3);
});
