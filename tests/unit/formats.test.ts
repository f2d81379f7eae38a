import { describe, expect, test } from 'vitest';
import {
  decodeMatrix,
  encodeMatrix,
  encodeRows,
  formatOf,
  matrixBytes,
  rowOffsets,
} from '../../src/weights/formats/formats.ts';
import { decodeHalves, encodeHalves, halfOf } from '../../src/weights/formats/half.ts';
import { seeded } from '../kernels/random.ts';
import { halfValue, nearestHalf, storedBlock } from '../reference/weight-formats.ts';

/** Normally distributed values; one in 200 is ten times as large. */
function weights(seed: number, count: number, deviation = 0.02): Float32Array<ArrayBuffer> {
  const random = seeded(seed);
  return Float32Array.from({ length: count }, () => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return deviation * normal * (random() < 0.005 ? 10 : 1);
  });
}

function relativeError(actual: Float32Array, expected: Float32Array): number {
  let error = 0;
  let size = 0;
  expected.forEach((value, i) => {
    error += (actual[i]! - value) ** 2;
    size += value ** 2;
  });
  return Math.sqrt(error / size);
}

const f32Bits = (bits: number) => new Float32Array(Uint32Array.of(bits).buffer)[0]!;

describe('f16', () => {
  test('every finite f16 comes back as itself', () => {
    const finite = Uint16Array.from({ length: 65536 }, (_, half) => half).filter(
      (h) => (h & 0x7c00) !== 0x7c00,
    );
    const values = new Float32Array(finite.length);
    decodeHalves(finite, values);
    expect(values.every((value, i) => Object.is(value, halfValue(finite[i]!)))).toBe(true);
    const again = new Uint16Array(finite.length);
    expect(encodeHalves(values, again)).toBe(-1);
    expect(again).toEqual(finite);
  });

  test('between every two neighbours the middle goes to the even one, and what is beside it to the nearer', () => {
    const inputs: number[] = [];
    const expected: number[] = [];
    for (let half = 0; half < 0x7bff; half++) {
      const middle = Math.fround((halfValue(half) + halfValue(half + 1)) / 2); // exact: f32 has 13 more bits
      const bits = new Uint32Array(Float32Array.of(middle).buffer)[0]!;
      for (const sign of [0, 0x8000]) {
        inputs.push(...[middle, f32Bits(bits - 1), f32Bits(bits + 1)].map((v) => (sign ? -v : v)));
        expected.push(...[half + (half & 1), half, half + 1].map((h) => h | sign));
      }
    }
    const halves = new Uint16Array(inputs.length);
    expect(encodeHalves(Float32Array.from(inputs), halves)).toBe(-1);
    expect(halves.findIndex((half, i) => half !== expected[i])).toBe(-1);
    expect(inputs.findIndex((value, i) => halfOf(value) !== expected[i])).toBe(-1);
  });

  test('random values of every magnitude go to the nearest f16', () => {
    const random = seeded(5);
    const values = Float32Array.from({ length: 20_000 }, () => (random() - 0.5) * 2 ** (44 * random() - 28));
    const halves = new Uint16Array(values.length);
    expect(encodeHalves(values, halves)).toBe(-1);
    expect(values.findIndex((value, i) => halves[i] !== nearestHalf(value))).toBe(-1);
  });

  test('zeros keep their sign and what is below half of the smallest f16 becomes zero', () => {
    expect([0, -0, 2 ** -25, -(2 ** -25), 2 ** -126, 2 ** -149].map(halfOf)).toEqual([
      0, 0x8000, 0, 0x8000, 0, 0,
    ]);
    expect(halfOf(f32Bits(0x33000001))).toBe(1); // the f32 after 2^-25
  });

  test.each([65520, -65520, 2 ** 100, Infinity, NaN])(
    '%d has no f16 and is refused by its value',
    (value) => {
      const values = Float32Array.of(1, 2, 3, 65519, 4, value, 5, 6);
      expect(encodeHalves(values, new Uint16Array(8))).toBe(5);
      expect(() => encodeMatrix('f16', values, 2, 4)).toThrow(
        expect.objectContaining({
          code: 'unsupported-model',
          message: expect.stringContaining(`A weight is ${value}`),
        }),
      );
    },
  );

  test('what still rounds to 65504 is accepted', () => {
    expect([
      ...decodeMatrix('f16', encodeMatrix('f16', Float32Array.of(65519, -65504, 0, 1), 1, 4), 1, 4),
    ]).toEqual([65504, -65504, 0, 1]);
  });
});

