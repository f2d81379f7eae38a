// Checksums of a PNG file in Node, taken as browsers take them: one that is wrong in a chunk that no picture can do without
// means damage, and the one behind the compressed pixels is not looked at.

import { crc32, deflateSync, inflateRawSync } from 'node:zlib';
import { pngPixelBytes } from './picture-header.ts';

const signatureBytes = 8;

interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
  readonly isRight: boolean;
}

function chunksOf(bytes: Uint8Array): Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  for (let at = signatureBytes; at + 12 <= bytes.length;) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > bytes.length) break;
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const isRight = crc32(bytes.subarray(at + 4, end)) === view.getUint32(end);
    chunks.push({ type, data: bytes.subarray(at + 8, end), isRight });
    at = end + 4;
  }
  return chunks;
}

function chunkBytes({ type, data }: Pick<Chunk, 'type' | 'data'>): Buffer {
  const whole = Buffer.alloc(data.length + 12);
  whole.writeUInt32BE(data.length);
  whole.write(type, 4, 'latin1');
  whole.set(data, 8);
  whole.writeUInt32BE(crc32(whole.subarray(4, -4)), data.length + 8);
  return whole;
}

/** Whether the size, the palette or a piece of the pixels has a wrong checksum; sharp would not look. */
export function isDamagedPng(bytes: Uint8Array): boolean {
  return chunksOf(bytes).some(({ type, isRight }) => !isRight && /^(IHDR|PLTE|IDAT)$/.test(type));
}

/** The file with the checksum behind its pixels put right, which sharp insists on; null where more is damaged. */
export function withPixelChecksum(bytes: Uint8Array): Uint8Array | null {
  const pixelBytes = pngPixelBytes(bytes);
  const chunks = chunksOf(bytes);
  const first = chunks.findIndex(({ type }) => type === 'IDAT');
  const stream = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data));
  if (first < 0 || stream.length < 6 || pixelBytes === null) return null;
  try {
    const data = deflateSync(inflateRawSync(stream.subarray(2, -4), { maxOutputLength: pixelBytes }), {
      level: 1,
    });
    const others = chunks.filter(({ type }) => type !== 'IDAT').map(chunkBytes);
    return Buffer.concat([
      bytes.subarray(0, signatureBytes),
      ...others.slice(0, first),
      chunkBytes({ type: 'IDAT', data }),
      ...others.slice(first),
    ]);
  } catch {
    return null;
  }
}
