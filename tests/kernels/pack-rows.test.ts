// Only with `packed_4x8_integer_dot_product`; where WGSL lacks it, nothing chooses the kernel.

import { describe, expect, test } from 'vitest';
import { openGpu } from '../../src/gpu/device.ts';
import { packRows } from '../../src/kernels/rows/pack-rows.ts';
import { packedShapes, type PackedRows } from '../../src/kernels/rows/packed-rows.ts';
import { packRowReference } from '../reference/pack-rows.ts';
import { useGpu } from './gpu-harness.ts';
import { floats } from './random.ts';

const gpu = useGpu();
const probe = await openGpu();
const { packedIntegers } = probe.capabilities;
probe.device.destroy();

const shapes = [
  { why: 'the control', rows: 3, k: 64 },
  { why: 'the smallest row', rows: 1, k: 4 },
  { why: 'a block and a quad', rows: 5, k: 36 },
  { why: 'more blocks than a workgroup has invocations', rows: 70, k: 100 },
  { why: 'a released width', rows: 2, k: 2560 },
];

async function pack(x: Float32Array, rows: number, planes: PackedRows['planes']) {
  const k = x.length / rows;
  const sizes = packedShapes(rows, k, planes);
  const words = new Uint32Array(rows * sizes.codes[1]);
  const codes = gpu().output('codes', sizes.codes, words);
  const scales = gpu().output('scales', sizes.scales);
  await gpu().run(packRows(gpu().input('x', [rows, k], x), { planes, k, codes, scales }));
  return {
    codes: new Int8Array((await gpu().readIntegers(codes)).buffer),
    scales: await gpu().read(scales),
  };
}

if (packedIntegers)
  describe.each([1, 2] as const)('pack-rows into %i planes', (planes) => {
    test.each(shapes)('matches the reference for $why', async ({ rows, k }) => {
      const x = floats(1, rows * k, 3);
      x.fill(0, 0, Math.min(32, k)); // a block of nothing
      const { codes, scales } = await pack(x, rows, planes);
      const blocks = Math.ceil(k / 32);
      for (let row = 0; row < rows; row++) {
        const expected = packRowReference(x.subarray(row * k, (row + 1) * k));
        for (let block = 0; block < blocks; block++) {
          const scale = expected.scales[block]!;
          expect(Math.abs(scales[row * blocks + block]! - scale)).toBeLessThanOrEqual(scale * 2 ** -21);
        }
        for (let i = 0; i < 32 * blocks; i++) {
          const at = row * planes * 32 * blocks + i;
          const value = (256 * codes[at]! + (planes === 2 ? codes[at + 32 * blocks]! : 0)) / 256;
          const wanted = expected.high[i]! + (planes === 2 ? expected.low[i]! / 256 : 0);
          // A value in the middle of two codes may become either; all others only one.
          const exact =
            i < k && expected.scales[i >> 5]! > 0 ? x[row * k + i]! / expected.scales[i >> 5]! : 0;
          if (value !== wanted)
            expect(Math.abs(value - exact)).toBeLessThan((planes === 2 ? 0.502 : 128.1) / 256);
          if (i >= k) expect(codes[at]).toBe(0);
        }
      }
    });

    test('the largest of a block is 127, whichever sign and size it has', async () => {
      const x = Float32Array.of(1e20, 0, 0, 0, ...Array(28).fill(1), -1e-20, ...Array(31).fill(0));
      const { codes, scales } = await pack(x, 1, planes);
      expect([codes[0], codes[32]]).toEqual([127, -127]);
      expect(scales[0]! / (1e20 / 127)).toBeCloseTo(1, 5);
      expect(scales[1]! / (1e-20 / 127)).toBeCloseTo(1, 5);
    });
  });
else test('is not chosen here', () => expect(packedIntegers).toBe(false));
