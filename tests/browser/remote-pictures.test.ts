// What a page sends to a server of its pictures: upright pixels, and points in the size that is shown.

import { expect, test } from 'vitest';
import { createRemote } from '../../src/adapters/remote/remote.ts';
import type { ImageInput, Point } from '../../src/api.ts';
import { decodeImage } from '../../src/media/picture/decode-image.ts';
import { quarterColours, quartersError } from '../picture-fixtures.ts';
import { writeJpeg } from '../jpeg-writer.ts';
import { fixtureUrl } from './fixture-url.ts';

/** Asks a server that points at the middle, and looks at what it was sent. */
async function sentOf(image: ImageInput) {
  let url = '';
  const chunk = { choices: [{ index: 0, delta: { content: '<points coords="1 1 500 500">it</points>' }, finish_reason: 'stop' }] }; // prettier-ignore
  const fetch = async (_: unknown, init?: RequestInit) => {
    const { messages } = JSON.parse(init?.body as string) as { messages: [{ content: [{ image_url: { url: string } }] }] }; // prettier-ignore
    url = messages[0].content[0].image_url.url;
    return new Response(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`, { headers: { 'Content-Type': 'text/event-stream' } }); // prettier-ignore
  };
  const points: Point[] = [];
  for await (const event of createRemote({ baseURL: 'http://localhost/v1', model: 'm', fetch }).ask({
    image,
    prompt: 'Point.',
  }))
    // prettier-ignore
    if (event.type === 'point') points.push(event.point);
  const type = url.slice(0, url.indexOf(';'));
  return { type, points, picture: await decodeImage({ kind: 'url', url }, 'what was sent') };
}

const quarters = async () => (await fetch(fixtureUrl('media/quarters.png'))).blob();

test('a file goes as it is, and pixels as PNG', async () => {
  const blob = await quarters();
  const bitmap = await createImageBitmap(blob);
  const canvas = new OffscreenCanvas(48, 32);
  const context = canvas.getContext('2d');
  context?.drawImage(bitmap, 0, 0);
  const pixels = context?.getImageData(0, 0, 48, 32);
  if (!pixels) throw new Error('no pixels');
  for (const image of [blob, fixtureUrl('media/quarters.png'), bitmap, canvas, pixels]) {
    const { type, points, picture } = await sentOf(image);
    expect(type).toBe('data:image/png');
    expect(quartersError(picture)).toBe(0);
    expect(points).toEqual([{ x: 24, y: 16, id: 1, label: '', image: 1 }]);
  }
  expect(bitmap.width).toBe(48); // the page's own is still open
});

test('opacity is dropped, and not drawn over', async () => {
  const pixels = new ImageData(48, 32);
  for (let y = 0; y < 32; y++)
    for (let x = 0; x < 48; x++)
      pixels.data.set([...(quarterColours[(y < 16 ? 0 : 2) + (x < 24 ? 0 : 1)] ?? []), 7], (y * 48 + x) * 4);
  expect(quartersError((await sentOf(pixels)).picture)).toBe(0);
});

test('a picture that its camera turned is turned, and a format that servers may not read is written anew', async () => {
  const jpeg = writeJpeg({ columns: 3, rows: 1, blocks: [[10], [100], [200]], orientation: 6 });
  const turned = await sentOf(jpeg);
  expect(turned).toMatchObject({ type: 'data:image/png', picture: { width: 8, height: 24 } });
  expect(turned.points).toMatchObject([{ x: 4, y: 12 }]);
  const { channels, data } = turned.picture;
  const grey = [0, 8, 16].map((row) => data[(row * 8 + 4) * channels] ?? 0);
  expect(grey.map((value, i) => Math.abs(value - ([10, 100, 200][i] ?? 0)) < 6)).toEqual([true, true, true]);
  expect((await sentOf(fixtureUrl('media/quarters.avif'))).type).toBe('data:image/png');
});
