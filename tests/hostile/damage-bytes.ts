// Files of bytes as someone who means harm would write them, or a broken disk: bits, lengths, order and end are changed.

import { one, type Random } from './damage-json.ts';

/** Numbers that lengths, counts and offsets are set to. */
const numbers = [
  0, 1, 7, 8, 0x7f, 0xff, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff,
];
const longs = [
  0n,
  1n,
  8n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  1n << 53n,
  (1n << 63n) - 1n,
  (1n << 64n) - 1n,
];

/** A copy in which one thing is changed that needs no knowledge of the format. */
export function changedBytes(bytes: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  const copy = bytes.slice();
  const at = random(copy.length || 1);
  const length = random(one(random, [4, 64, copy.length || 1]));
  const view = new DataView(copy.buffer);
  const [head, middle, tail] = [copy.subarray(0, at), copy.subarray(at, at + length), copy.subarray(at + length)];
  switch (random(9)) {
    case 0:
      if (copy.length > 0) copy[at] = (copy[at] ?? 0) ^ (1 << random(8));
      return copy;
    case 1:
      copy.fill(one(random, [0, 0xff, 0x80, 0x7f]), at, at + length);
      return copy;
    case 2:
      if (at + 4 <= copy.length) view.setUint32(at, one(random, numbers), random(2) === 0);
      return copy;
    case 3:
      if (at + 8 <= copy.length) view.setBigUint64(at, one(random, longs), random(2) === 0);
      return copy;
    case 4:
      if (at + 2 <= copy.length) view.setUint16(at, one(random, numbers) & 0xffff, random(2) === 0);
      return copy;
    case 5:
      return head.slice();
    case 6:
      return joined([head, tail]);
    case 7:
      return joined([head, middle, ...Array.from({ length: random(20) }, () => middle), tail]);
    default:
      return joined([head, Uint8Array.from({ length: random(40) }, () => random(256)), tail]);
  }
} // prettier-ignore

/** A few of these changes, one on top of the other. */
export function damagedBytes(bytes: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  let copy = bytes.slice() as Uint8Array<ArrayBuffer>;
  for (let i = random(4); i >= 0; i--) copy = changedBytes(copy, random);
  return copy;
}

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
