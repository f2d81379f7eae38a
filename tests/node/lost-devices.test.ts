// What else may go wrong when a device is lost: a chat's picture is gone, or the model is disposed of meanwhile.

import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Molmo2, type AskInput, type Chat } from '../../src/index.ts';
import { fixtureUrl } from '../fixture-files.ts';
import { watchBuffers } from '../live-buffers.ts';
import { watchDevices } from '../lose-device.ts';
import { samples } from '../parity/samples.ts';
import { questionLike } from '../sample-questions.ts';

async function textOf(chat: Chat, input: AskInput): Promise<string> {
  for await (const event of chat.ask(input)) if (event.type === 'done') return event.answer.text;
  throw new Error('no answer');
}

const all = await samples();
const small = questionLike(all, { form: 'one crop' });
const pictureOf = ({ sample }: typeof small) => fixtureUrl(`samples/${sample.media[0]}`);

const devices = await watchDevices();
const buffers = await watchBuffers();

test('a chat whose picture cannot be read again fails with what is wrong, and another picture is welcome', async () => {
  const molmo = await Molmo2.load();
  const folder = await mkdtemp(join(tmpdir(), 'molmo2-lost-'));
  try {
    const { question, answer } = small;
    const file = join(folder, 'picture.png');
    await copyFile(fileURLToPath(pictureOf(small)), file);
    const later = { prompt: 'Caption this image.' };
    const undisturbed = molmo.chat();
    await textOf(undisturbed, { image: file, prompt: question });
    const wanted = await textOf(undisturbed, later);
    undisturbed.dispose();
    const chat = molmo.chat();
    expect(await textOf(chat, { image: file, prompt: question })).toBe(answer);
    await rm(file);
    devices.lose();
    const again = textOf(chat, later);
    await expect(again).rejects.toMatchObject({
      code: 'media-unreadable',
      message: expect.stringContaining('picture.png'),
    });
    // Nothing is lost for good: the file may come back.
    await copyFile(fileURLToPath(pictureOf(small)), file);
    expect(await textOf(chat, later)).toBe(wanted);
    await rm(file);
    devices.lose();
    const second = questionLike(all, { form: 'one crop' }, small.sample.questions.length);
    expect(await textOf(chat, { image: pictureOf(second), prompt: second.question })).toBe(second.answer);
  } finally {
    molmo.dispose();
    await rm(folder, { recursive: true });
  }
});

test('a model that is disposed of while it is brought back leaves nothing', async () => {
  const molmo = await Molmo2.load();
  const chat = molmo.chat();
  await textOf(chat, { image: pictureOf(small), prompt: 'Caption this image.' });
  devices.forget();
  devices.lose();
  const second = textOf(chat, { prompt: 'Where are the orange crosses?' });
  second.catch(() => {});
  while (devices.opened === 0 || devices.calls.createBuffer < 20) await pause(5);
  molmo.dispose();
  await expect(second).rejects.toThrow('The model was disposed. Load it again.');
  for (let waits = 0; waits < 100 && buffers.count > 0; waits++) await pause(50);
  expect(buffers.count).toBe(0);
  await pause(200); // and nothing comes back
  expect([devices.opened, buffers.count]).toEqual([1, 0]);
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
