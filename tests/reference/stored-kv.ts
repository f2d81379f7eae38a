// What a head's key or value is worth once it lies in the cache.

import type { KvFormat } from '../../src/kernels/attention/kv-layer.ts';

type Head = Float64Array<ArrayBuffer>;

/** Nearest value with 11 bits, ties to the even one: adding 1.5 * 2^52 leaves no bits behind the point. */
function half(value: number): number {
  if (value === 0) return 0;
  const step = 2 ** (Math.max(-14, Math.floor(Math.log2(Math.abs(value)))) - 10);
  return (value / step + 1.5 * 2 ** 52 - 1.5 * 2 ** 52) * step;
}

/** int8: codes -127 .. 127 of the head's largest magnitude, which is stored as a half. */
function eightBits(head: Head): Head {
  const most = half(head.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0));
  if (most === 0) return new Float64Array(head.length);
  return head.map((value) => (Math.round(Math.max(-1, Math.min(1, value / most)) * 127) * most) / 127);
}

export const storedHead: Readonly<Record<KvFormat, (head: Head) => Head>> = {
  f32: (head) => head,
  f16: (head) => head.map(half),
  int8: eightBits,
};
