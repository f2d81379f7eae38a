// Damage to MP4 and WebM files that keeps to their structure: boxes and elements are found, and their lengths, counts and
// order changed, so that a reader gets past the outermost parts.

import { damagedBytes, joined } from './damage-bytes.ts';
import { one, type Random } from './damage-json.ts';

interface Part {
  readonly start: number;
  readonly dataStart: number;
  readonly end: number;
  readonly type: string;
}

const containers = new Set([
  'moov',
  'trak',
  'mdia',
  'minf',
  'stbl',
  'edts',
  'mvex',
  'moof',
  'traf',
  'dinf',
  'udta',
]);

/** Every box of an MP4, those inside others too. */
function boxesOf(bytes: Uint8Array, from = 0, to = bytes.length): Part[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Part[] = [];
  for (let at = from; at + 8 <= to; ) {
    const end = at + view.getUint32(at);
    if (end < at + 8 || end > to) break;
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    parts.push({ start: at, dataStart: at + 8, end, type });
    if (containers.has(type)) parts.push(...boxesOf(bytes, at + 8, end));
    at = end;
  }
  return parts;
} // prettier-ignore

const masters = new Set([
  '18538067',
  '1f43b675',
  '1654ae6b',
  'ae',
  'e0',
  '1c53bb6b',
  'bb',
  'b7',
  '1549a966',
  'a0',
]);

/** Every element of a WebM or MKV file, those inside others too. */
function elementsOf(bytes: Uint8Array, from = 0, to = bytes.length): Part[] {
  const parts: Part[] = [];
  for (let at = from; at < to; ) {
    const idBytes = Math.clz32(bytes[at] ?? 0) - 23;
    const sizeBytes = Math.clz32(bytes[at + idBytes] ?? 0) - 23;
    const dataStart = at + idBytes + sizeBytes;
    if (idBytes > 4 || sizeBytes > 8 || dataStart > to) break;
    let size = (bytes[at + idBytes] ?? 0) & (0xff >> sizeBytes);
    for (let i = 1; i < sizeBytes; i++) size = size * 256 + (bytes[at + idBytes + i] ?? 0);
    const type = [...bytes.subarray(at, at + idBytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    const end = Math.min(dataStart + size, to);
    parts.push({ start: at, dataStart, end, type });
    if (masters.has(type)) parts.push(...elementsOf(bytes, dataStart, end));
    at = Math.max(end, at + 1);
  }
  return parts;
} // prettier-ignore

const counts = [0, 1, 2, 0xff, 0xffff, 0x10000, 0x1000000, 0x7fffffff, 0x80000000, 0xffffffff];

/** One change to a part of the file. */
function changedPart(bytes: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> {
  const isMp4 = String.fromCharCode(...bytes.subarray(4, 8)) === 'ftyp';
  const parts = isMp4 ? boxesOf(bytes) : elementsOf(bytes);
  if (parts.length === 0) return damagedBytes(bytes, random);
  const part = one(random, parts);
  const other = one(random, parts);
  const view = new DataView(bytes.buffer);
  const whole = bytes.subarray(part.start, part.end);
  switch (random(8)) {
    case 0: // its length
      if (isMp4) view.setUint32(part.start, one(random, [...counts, part.end - part.start + random(64) - 32]));
      else bytes[part.dataStart - 1] = one(random, [0, 0x7f, 0x80, 0xff, random(256)]);
      return bytes;
    case 1: {
      // A number in it: version, count, a length, an offset, a time.
      const place = part.dataStart + 4 * random(Math.max(1, Math.min(10, (part.end - part.dataStart) >> 2)));
      if (place + 4 <= part.end) view.setUint32(place, one(random, counts));
      return bytes;
    }
    case 2:
      // A number of one byte, as small elements have.
      if (part.end > part.dataStart)
        bytes[part.dataStart + random(Math.min(16, part.end - part.dataStart))] = one(random, [0, 1, 0x7f, 0x80, 0xff]);
      return bytes;
    case 3: // again, once or often
      return joined([bytes.subarray(0, part.end), ...Array.from({ length: 1 + random(30) }, () => whole), bytes.subarray(part.end)]);
    case 4: // missing
      return joined([bytes.subarray(0, part.start), bytes.subarray(part.end)]);
    case 5: // in the place of another
      return joined([bytes.subarray(0, other.start), whole, bytes.subarray(other.end)]);
    case 6: // within itself, many levels deep
      if (!isMp4) return damagedBytes(bytes, random);
      return joined([bytes.subarray(0, part.start), nested(part.type, whole, 1 + random(200)), bytes.subarray(part.end)]);
    default: // something else inside
      return joined([bytes.subarray(0, part.dataStart), damagedBytes(bytes.subarray(part.dataStart, part.end), random), bytes.subarray(part.end)]);
  }
} // prettier-ignore

function nested(type: string, inner: Uint8Array, levels: number): Uint8Array {
  let box = inner;
  for (let i = 0; i < levels; i++) {
    const head = new Uint8Array(8);
    new DataView(head.buffer).setUint32(0, box.length + 8);
    for (let at = 0; at < 4; at++) head[4 + at] = type.charCodeAt(at);
    box = joined([head, box]);
  }
  return box;
}

/** A damaged form of a video. */
export function damagedVideo(bytes: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  let copy = bytes.slice() as Uint8Array<ArrayBuffer>;
  for (let i = random(3); i >= 0; i--) copy = changedPart(copy, random);
  return random(4) === 0 ? damagedBytes(copy, random) : copy;
}
