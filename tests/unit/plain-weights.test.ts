// Weights that are read into this thread's memory, for computing without WebGPU.

import { expect, test } from 'vitest';
import { decodeMatrix, encodeMatrix } from '../../src/weights/formats/formats.ts';
import { plainBytes, PlainStore } from '../../src/weights/store/plain-weights.ts';

const values = Float32Array.from({ length: 130 * 36 }, (_, i) => Math.sin(i));
const expected = new Map([
  ['q8.weight', { shape: [130, 36], format: 'q8' as const }],
  ['norm.weight', { shape: [36], format: 'f32' as const }],
]);

test('stored bytes in any order become f32, also by another name', () => {
  const store = new PlainStore(expected);
  const matrix = encodeMatrix('q8', values, 130, 36);
  const vector = new Uint8Array(values.buffer, 0, 36 * 4);
  store.write('q8.weight', 512, matrix.subarray(512));
  store.write('norm.weight', 0, vector);
  expect(() => store.tensors(new Map())).toThrow(/bytes were written/);
  store.write('q8.weight', 0, matrix.subarray(0, 512));
  const tensors = store.tensors(new Map([['lm_head.weight', 'q8.weight']]));
  expect(tensors.get('q8.weight')).toEqual(decodeMatrix('q8', matrix, 130, 36));
  expect(tensors.get('lm_head.weight')).toBe(tensors.get('q8.weight'));
  expect(tensors.get('norm.weight')).toEqual(values.slice(0, 36));
});

test('what a model takes is counted as f32, whatever it is stored in', () => {
  expect(plainBytes(expected)).toBe((130 * 36 + 36) * 4);
});
