// PNG, JPEG and WebP files that were damaged at random, or with intent: decoded or refused, in time and within their memory.

import { readFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decodeImage } from '../../src/media/picture/decode-image-node.ts';
import { measured } from '../hostile/asked-bytes.ts';
import { damagedBytes, joined } from '../hostile/damage-bytes.ts';
import { one, type Random } from '../hostile/damage-json.ts';
import { eachSeed, inputsOf } from '../hostile/each-seed.ts';

const mib = 1024 * 1024;
const file = (name: string) => new Uint8Array(readFileSync(`tests/fixtures/media/${name}`));
const pictures = {
  png: ['quarters.png', 'palette.png', 'p3.png', 'grey-alpha.png', 'orientation-6.png'].map(file),
  jpeg: ['quarters.jpg', 'smooth.jpg', 'orientation-3.jpg'].map(file),
  webp: ['quarters.webp', 'transparent.webp'].map(file),
};
const read = (bytes: Uint8Array<ArrayBuffer>) =>
  decodeImage({ kind: 'blob', blob: new Blob([bytes]) }, 'image 1');

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(data.length + 12);
  bytes.writeUInt32BE(data.length);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), data.length + 8);
  return bytes;
}

/** A grey PNG that claims this size and has these pixels, compressed. */
function png(width: number, height: number, compressed: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width);
  head.writeUInt32BE(height, 4);
  head[8] = 8;
  const signature = Uint8Array.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return joined([signature, chunk('IHDR', head), chunk('IDAT', compressed), chunk('IEND', new Uint8Array())]);
}

/** PNG checksums put right, so that damage is not refused for them alone. */
function withChecksums(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > bytes.length) break;
    view.setUint32(end, crc32(bytes.subarray(at + 4, end)));
    at = end + 4;
  }
  return bytes;
} // prettier-ignore

/** Where a header says how large the picture is, by kind. */
function changedSize(bytes: Uint8Array<ArrayBuffer>, kind: string, random: Random): Uint8Array<ArrayBuffer> {
  const side = () => one(random, [0, 1, 9, 1000, 9999, 16383, 65535, 2 ** 31 - 1, 2 ** 32 - 1]);
  const view = new DataView(bytes.buffer);
  if (kind === 'png') {
    view.setUint32(16, side());
    if (random(2)) view.setUint32(20, side());
    if (random(4) === 0) bytes[24 + random(5)] = random(256); // depth, colours, interlacing
  } else if (kind === 'webp') view.setUint32(21 + random(6), side(), true);
  else {
    const frame = Buffer.from(bytes.buffer).findIndex((byte, i) => byte === 0xff && ((bytes[i + 1] ?? 0) & 0xfc) === 0xc0);
    if (frame > 0 && frame + 9 <= bytes.length) view.setUint32(frame + 5, (side() & 0xffff) * 65536 + (side() & 0xffff));
  }
  return bytes;
} // prettier-ignore

describe.each(Object.entries(pictures))('%s', (kind, whole) => {
  test('files that are damaged are refused with an error of ours or are decoded in time', async () => {
    for (const bytes of whole) await read(bytes as Uint8Array<ArrayBuffer>);
    const inputs = inputsOf(300);
    const limits = { codes: ['media-unreadable', 'media-too-large'] } as const;
    const count = await eachSeed(inputs, limits, (random) => {
      let bytes = one(random, whole).slice() as Uint8Array<ArrayBuffer>;
      if (random(3) === 0) bytes = changedSize(bytes, kind, random);
      if (random(4) > 0) bytes = damagedBytes(bytes, random);
      if (kind === 'png' && random(2)) bytes = withChecksums(bytes);
      return { byteLength: bytes.byteLength, read: () => read(bytes) };
    });
    expect(count.accepted).toBeGreaterThan(inputs / 50);
    expect(count.refused).toBeGreaterThan(inputs / 4);
  });
});

describe('one fault at a time', () => {
  async function refused(bytes: Uint8Array<ArrayBuffer>): Promise<unknown> {
    let failure: unknown = 'it was decoded';
    const { asked, grown, elapsedMs } = await measured(async () => {
      await read(bytes).catch((cause: unknown) => (failure = cause));
    });
    expect(Math.max(asked, grown)).toBeLessThan(4 * bytes.length + 64 * mib);
    expect(elapsedMs).toBeLessThan(5000);
    return failure;
  }

  test('a PNG whose few pixels are packed as gigabytes is refused', async () => {
    // What its first row begins with is refused, so that the pixels are unpacked to put the checksum behind them right.
    const bomb = deflateSync(Buffer.alloc(200 * mib).fill(9, 0, 1), { level: 1 });
    expect(await refused(png(10, 10, bomb))).toMatchObject({ code: 'media-unreadable' });
  });

  test('a PNG that claims 90 megapixels and has a few bytes is refused before memory is taken', async () => {
    expect(await refused(png(9000, 10_000, deflateSync(new Uint8Array(100))))).toMatchObject({
      code: 'media-unreadable',
      message: expect.stringMatching(/recognised as PNG of 9000 x 10000, of which \d+ bytes can hold no more than a part/),
    });
  }); // prettier-ignore

  test('a JPEG that claims 90 megapixels and has a few bytes is refused before memory is taken', async () => {
    const bytes = file('quarters.jpg') as Uint8Array<ArrayBuffer>;
    const frame = Buffer.from(bytes.buffer).indexOf(Buffer.from('ffc0', 'hex'));
    new DataView(bytes.buffer).setUint32(frame + 5, 9000 * 65536 + 10_000);
    expect(await refused(bytes)).toMatchObject({ code: 'media-unreadable' });
  });

  test('an SVG picture under the head of a WebP file is refused and opens no other file', async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="/etc/hostname"/></svg>';
    const head = Buffer.from('RIFF____WEBPVP8X\n\0\0\0\0\0\0\0\u0008\0\0\u0008\0\0', 'latin1');
    expect(await refused(joined([head, Buffer.from(svg)]))).toMatchObject({ code: 'media-unreadable' });
  });

  test('a PNG that is one colour and large is still decoded', async () => {
    const [width, height] = [3000, 2000];
    const picture = await read(
      png(width, height, deflateSync(new Uint8Array((width + 1) * height), { level: 9 })),
    );
    expect([picture.width, picture.height]).toEqual([width, height]);
  });
});
