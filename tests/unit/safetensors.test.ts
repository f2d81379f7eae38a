import { expect, test } from 'vitest';
import { floats, headerLength, parseHeader, readable } from '../../src/weights/checkpoint/safetensors.ts';

const header = (json: unknown) =>
  new TextEncoder().encode(typeof json === 'string' ? json : JSON.stringify(json));
const tensor = { dtype: 'F32', shape: [2, 3], data_offsets: [8, 32] };

test('offsets are counted from the end of the header', () => {
  const bytes = header({ __metadata__: { format: 'pt' }, w: tensor });
  const start = 8 + bytes.byteLength + 8;
  expect(parseHeader(bytes, 'm')).toEqual([
    { name: 'w', dtype: 'F32', shape: [2, 3], start, end: start + 24 },
  ]);
});

test.each([
  ['no JSON', '{"w":', /not JSON/],
  ['a list', [], /not an object/],
  [
    'a shape that does not fit the offsets',
    { w: { ...tensor, shape: [2, 4] } },
    /takes 32 bytes, its offsets span 24/,
  ],
  ['a negative size', { w: { ...tensor, shape: [-2, 3] } }, /no usable shape/],
  ['a fraction', { w: { ...tensor, data_offsets: [0.5, 24.5] } }, /no usable shape/],
  ['a shape beyond all numbers', { w: { ...tensor, shape: [2 ** 30, 2 ** 30] } }, /is too large/],
  ['nine axes', { w: { ...tensor, shape: [1, 1, 1, 1, 1, 1, 1, 2, 3] } }, /no usable shape/],
  ['tensors that overlap', { v: { ...tensor, data_offsets: [0, 24] }, w: tensor }, /"v" and "w" overlap/],
  ['the same bytes twice', { v: tensor, w: tensor }, /"v" and "w" overlap/],
  ['a tensor behind the end', { w: { ...tensor, data_offsets: [1000, 1024] } }, /ends at byte 1\d+ of 1000/],
  ['a name twice', '{"w":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"w":{}}', /key "w" twice/],
  [
    'NaN',
    '{"w":{"dtype":"F32","shape":[NaN],"data_offsets":[0,0]}}',
    /"shape" is NaN, which JSON cannot hold/,
  ],
  ['an infinite size', '{"w":{"dtype":"F32","shape":[1e999],"data_offsets":[0,0]}}', /no usable shape/],
  ['a prototype for a tensor', '{"__proto__":{"dtype":"F32"}}', /"__proto__" has no usable shape/],
  ['deep nesting', '{"w":'.repeat(1000), /nested deeper/],
  ['a number for a type', { w: { ...tensor, dtype: 32 } }, /"w" has 32 for a type/],
  ['no type', { w: { ...tensor, dtype: undefined } }, /"w" has nothing for a type/],
  ['wide values in few bytes', { w: { ...tensor, dtype: 'I64' } }, /I64 takes 48 bytes, its offsets span 24/],
  [
    'offsets that run backwards',
    { w: { ...tensor, dtype: 'F4', data_offsets: [32, 8] } },
    /ends before it begins/,
  ],
])('a header with %s is refused', (_, json, message) => {
  expect(() => parseHeader(header(json), 'model.safetensors', 1000)).toThrow(message);
});

test.each([
  [Uint8Array.of(1, 2), /2 bytes/],
  [Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 0), /claims 72057594037927940 bytes/],
  [new Uint8Array(8), /claims 0 bytes/],
  [Uint8Array.of(0, 0, 0, 6, 0, 0, 0, 0), /claims 100663296 bytes/],
  [Uint8Array.of(1, 4, 0, 0, 0, 0, 0, 0), /claims 1025 bytes/],
])('a file that begins with %o is refused', (first, message) => {
  expect(() => headerLength(first, 'model.safetensors', 1032)).toThrow(message);
});

test('bf16 widens exactly, from any byte offset', () => {
  const bytes = new Uint8Array([9, 9, 0x80, 0x3f, 0xc0, 0xbf, 0x80, 0x7f, 0x01, 0x00]);
  expect([...floats(bytes.subarray(2), 'BF16')]).toEqual([1, -1.5, Infinity, 2 ** -133]);
});

test('f16 widens exactly: every finite value equals its definition', () => {
  const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const wide = floats(new Uint8Array(all.buffer), 'F16');
  let wrong = 0;
  for (const half of all) {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    if (exponent === 31) {
      const ok = fraction === 0 ? wide[half] === sign * Infinity : Number.isNaN(wide[half]);
      if (!ok) wrong += 1;
      continue;
    }
    const value = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
    if (!Object.is(wide[half], sign * value)) wrong += 1;
  }
  expect(wrong).toBe(0);
});

test.each([
  ['I64', 8],
  ['BOOL', 1],
  ['U8', 1],
  ['I32', 4],
  ['F64', 8],
  ['F8_E4M3', 1],
  ['F4', 0.5], // a type that nobody had thought of
])('a tensor of type %s is listed, and refused only when it is to be read', (dtype, bytes) => {
  const [first] = parseHeader(
    header({ w: { dtype, shape: [4, 6], data_offsets: [0, 24 * bytes] } }),
    'm',
    1000,
  );
  expect(first).toMatchObject({ name: 'w', dtype, shape: [4, 6] });
  expect(() => readable(first!, 'm')).toThrow(`m: tensor "w" is "${dtype}"; F32, F16 and BF16 can be read.`);
});
