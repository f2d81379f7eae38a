import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mendMp4 } from '../../src/media/container/cut-mp4.ts';

const file = readFileSync('tests/fixtures/media/h264-ntsc.mp4'); // its index is at the end

function boxesOf(bytes: Buffer, start = 0, end = bytes.length): { type: string; at: number; size: number }[] {
  const found = [];
  for (let at = start; at < end; at += bytes.readUInt32BE(at))
    found.push({ type: bytes.toString('latin1', at + 4, at + 8), at, size: bytes.readUInt32BE(at) });
  return found;
}

const movie = boxesOf(file).find(({ type }) => type === 'moov')!;
const parts = boxesOf(file, movie.at + 8, movie.at + movie.size);

async function mended(length: number): Promise<Buffer> {
  const { blob } = await mendMp4(new Blob([file.subarray(0, length)]));
  return Buffer.from(await blob.arrayBuffer());
}

test('a whole file stays the blob that it is', async () => {
  const blob = new Blob([file]);
  expect(await mendMp4(blob)).toEqual({ blob, isCut: false });
});

test.each([1, 5, 20, 60])(
  'an index that lacks its last %d bytes ends with its last whole part',
  async (missing) => {
    const bytes = await mended(file.length - missing);
    const boxes = boxesOf(bytes);
    expect(boxes.at(-1)).toMatchObject({ type: 'moov', at: movie.at });
    expect(boxes.at(-1)!.at + boxes.at(-1)!.size).toBe(bytes.length);
    const left = boxesOf(bytes, movie.at + 8, bytes.length);
    expect(left).toEqual(parts.filter(({ at, size }) => at + size <= file.length - missing));
    expect(left.map(({ type }) => type)).toContain('trak');
  },
);

test('a file that is cut before its index, and one that is no MP4, stay as they are', async () => {
  expect((await mended(movie.at - 10)).length).toBe(movie.at - 10);
  const text = new Blob(['no video at all, but long enough for a header']);
  expect(await mendMp4(text)).toEqual({ blob: text, isCut: false });
});

test('a fragment that ends inside its index is left out, and told', async () => {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(200);
  const cut = Buffer.concat([file, size, Buffer.from('moof'), Buffer.alloc(50)]);
  for (const length of [cut.length, file.length + 8]) {
    const { blob, isCut } = await mendMp4(new Blob([cut.subarray(0, length)]));
    expect({ size: blob.size, isCut }).toEqual({ size: file.length, isCut: true });
  }
});
