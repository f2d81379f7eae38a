import { expect, test } from 'vitest';
import { normalizationTable, normalizePatches } from '../../src/kernels/rows/normalize-patches.ts';
import { normalizePatchesReference } from '../reference/normalize-patches.ts';
import { tolerances } from '../tolerances.ts';
import { expectClose, guard, useGpu } from './gpu-harness.ts';
import { integers } from './random.ts';

const gpu = useGpu();

const half = [0.5, 0.5, 0.5];
// Different in every channel, so that a channel taken for another shows.
const uneven = { mean: [0.1, 0.5, 0.9], std: [0.25, 0.5, 2] };

const control = { patches: 16, values: 588, mean: half, std: half, spareRows: 0 };

const cases = [
  { why: 'the control', ...control },
  { why: 'one patch of 2 x 2 pixels', ...control, patches: 1, values: 12 },
  { why: 'an odd number of patches', ...control, patches: 5 },
  { why: 'the patches of a crop', ...control, patches: 729 },
  { why: 'its own mean and deviation in each channel', ...control, ...uneven },
  { why: 'rows of y that stay as they are', ...control, patches: 3, spareRows: 1 },
];

test.each(cases)('normalize-patches matches the reference with $why', async (c) => {
  const { patches, values, mean, std, spareRows } = c;
  const bytes = Uint8Array.from(integers(1, patches * values, 256));
  const y = gpu().output('y', [patches + spareRows, values]);
  const table = gpu().input('table', [3, 256], normalizationTable(mean, std));
  await gpu().run(normalizePatches(gpu().input('bytes', [patches, values], bytes), table, y));

  const expected = new Float64Array((patches + spareRows) * values).fill(guard);
  expected.set(normalizePatchesReference(bytes, mean, std));
  expectClose(await gpu().read(y), expected, tolerances.normalization);
});

test('with a mean and deviation of a half every byte gives the f32 that the reference model computes', () => {
  const table = normalizationTable(half, half);
  const f32 = Math.fround;
  for (let byte = 0; byte < 256; byte++)
    for (let channel = 0; channel < 3; channel++)
      expect(table[channel * 256 + byte]).toBe(f32(f32(f32(byte / 255) - 0.5) / 0.5));
  expect([table[0], table[255]]).toEqual([-1, 1]);
});
