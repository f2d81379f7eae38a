import { expect, test } from 'vitest';
import { windowMean } from '../../src/kernels/rows/window-mean.ts';
import { windowMeanReference } from '../reference/window-mean.ts';
import { tolerances } from '../tolerances.ts';
import { expectClose, guard, useGpu } from './gpu-harness.ts';
import { floats } from './random.ts';
import { windowsOf, type Missing } from './windows.ts';

const gpu = useGpu();

interface Case {
  readonly why: string;
  readonly tokens: number;
  readonly window: number;
  readonly columns: number;
  readonly missing: Missing;
  readonly spareRows?: number;
}

const control: Omit<Case, 'why'> = { tokens: 6, window: 4, columns: 64, missing: 'none' };

const cases: Case[] = [
  { why: 'the control', ...control },
  { why: 'the smallest row', ...control, tokens: 1, columns: 4 },
  { why: 'the 3 x 3 windows of video', ...control, window: 9 },
  { why: 'patches that are missing', ...control, missing: 'some' },
  { why: 'missing patches in 3 x 3 windows', ...control, window: 9, missing: 'some' },
  { why: 'windows with one patch', ...control, missing: 'all but one' },
  { why: 'a width of 144', ...control, columns: 144, missing: 'some' },
  { why: 'the tokens of a crop', ...control, tokens: 196, columns: 24, missing: 'some' },
  { why: 'rows of y that stay as they are', ...control, tokens: 3, missing: 'some', spareRows: 2 },
];
const bothWays = cases.flatMap((c) => [true, false].map((masked) => ({ ...c, masked })));

test.each(bothWays)('window-mean matches the reference with $why, masked: $masked', async (c) => {
  const { tokens, window, columns, missing, spareRows = 0, masked } = c;
  const patches = 50;
  const x = floats(1, patches * columns);
  const windows = windowsOf(2, tokens, window, patches, missing);
  const y = gpu().output('y', [tokens + spareRows, columns]);
  const windowsTensor = gpu().input('windows', [tokens, window], windows);
  await gpu().run(windowMean(gpu().input('x', [patches, columns], x), windowsTensor, y, masked));

  const expected = new Float64Array((tokens + spareRows) * columns).fill(guard);
  expected.set(windowMeanReference(x, windows, { columns, window, masked }));
  expectClose(await gpu().read(y), expected, tolerances.mean);
});

test.each([true, false])('the mean of a window without patches is 0, masked: %o', async (masked) => {
  const y = gpu().output('y', [1, 8]);
  const windows = gpu().input('windows', [1, 4], Int32Array.of(-1, -1, -1, -1));
  await gpu().run(windowMean(gpu().input('x', [2, 8], floats(1, 16)), windows, y, masked));
  expect([...(await gpu().read(y))]).toEqual(new Array(8).fill(0));
});
