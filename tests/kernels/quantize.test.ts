// Do the kernels store a checkpoint's rows as src/weights/formats/formats.ts does? Their arithmetic is f32 where that file's is f64,
// so rare ties may fall to the other side; the error must not grow.

import { describe, expect, test } from 'vitest';
import { Readback } from '../../src/gpu/readback.ts';
import { decodeMatrix, encodeMatrix, matrixBytes } from '../../src/weights/formats/formats.ts';
import { GpuQuantizer } from '../../src/weights/store/gpu-quantizer.ts';
import { GpuStore } from '../../src/weights/store/gpu-store.ts';
import { encodeHalves } from '../../src/weights/formats/half.ts';
import { floats as widened, type StoredType } from '../../src/weights/checkpoint/safetensors.ts';
import { storedBlock } from '../reference/weight-formats.ts';
import { useGpu } from './gpu-harness.ts';
import { narrowDevice } from './narrow-device.ts';
import { seeded } from './random.ts';

const gpu = useGpu();

type Format = 'f16' | 'q8' | 'q4';
const formats: readonly Format[] = ['f16', 'q8', 'q4'];

/** Normally distributed values; one in 200 is ten times as large. */
function weights(seed: number, count: number): Float32Array<ArrayBuffer> {
  const random = seeded(seed);
  return Float32Array.from({ length: count }, () => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return 0.02 * normal * (random() < 0.005 ? 10 : 1);
  });
}

/** Values as a checkpoint's file holds them. */
function raw(values: Float32Array<ArrayBuffer>, type: StoredType): Uint8Array<ArrayBuffer> {
  if (type === 'F32') return new Uint8Array(values.buffer);
  const halves = new Uint16Array(values.length);
  if (type === 'F16') encodeHalves(values, halves);
  else new Uint32Array(values.buffer).forEach((bits, i) => (halves[i] = bits >>> 16));
  return new Uint8Array(halves.buffer);
}

interface Shape {
  readonly rows: number;
  readonly columns: number;
  /** Rows that are converted at once. */
  readonly slice: number;
}

/** What the GPU stores. */
async function quantized(
  format: Format,
  bytes: Uint8Array<ArrayBuffer>,
  type: StoredType,
  { rows, columns, slice }: Shape,
  device = gpu().device,
): Promise<Uint8Array<ArrayBuffer>> {
  const store = new GpuStore(device, new Map([['w', { shape: [rows, columns], format }]]));
  const quantizer = new GpuQuantizer(device, store);
  const rowBytes = bytes.byteLength / rows;
  for (let firstRow = 0; firstRow < rows; firstRow += slice) {
    const count = Math.min(slice, rows - firstRow);
    const own = bytes.subarray(firstRow * rowBytes, (firstRow + count) * rowBytes);
    await quantizer.writeRows('w', { firstRow, rows: count, type, bytes: own });
  }
  await quantizer.finish();
  quantizer.destroy();
  const model = store.weights();
  const stored = await store.read('w', 0, matrixBytes(format, rows, columns).byteLength);
  model.destroy();
  return stored;
}

function relativeError(stored: Float32Array, values: Float32Array): number {
  let error = 0;
  let size = 0;
  values.forEach((value, i) => {
    error += (stored[i]! - value) ** 2;
    size += value ** 2;
  });
  return Math.sqrt(error / size);
}

/** Fails unless the GPU's bytes are as good as those of the scalar encoder, and nearly the same. */
function expectSame(
  format: Format,
  actual: Uint8Array,
  values: Float32Array,
  { rows, columns }: Shape,
): void {
  const expected = encodeMatrix(format, values, rows, columns);
  if (format === 'f16') return expect(actual).toEqual(expected);
  const [mine, theirs] = [actual, expected].map((bytes) => decodeMatrix(format, bytes, rows, columns));
  expect(relativeError(mine!, values)).toBeLessThanOrEqual(1.01 * relativeError(theirs!, values));
  let differing = 0;
  let most = 0;
  for (let n = 0; n < rows; n++)
    for (let k = 0; k < columns; k++) {
      const codes = [actual, expected].map((bytes) => storedBlock(format, bytes, rows, columns, n, k).code);
      const difference = Math.abs(codes[0]! - codes[1]!);
      if (difference > 0) differing += 1;
      most = Math.max(most, difference);
    }
  expect(most).toBeLessThanOrEqual(2); // a block whose two best scales are as good as equal may take the other
  expect(differing / (rows * columns)).toBeLessThanOrEqual(1 / 1000);
}