test('f32 is stored as it is', () => {
  const values = weights(1, 24);
  expect(decodeMatrix('f32', encodeMatrix('f32', values, 2, 12), 2, 12)).toEqual(values);
});

const shapes = [
  { rows: 128, columns: 64, why: 'nothing is padded' },
  { rows: 1, columns: 4, why: 'nearly all is padding' },
  { rows: 65, columns: 112, why: 'a row beyond a tile and half a block' },
  { rows: 272, columns: 24, why: 'less than a block of columns' },
  { rows: 129, columns: 588, why: 'a row beyond the padding, 588 columns' },
];

describe.each(['q8', 'q4'] as const)('%s', (format) => {
  const largestCode = format === 'q8' ? 127 : 8;

  test.each(shapes)(
    'every value is its nearest code times the scale of its block: $why',
    ({ rows, columns }) => {
      const values = weights(2, rows * columns);
      const bytes = encodeMatrix(format, values, rows, columns);
      const decoded = decodeMatrix(format, bytes, rows, columns);
      const [least, most] = format === 'q8' ? [-127, 127] : [-8, 7];
      let wrong = 0;
      for (let n = 0; n < rows; n++) {
        for (let k = 0; k < columns; k++) {
          const value = values[n * columns + k]!;
          const { code, scale } = storedBlock(format, bytes, rows, columns, n, k);
          const nearest = Math.max(least, Math.min(most, value / scale));
          if (!(Math.abs(code - nearest) <= 0.5 + 1e-9)) wrong += 1;
          if (decoded[n * columns + k] !== Math.fround(code * scale)) wrong += 1;
        }
      }
      expect(wrong).toBe(0);
    },
  );

  test.each(shapes)('padding is zero: $why', ({ rows, columns }) => {
    const bytes = encodeMatrix(format, new Float32Array(rows * columns).fill(3), rows, columns);
    const rowEnd = Math.ceil(rows / 128) * 128;
    let wrong = 0;
    for (let n = 0; n < rowEnd; n++)
      for (let k = 0; k < Math.ceil(columns / 32) * 32; k++) {
        const { code, scale } = storedBlock(format, bytes, rows, columns, n, k);
        const inside = n < rows && k < columns;
        const right = inside ? Math.abs(code * scale - 3) < 0.002 : n < rows ? code === 0 : scale === 0;
        if (!right) wrong += 1;
      }
    expect(wrong).toBe(0);
  });

  test.each(shapes)('slices of 128 rows put together are the whole: $why', ({ rows, columns }) => {
    const values = weights(3, rows * columns);
    const whole = encodeMatrix(format, values, rows, columns);
    const joined = new Uint8Array(whole.byteLength).fill(0xee);
    for (let first = 0; first < rows; first += 128) {
      const count = Math.min(128, rows - first);
      const slice = values.subarray(first * columns, (first + count) * columns);
      const offsets = rowOffsets(format, rows, columns, first);
      const { codes, scales } = encodeRows(format, slice, count, columns);
      expect([offsets.codes % 256, offsets.scales % 256]).toEqual([0, 0]);
      joined.set(codes, offsets.codes);
      joined.set(scales, offsets.scales);
    }
    expect(joined).toEqual(whole);
  });

  test('the relative error of normally distributed weights keeps its bound', () => {
    const values = weights(4, 256 * 320);
    const error = relativeError(
      decodeMatrix(format, encodeMatrix(format, values, 256, 320), 256, 320),
      values,
    );
    expect(error).toBeLessThan(format === 'q8' ? 0.01 : 0.15);
    expect(error).toBeGreaterThan(format === 'q8' ? 0.002 : 0.03);
  });

  test('a block of zeros is zeros, and one of tiny values does not vanish', () => {
    const values = new Float32Array(64);
    values[40] = 2e-8;
    const decoded = decodeMatrix(format, encodeMatrix(format, values, 1, 64), 1, 64);
    expect([...decoded.subarray(0, 32)]).toEqual(Array.from({ length: 32 }, () => 0));
    values[40] = 1e-6;
    expect(decodeMatrix(format, encodeMatrix(format, values, 1, 64), 1, 64)[40]).toBeCloseTo(1e-6, 7);
  });

  test('what a block cannot hold is refused by its value', () => {
    for (const value of [NaN, Infinity, -Infinity, 1e9]) {
      const values = new Float32Array(64).fill(0.5);
      values[33] = value;
      expect(() => encodeMatrix(format, values, 1, 64)).toThrow(
        expect.objectContaining({
          code: 'unsupported-model',
          message: expect.stringContaining(`is ${value}`),
        }),
      );
    }
    const large = Float32Array.of(50_000 * largestCode, -50_000 * largestCode, 0, 1);
    expect(decodeMatrix(format, encodeMatrix(format, large, 1, 4), 1, 4)[1]).toBeCloseTo(
      -50_000 * largestCode,
      -5,
    );
  });
});

