// Do bytes that come in any order and in any pieces land where the kernels read them, also where limits cut matrices?

import { expect, test } from 'vitest';
import { Readback } from '../../src/gpu/readback.ts';
import { linear } from '../../src/kernels/linear/linear.ts';
import { encodeMatrix, matrixBytes, type WeightFormat } from '../../src/weights/formats/formats.ts';
import { GpuStore, type ExpectedTensor } from '../../src/weights/store/gpu-store.ts';
import { matmulReference } from '../reference/matmul.ts';
import { tolerances } from '../tolerances.ts';
import { expectClose, useGpu } from './gpu-harness.ts';
import { storedValues, weightFormats } from './matrices.ts';
import { narrowDevice } from './narrow-device.ts';
import { floats, seeded, shuffled } from './random.ts';

const gpu = useGpu();

/** Cuts bytes at random multiples of 4 and writes the pieces in random order. */
function writeShuffled(store: GpuStore, name: string, bytes: Uint8Array, seed: number): void {
  const random = seeded(seed);
  const cuts = new Set([0, bytes.byteLength]);
  for (let i = 0; i < 9; i++) cuts.add(4 * Math.floor((random() * bytes.byteLength) / 4));
  const edges = [...cuts].sort((a, b) => a - b);
  for (const i of shuffled(seed, edges.length - 1))
    store.write(name, edges[i]!, bytes.subarray(edges[i]!, edges[i + 1]!));
}

const bytesOf = (values: Float32Array) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

test.each(weightFormats)('a %s matrix in five parts multiplies as its stored values say', async (format) => {
  const [rows, k] = [588, 112];
  const limit = matrixBytes(format, 128, k).byteLength;
  const values = floats(1, rows * k);
  const bytes = encodeMatrix(format, values, rows, k);
  const store = new GpuStore(
    narrowDevice(gpu().device, limit),
    new Map([['w', { shape: [rows, k], format }]]),
  );
  writeShuffled(store, 'w', bytes, 3);
  const weights = store.weights();
  expect(await store.read('w', 8, bytes.byteLength - 8)).toEqual(bytes.subarray(8));
  const matrix = weights.matrix('w');
  expect(matrix).toMatchObject({ label: 'w', format, rows, columns: k });
  expect(matrix.parts.map((part) => part.rows)).toEqual([128, 128, 128, 128, 76]);

  for (const tokens of [1, 9]) {
    const x = floats(2, tokens * k);
    const y = gpu().output('y', [tokens, 400]);
    await gpu().run(
      ...linear(gpu().kernels, gpu().input('x', [tokens, k], x), matrix, y, { weightRow: 100 }),
    );
    const expected = new Float64Array(tokens * 400);
    const sizes = { rows: tokens, columns: 400, k };
    matmulReference(x, storedValues(format, values, rows, k), expected, sizes, { weightRow: 100 });
    expectClose(await gpu().read(y), expected, tolerances.dotProduct);
  }
  weights.destroy();
});

test('vectors, tables that are added and aliases are found by their names', async () => {
  const expected = new Map<string, ExpectedTensor>([
    ['norm', { shape: [24], format: 'f32' }],
    ['vit.positional_embedding', { shape: [3, 8], format: 'f32' }],
    ['wte', { shape: [8, 4], format: 'f16' }],
  ]);
  const store = new GpuStore(gpu().device, expected, new Map([['head', 'wte']]));
  store.write('vit.positional_embedding', 0, bytesOf(floats(1, 24)));
  store.write('norm', 0, bytesOf(floats(2, 24)));
  store.write('wte', 0, encodeMatrix('f16', floats(3, 32), 8, 4));
  const weights = store.weights();
  const readback = new Readback(gpu().device);
  expect(new Float32Array(await readback.read(weights.get('norm')))).toEqual(floats(2, 24));
  expect(weights.get('vit.positional_embedding').shape).toEqual([3, 8]);
  expect(weights.matrix('head')).toBe(weights.matrix('wte'));
  expect(weights.parameters).toBe(24 + 24 + 32 + 32);
  expect(weights.byteLength).toBe(3 * 256); // buffers are multiples of 256 bytes
  expect(() => weights.get('wte')).toThrow('wte is a matrix');
  expect(() => weights.matrix('norm')).toThrow('norm is no matrix');
  expect(() => weights.get('other')).toThrow('no tensor is called other');
  readback.destroy();
  weights.destroy();
});

test('a model with a byte missing is not finished, and bytes outside of a tensor are refused', () => {
  const format: WeightFormat = 'q4';
  const store = new GpuStore(gpu().device, new Map([['w', { shape: [4, 32], format }]]));
  const bytes = encodeMatrix(format, floats(1, 128), 4, 32);
  expect(() => store.write('w', 4, bytes)).toThrow('bytes 4 to 2308 of the 2304 of w');
  expect(() => store.write('w', 2, bytes.subarray(0, 4))).toThrow('bytes 2 to 6');
  store.write('w', 0, bytes.subarray(0, bytes.byteLength - 4));
  expect(() => store.weights()).toThrow('2300 of 2304 bytes of w were written');
  store.destroy();
});
