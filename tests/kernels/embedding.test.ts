import { describe, test } from 'vitest';
import type { WeightFormat } from '../../src/gpu/matrix.ts';
import { embedding } from '../../src/kernels/linear/embedding.ts';
import { embeddingReference } from '../reference/embedding.ts';
import { tolerances } from '../tolerances.ts';
import { expectClose, guard, useGpu } from './gpu-harness.ts';
import { matrixOf, storedValues, weightFormats } from './matrices.ts';
import { floats, integers } from './random.ts';

const gpu = useGpu();

const vocab = 301;
const extra = 12;
const control = { ids: [3, 1, 4, 1], columns: 64, spareRows: 0 };

const cases = [
  { why: 'the control', ...control },
  { why: 'one token, as in decoding', ...control, ids: [50] },
  {
    why: 'the first and the last id of each table',
    ...control,
    ids: [0, vocab - 1, vocab, vocab + extra - 1],
  },
  { why: 'ids on both sides of a cut', ...control, ids: [127, 128, 255, 256, 300] },
  { why: 'the smallest row', ...control, columns: 4 },
  { why: 'a width of 272', ...control, columns: 272, ids: [7, 303, 9] },
  { why: 'many tokens', ...control, columns: 24, ids: [...integers(1, 729, vocab + extra)] },
  { why: 'a width of 112', ...control, columns: 112 },
  { why: 'rows of x that stay as they are', ...control, spareRows: 2 },
];

/** Tables as they are stored; the larger one lies on the GPU in three parts. */
function tables(format: WeightFormat, columns: number) {
  const wteEmbedding = floats(2, vocab * columns);
  const newEmbedding = floats(3, extra * columns);
  return {
    stored: {
      wteEmbedding: storedValues(format, wteEmbedding, vocab, columns),
      newEmbedding: storedValues(format, newEmbedding, extra, columns),
      vocab,
      columns,
    },
    onGpu: {
      wteEmbedding: matrixOf(gpu(), format, wteEmbedding, vocab, columns, 128),
      newEmbedding: matrixOf(gpu(), format, newEmbedding, extra, columns),
    },
  };
}

const idTensor = (ids: readonly number[]) => gpu().input('ids', [ids.length], Uint32Array.from(ids));

describe.each(weightFormats)('of %s', (format) => {
  test.each(cases)('embedding matches the reference with $why', async ({ ids, columns, spareRows }) => {
    const { stored, onGpu } = tables(format, columns);
    const whole = gpu().output('x', [ids.length + spareRows, columns]);
    const x = { ...whole, shape: [ids.length, columns] };
    await gpu().run(...embedding(idTensor(ids), onGpu, x));

    const expected = new Float64Array((ids.length + spareRows) * columns).fill(guard);
    expected.set(embeddingReference(ids, stored));
    expectClose(await gpu().read(whole), expected, tolerances.exact);
  });
});