test('a scale of q4 may be negative, so that the largest value is exact on either side', () => {
  for (const sign of [1, -1]) {
    const values = Float32Array.from({ length: 32 }, (_, i) => (sign * ((i % 16) - 8)) / 4);
    expect(decodeMatrix('q4', encodeMatrix('q4', values, 1, 32), 1, 32)).toEqual(values);
  }
});

test('byte counts are those of the layout', () => {
  expect(matrixBytes('f32', 3, 8)).toEqual({ codeBytes: 96, scaleBytes: 0, byteLength: 96 });
  expect(matrixBytes('f16', 3, 8)).toEqual({ codeBytes: 48, scaleBytes: 0, byteLength: 48 });
  expect(matrixBytes('q8', 129, 33)).toEqual({
    codeBytes: 256 * 2 * 32,
    scaleBytes: 256 * 2 * 2,
    byteLength: 256 * 2 * 34,
  });
  expect(matrixBytes('q4', 129, 33)).toEqual({
    codeBytes: 256 * 2 * 16,
    scaleBytes: 256 * 2 * 2,
    byteLength: 256 * 2 * 18,
  });
});

test.each([
  ['model.transformer.wte.embedding', [100, 64], 'q4'],
  ['model.transformer.wte.new_embedding', [12, 64], 'q4'],
  ['lm_head.weight', [100, 64], 'q4'],
  ['model.transformer.blocks.0.mlp.ff_out.weight', [64, 96], 'q4'],
  ['model.transformer.blocks.0.attn_norm.weight', [64], 'f32'],
  ['model.transformer.blocks.0.self_attn.att_proj.bias', [192], 'f32'],
  ['model.vision_backbone.image_vit.patch_embedding.weight', [64, 588], 'f16'],
  ['model.vision_backbone.image_vit.patch_embedding.bias', [64], 'f32'],
  ['model.vision_backbone.image_vit.positional_embedding', [729, 64], 'f32'],
  ['model.vision_backbone.image_projector.w2.weight', [64, 96], 'f16'],
])('%s %j is stored as %s in a q4 bundle', (name, shape, format) => {
  expect(formatOf(name, shape, 'q4')).toBe(format);
});
