// What a question must look like before it is sent to the engine.

import { expect, test } from 'vitest';
import type { AskInput, Expectation } from '../../src/api.ts';
import { mediaOf, portableRequest } from '../../src/worker/portable-request.ts';

const request = async (input: unknown) => {
  mediaOf(input as AskInput);
  return (await portableRequest(input as AskInput, {}, false)).request;
};
const cue = (text: string) => ({ startTime: 1, endTime: 2, text });

test.each([
  ['an image that was not found', { image: null, prompt: 'x' }, /picture must be .* got null/],
  ['an image of no name', { image: '', prompt: 'x' }, /path or a URL here, got ""/],
  ['a video that was not found', { video: null, prompt: 'x' }, /video must be .* got null/],
  ['one picture as images', { images: 'a.png', prompt: 'x' }, /"images" must be a list.*"image"/],
  ['no question', null, /A question must be an object/],
  ['messages that are no list', { messages: 'Hi' }, /"messages" must be a list/],
  ['messages beside a prompt', { messages: [], prompt: 'x' }, /"messages" and "prompt" exclude/],
  ['messages beside subtitles', { messages: [], subtitles: 'WEBVTT' }, /"messages" and "subtitles"/],
])('%s is a TypeError that says so', async (_, input, message) => {
  await expect(request(input)).rejects.toBeInstanceOf(TypeError);
  await expect(request(input)).rejects.toThrow(message);
});

test('pictures are the one and the several, in this order', async () => {
  const { images } = await request({ image: 'a.png', images: ['b.png', 'c.png'], prompt: 'x' });
  expect(images.map((image) => image.kind === 'path' && image.path.at(-5))).toEqual(['a', 'b', 'c']);
  expect((await request({ images: [], prompt: 'x' })).images).toEqual([]);
});

test("a text track's cues lose their markup as those of a file do", async () => {
  const cues = [cue('<v Ann>Look &amp;\n<i>listen</i>')];
  const { subtitles } = await request({ video: 'a.mp4', prompt: 'x', subtitles: { cues } });
  expect(subtitles).toEqual([{ startSec: 1, endSec: 2, text: 'Look & listen' }]);
});

test('what an answer must be crosses to a worker, also a schema that is an object of a library', async () => {
  const sent = async (expected: Expectation) => {
    const { request } = await portableRequest({ prompt: 'x' }, { expect: expected }, false);
    return structuredClone(request).options.expect;
  };
  expect(await sent({ regExp: /é+/iu })).toEqual({ regExp: /é+/iu });
  expect(await sent('points')).toBe('points');
  const schema = { type: 'string', parse: () => null };
  expect(await sent({ jsonSchema: schema })).toEqual({ jsonSchema: { type: 'string' } });
  await expect(sent({ jsonSchema: { const: 1n } })).rejects.toThrow(/^options\.expect\.jsonSchema must be plain JSON: /);
}); // prettier-ignore
