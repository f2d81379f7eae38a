// What a question shows, compared with what was shown before, and cut into pieces for the encoder. No GPU is needed.

import { expect, test } from 'vitest';
import type { Tensor } from '../../src/gpu/tensor.ts';
import { shapesOnly } from '../../src/gpu/tensor-source.ts';
import { ShownUnits } from '../../src/engine/visual/shown-units.ts';
import { visualPieces, type KnownPiece, type VisualPiece } from '../../src/engine/visual/visual-pieces.ts';
import { contentKey, type VisualUnit } from '../../src/engine/visual/visual-unit.ts';

const numPatches = 4;
/** A frame whose pixels are all alike. */
const frame = (value: number): VisualUnit => ({
  patches: new Uint8Array(numPatches * 3).fill(value),
  crops: 1,
  pooling: Int32Array.of(0, 1, 2, -1),
  window: 2,
});
const keysOf = (values: readonly number[]) =>
  Promise.all(values.map((value) => contentKey('video', frame(value))));

/** Frames that count how many of them were decoded, and the features that are known. */
function shown(values: readonly number[], known: readonly string[] = []) {
  const decoded: number[] = [];
  async function* decode(): AsyncGenerator<VisualUnit, void, undefined> {
    for (const value of values) {
      decoded.push(value);
      yield frame(value);
    }
  }
  const tensors = new Map(known.map((key) => [key, shapesOnly.tensor(key, [2, 8])]));
  const cache = { find: (key: string) => tensors.get(key) ?? null };
  return { decoded, cache, tensors, units: new ShownUnits(decode(), 'video', cache, false) };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

test('a name is that of the pixels, of how they are pooled, and of their kind', async () => {
  const own = await contentKey('video', frame(1));
  expect(own).toMatch(/^[0-9a-f]{64}$/);
  expect(await contentKey('video', frame(1))).toBe(own);
  const others = [
    await contentKey('video', frame(2)),
    await contentKey('image', frame(1)),
    await contentKey('video', { ...frame(1), pooling: Int32Array.of(0, 1, 3, -1) }),
    await contentKey('video', { ...frame(1), window: 1 }),
  ];
  expect(new Set([own, ...others]).size).toBe(5);
});

test('equal content is seen as equal, and other content at the first frame that differs', async () => {
  const same = shown([1, 2, 3]);
  expect(await same.units.areAll(await keysOf([1, 2, 3]))).toBe(true);
  const other = shown([1, 5, 3, 4]);
  expect(await other.units.areAll(await keysOf([1, 2, 3, 4]))).toBe(false);
  expect(other.decoded).toEqual([1, 5]);
  // What was compared is not lost, and comes in order.
  expect((await all(other.units.units())).map(({ patches }) => patches?.[0])).toEqual([1, 5, 3, 4]);
  expect(other.units.keys).toEqual(await keysOf([1, 5, 3, 4]));
});

test.each([
  ['fewer', [1, 2]],
  ['more', [1, 2, 3, 4]],
  ['no', []],
])('%s frames are not the same', async (_, values) => {
  expect(await shown(values).units.areAll(await keysOf([1, 2, 3]))).toBe(false);
});

test('neighbours go together where all are known or none is, in order, with one pooling table', async () => {
  const values = [1, 2, 3, 4, 5, 6];
  const known = await keysOf([1, 4]);
  const { units, cache, tensors } = shown(values, known);
  const pieces = await all(visualPieces(units.units(), { cache, most: 2, numPatches }));
  const text = (piece: VisualPiece | KnownPiece<Tensor>) =>
    'known' in piece ? piece.known.map(({ label }) => label) : piece.keys;
  expect(pieces.map(text)).toEqual([
    await keysOf([1]),
    await keysOf([2, 3]),
    await keysOf([4]),
    await keysOf([5, 6]),
  ]);
  expect(pieces[0]).toEqual({ known: [tensors.get(known[0] ?? '')], crops: 1 });
  expect(pieces[1]).toMatchObject({
    crops: 2,
    patches: Uint8Array.of(...new Array<number>(12).fill(2), ...new Array<number>(12).fill(3)),
    pooling: Int32Array.of(0, 1, 2, -1, 4, 5, 6, -1),
  });
});

test('pixels of what is known are let go', async () => {
  const { units } = shown([1, 2], await keysOf([1]));
  expect((await all(units.units())).map(({ patches }) => patches?.length ?? 0)).toEqual([0, 12]);
});
