import { test } from 'vitest';
import { kvWrite } from '../../src/kernels/kv-write.ts';
import { kvWriteReference } from '../reference/kv-write.ts';
import { tolerances } from '../tolerances.ts';
import { expectClose, guard, useGpu } from './gpu-harness.ts';
import { floats, shuffled } from './random.ts';

const gpu = useGpu();

const control = { width: 128, slots: 16, positions: [0, 1, 2, 3] };

const cases = [
  { why: 'the control', ...control },
  { why: 'the smallest row', width: 4, slots: 1, positions: [0] },
  { why: 'one row, as in decoding', ...control, positions: [11] },
  { why: 'the last slot', ...control, positions: [15] },
  { why: 'a span in the middle', ...control, positions: [6, 7, 8] },
  { why: 'slots in any order', ...control, positions: [9, 2, 14, 0, 5] },
  { why: 'a width that is no multiple of a workgroup', ...control, width: 72 },
  { why: 'the rows of a crop', width: 24, slots: 729, positions: shuffled(1, 729) },
];

test.each(cases)('kv-write fills the slots that positions name, with $why', async (c) => {
  const { width, slots, positions } = c;
  const rows = positions.length;
  const k = floats(1, rows * width);
  const v = floats(2, rows * width);
  const keyCache = gpu().output('keyCache', [slots, width]);
  const valueCache = gpu().output('valueCache', [slots, width]);
  const [kTensor, vTensor] = [gpu().input('k', [rows, width], k), gpu().input('v', [rows, width], v)];
  const positionsTensor = gpu().input('positions', [rows], Uint32Array.from(positions));
  await gpu().run(kvWrite(kTensor, vTensor, positionsTensor, keyCache, valueCache));

  for (const [x, cache] of [
    [k, keyCache],
    [v, valueCache],
  ] as const) {
    // prettier-ignore
    const expected = new Float64Array(slots * width).fill(guard);
    kvWriteReference(x, positions, width, expected);
    expectClose(await gpu().read(cache), expected, tolerances.exact);
  }
});
