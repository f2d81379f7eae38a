// Chats across the worker's border: what continues, clones, resets, saved chats and their errors, with the files of a page.

import { expect, test } from 'vitest';
import { Molmo2, type Answer, type AskInput, type Chat, type SavedChat } from '../../src/index.ts';
import { fixtureBytes } from '../fixture-files.ts';
import { samples } from '../parity/samples.ts';

async function ask(chat: Chat, input: AskInput): Promise<Answer> {
  for await (const event of chat.ask(input)) if (event.type === 'done') return event.answer;
  throw new Error('no answer');
}

test('a chat of a page knows its picture by content, is cloned, reset, saved and restored', async () => {
  const bytes = await fixtureBytes('samples/image-1-168x168.png');
  const other = await fixtureBytes('samples/image-2-168x168.png');
  const picture = () => new File([bytes.slice()], 'picture.png');
  const [first, second] = (await samples()).find(({ name }) => name === 'image-1-168x168')!.questions;
  const molmo = await Molmo2.load();
  const chat = molmo.chat();
  const begun = await ask(chat, { image: picture(), prompt: first!.question });
  expect(begun.text).toBe(first!.answer);
  expect(begun.usage.visionCrops).toBe(2);

  const saved = JSON.parse(JSON.stringify(await chat.save())) as SavedChat;
  const clone = await chat.clone();
  const later = await ask(chat, { image: picture(), prompt: 'Caption this image.' });
  expect(later.usage).toMatchObject({ visionTokens: 0, visionCrops: 0 });
  expect(chat.messages).toHaveLength(4);
  expect(clone.messages).toEqual(saved.messages);
  expect((await ask(clone, { prompt: 'Caption this image.' })).tokenIds).toEqual(later.tokenIds);

  const stages: string[] = [];
  const restored = await molmo.restore(
    saved,
    { image: picture() },
    { onProgress: ({ stage }) => stages.push(stage) },
  );
  expect(new Set(stages)).toEqual(new Set(['media', 'vision', 'prefill']));
  expect((await ask(restored, { prompt: 'Caption this image.' })).tokenIds).toEqual(later.tokenIds);
  const wrong = molmo.restore(saved, { image: new File([other.slice()], 'picture.png') });
  await expect(wrong).rejects.toMatchObject({
    code: 'other-media',
    message: expect.stringMatching(/Image 1 is another one/),
  });

  await chat.reset();
  expect(chat.messages).toEqual([]);
  expect((await ask(chat, { image: picture(), prompt: second!.question })).text).toBe(second!.answer);
  const controller = new AbortController();
  const cloning = chat.clone(controller);
  controller.abort(new Error('not wanted'));
  await expect(cloning).rejects.toThrow('not wanted');
  expect((await ask(chat, { image: picture(), prompt: 'Hi' })).usage.visionTokens).toBe(0);
  molmo.dispose();
});