const shapes = [
  { rows: 128, columns: 64, slice: 128, why: 'the control' },
  { rows: 1, columns: 4, slice: 128, why: 'the smallest matrix' },
  { rows: 65, columns: 24, slice: 128, why: 'an odd row beyond a tile, less than a block of columns' },
  { rows: 400, columns: 112, slice: 256, why: 'two slices, three blocks and a half' },
  { rows: 300, columns: 588, slice: 128, why: 'three slices of 588 columns' },
  { rows: 129, columns: 2560, slice: 128, why: 'a slice of one row' },
];

describe.each(formats)('to %s', (format) => {
  test.each(shapes)('f32 rows are stored as the scalar encoder stores them: $why', async (shape) => {
    const values = weights(1, shape.rows * shape.columns);
    expectSame(format, await quantized(format, raw(values, 'F32'), 'F32', shape), values, shape);
  });

  test.each(['BF16', 'F16'] as const)('%s rows too', async (type) => {
    const shape = { rows: 200, columns: 272, slice: 128 };
    const bytes = raw(weights(2, shape.rows * shape.columns), type);
    expectSame(format, await quantized(format, bytes, type, shape), widened(bytes, type), shape);
  });

  test('slices that lie in several parts of a matrix, or exceed a binding, are cut', async () => {
    const shape = { rows: 1100, columns: 64, slice: 768 };
    const values = weights(3, shape.rows * shape.columns);
    const device = narrowDevice(gpu().device, 128 * shape.columns * 4);
    expectSame(format, await quantized(format, raw(values, 'F32'), 'F32', shape, device), values, shape);
  });

  test('zeros and tiny values keep what can be kept', async () => {
    const shape = { rows: 2, columns: 96, slice: 128 };
    const values = new Float32Array(192);
    values.set([1e-38, -1e-35, 2e-8, 1e-6, -3e-6, 5e-5], 32);
    values.set([1e-33, 0, -0], 96);
    const stored = await quantized(format, raw(values, 'F32'), 'F32', shape);
    const expected = encodeMatrix(format, values, 2, 96);
    expect(decodeMatrix(format, stored, 2, 96)).toEqual(decodeMatrix(format, expected, 2, 96));
  });

  test.each([NaN, Infinity, -Infinity, 1e9])('%d is reported with the name of its tensor', async (value) => {
    const values = weights(4, 256 * 32);
    values[5000] = value;
    const shape = { rows: 256, columns: 32, slice: 128 };
    await expect(quantized(format, raw(values, 'F32'), 'F32', shape)).rejects.toThrow(
      expect.objectContaining({ code: 'unsupported-model', message: expect.stringContaining('"w"') }),
    );
  });
});

test('vectors and f32 matrices are widened and stored as they are', async () => {
  const store = new GpuStore(
    gpu().device,
    new Map([
      ['norm', { shape: [8], format: 'f32' as const }],
      ['w', { shape: [130, 4], format: 'f32' as const }],
    ]),
  );
  const quantizer = new GpuQuantizer(gpu().device, store);
  const [vector, matrix] = [raw(weights(5, 8), 'BF16'), raw(weights(6, 520), 'F16')];
  quantizer.writeVector('norm', 'BF16', vector);
  await quantizer.writeRows('w', { firstRow: 128, rows: 2, type: 'F16', bytes: matrix.slice(128 * 8) });
  await quantizer.writeRows('w', { firstRow: 0, rows: 128, type: 'F16', bytes: matrix.slice(0, 128 * 8) });
  await quantizer.finish();
  const model = store.weights();
  const readback = new Readback(gpu().device);
  expect(new Float32Array(await readback.read(model.get('norm')))).toEqual(widened(vector, 'BF16'));
  expect(new Float32Array((await store.read('w', 0, 520 * 4)).buffer)).toEqual(widened(matrix, 'F16'));
  readback.destroy();
  quantizer.destroy();
  model.destroy();
});
