import { expect, test } from 'vitest';
import { orient } from '../../src/media/picture/orient.ts';

/** Pixels 1 2 3 / 4 5 6; the second channel is 0, the third 100 + the first. */
const picture = {
  width: 3,
  height: 2,
  channels: 3 as const,
  data: Uint8Array.from([1, 2, 3, 4, 5, 6].flatMap((v) => [v, 0, v + 100])),
};

const cases = [
  [0, false, [[1, 2, 3], [4, 5, 6]]],
  [90, false, [[4, 1], [5, 2], [6, 3]]],
  [180, false, [[6, 5, 4], [3, 2, 1]]],
  [270, false, [[3, 6], [2, 5], [1, 4]]],
  [0, true, [[3, 2, 1], [6, 5, 4]]],
  [90, true, [[1, 4], [2, 5], [3, 6]]],
  [180, true, [[4, 5, 6], [1, 2, 3]]],
  [270, true, [[6, 3], [5, 2], [4, 1]]],
] as const; // prettier-ignore

test.each(cases)('a clockwise turn by %d, mirrored: %s', (rotation, flip, rows) => {
  const turned = orient(picture, { rotation, flip });
  expect([turned.width, turned.height]).toEqual([rows[0].length, rows.length]);
  expect(Array.from(turned.data)).toEqual(rows.flat().flatMap((v) => [v, 0, v + 100]));
});

test('four channels move together', () => {
  const data = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const turned = orient({ width: 2, height: 1, channels: 4, data }, { rotation: 180, flip: false });
  expect(turned).toEqual({ width: 2, height: 1, channels: 4, data: Uint8Array.of(5, 6, 7, 8, 1, 2, 3, 4) });
});
