import { test } from 'vitest';
import { embedding } from '../../src/kernels/embedding.ts';
import { embeddingReference } from '../reference/embedding.ts';
import { tolerances } from '../tolerances.ts';
import { expectClose, guard, useGpu } from './gpu-harness.ts';
import { floats, integers } from './random.ts';

const gpu = useGpu();

const vocab = 101;
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
  { why: 'the smallest row', ...control, columns: 4 },
  { why: 'a width of 272', ...control, columns: 272, ids: [7, 103, 9] },
  { why: 'many tokens', ...control, columns: 24, ids: [...integers(1, 729, vocab + extra)] },
  { why: 'rows of x that stay as they are', ...control, spareRows: 2 },
];

const tables = (columns: number) => ({
  wteEmbedding: floats(2, vocab * columns),
  newEmbedding: floats(3, extra * columns),
  vocab,
  columns,
});

function inputs(ids: readonly number[], { wteEmbedding, newEmbedding, columns }: ReturnType<typeof tables>) {
  return [
    gpu().input('ids', [ids.length], Uint32Array.from(ids)),
    {
      wteEmbedding: gpu().input('wteEmbedding', [vocab, columns], wteEmbedding),
      newEmbedding: gpu().input('newEmbedding', [extra, columns], newEmbedding),
    },
  ] as const;
}

test.each(cases)('embedding of text matches the reference with $why', async ({ ids, columns, spareRows }) => {
  const known = tables(columns);
  const whole = gpu().output('x', [ids.length + spareRows, columns]);
  await gpu().run(embedding(...inputs(ids, known), { ...whole, shape: [ids.length, columns] }, null));

  const expected = new Float64Array((ids.length + spareRows) * columns).fill(guard);
  expected.set(embeddingReference(ids, known));
  expectClose(await gpu().read(whole), expected, tolerances.exact);
});

test.each([
  { why: 'between words', index: [0, 1, 2, 0, 3, 0] },
  { why: 'in every row', index: [1, 2, 3, 4, 5, 6] },
  { why: 'in no row', index: [0, 0, 0, 0, 0, 0] },
  { why: 'not in their own order', index: [0, 6, 0, 1, 5, 0] },
])('image features are added to the embedding of their token: $why', async ({ index }) => {
  const columns = 72;
  const ids = [3, 104, 104, 7, 104, 0];
  const known = tables(columns);
  const features = floats(4, 6 * columns, 1e5); // features of the real models exceed the range of f16
  const x = gpu().output('x', [ids.length, columns]);
  const image = {
    features: gpu().input('features', [6, columns], features),
    index: gpu().input('index', [ids.length], Uint32Array.from(index)),
  };
  await gpu().run(embedding(...inputs(ids, known), x, image));

  const rows = index.map((n) => (n === 0 ? null : features.subarray((n - 1) * columns, n * columns)));
  expectClose(await gpu().read(x), embeddingReference(ids, known, rows), tolerances.oneRounding);
});
