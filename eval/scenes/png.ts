// Pixels as a PNG file, made by what pages and Node have built in: without loss, and with nothing to install.

import type { Pixels } from './shapes.ts';

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (crcTable[(value ^ byte) & 255] ?? 0) ^ (value >>> 8);
  return ~value >>> 0;
}

/** A chunk: its length, its type, what is in it, and the checksum of both. */
function chunk(type: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(body.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, body.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(body, 8);
  view.setUint32(body.length + 8, crc32(bytes.subarray(4, body.length + 8)));
  return bytes;
}

async function deflated(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** A PNG file of 8 bits a channel, RGB: scenes are opaque. */
export async function pngOf({ width, height, data }: Pixels): Promise<Blob> {
  const rows = new Uint8Array(height * (width * 3 + 1));
  for (let y = 0, at = 0, from = 0; y < height; y++) {
    // Every row begins with the filter that it was written with, here none.
    at++;
    for (let x = 0; x < width; x++, at += 3, from += 4) {
      rows[at] = data[from] ?? 0;
      rows[at + 1] = data[from + 1] ?? 0;
      rows[at + 2] = data[from + 2] ?? 0;
    }
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  const chunks = [
    chunk('IHDR', header),
    chunk('IDAT', await deflated(rows)),
    chunk('IEND', new Uint8Array()),
  ];
  return new Blob([signature, ...chunks], { type: 'image/png' });
}
