import { describe, expect, test } from 'vitest';
import { assign } from '../../eval/metrics/assignment.ts';
import { countBin, countScore, countScores, statedCount } from '../../eval/metrics/counting.ts';
import { isInMask, maskOfPixels, maskPixels } from '../../eval/metrics/masks.ts';
import {
  areAllInside,
  matchPicturePoints,
  matchPoints,
  meanPointScores,
  type Place,
} from '../../eval/metrics/point-match.ts';
import { randomIndices } from '../../eval/metrics/random.ts';
import { matchVideoPoints } from '../../eval/metrics/video-points.ts';
import { permutations } from './eval-support.ts';

const size = { width: 1000, height: 1000 };

/** A mask of 1000 x 1000 that holds the square from (left, top) on. */
function square(left: number, top: number, side: number) {
  const pixels = new Uint8Array(1000 * 1000);
  for (let y = top; y < top + side; y++) pixels.fill(1, y * 1000 + left, y * 1000 + left + side);
  return maskOfPixels(pixels, 1000, 1000);
}

describe('assignment', () => {
  test('takes the smallest sum, not the smallest cost first', () => {
    // 1 + 9 = 10 by greed, 2 + 2 = 4 at best.
    const pairs = assign([
      [1, 2],
      [2, 9],
    ]);
    expect(pairs).toEqual([
      { row: 0, column: 1, cost: 2 },
      { row: 1, column: 0, cost: 2 },
    ]);
  });

  test('is as good as the best of all permutations, with more rows or more columns, and below 0', () => {
    const draw = randomIndices(1);
    for (let round = 0; round < 80; round++) {
      const [rows, columns] = [1 + draw(5), 1 + draw(5)];
      const costs = Array.from({ length: rows }, () => Array.from({ length: columns }, () => draw(21) - 10));
      const pairs = assign(costs);
      expect(pairs).toHaveLength(Math.min(rows, columns));
      expect(new Set(pairs.map(({ row }) => row)).size).toBe(pairs.length);
      expect(new Set(pairs.map(({ column }) => column)).size).toBe(pairs.length);
      for (const { row, column, cost } of pairs) expect(cost).toBe(costs[row]![column]);
      // Padded with costs of 0, every permutation of the larger side is a matching.
      const side = Math.max(rows, columns);
      const best = Math.min(
        ...permutations(side).map((order) => order.reduce((sum, j, i) => sum + (costs[i]?.[j] ?? 0), 0)),
      );
      expect(pairs.reduce((sum, { cost }) => sum + cost, 0)).toBe(best);
    }
  });

  test('nothing is paired with nothing, and what is no matrix is refused', () => {
    expect(assign([])).toEqual([]);
    expect(assign([[], []])).toEqual([]);
    expect(() => assign([[1, 2], [3]])).toThrow('Row 1 of the costs has 1 columns, the first one 2');
    expect(() => assign([[1, NaN]])).toThrow('row 0, column 1 is NaN');
  });
});

describe('masks', () => {
  test('are read column by column, as COCO writes them', () => {
    // 3 wide, 2 high; inside are (0, 1), (1, 0) and (2, 1): the columns are 01, 10, 01.
    const mask = { width: 3, height: 2, counts: [1, 2, 2, 1] };
    expect([...maskPixels(mask)]).toEqual([0, 1, 0, 1, 0, 1]);
    expect(maskOfPixels([0, 1, 0, 1, 0, 1], 3, 2)).toEqual(mask);
    expect(maskOfPixels([1, 0], 2, 1).counts).toEqual([0, 1, 1]);
  });

  test('a point is rounded with ties to even, and lies outside beyond the edge', () => {
    const mask = { width: 3, height: 2, counts: [1, 2, 2, 1] };
    expect(isInMask(mask, 0.5, 1.4)).toBe(true); // (0, 1)
    expect(isInMask(mask, 1.5, 0.6)).toBe(true); // (2, 1)
    expect(isInMask(mask, 0.5, 0)).toBe(false); // (0, 0)
    expect(isInMask(mask, 2.6, 1)).toBe(false); // (3, 1)
    expect(isInMask(mask, -0.4, 1)).toBe(true); // -0
    expect(isInMask(mask, 2.9, 1.9, 'trunc')).toBe(true); // (2, 1)
    for (let x = 0; x < 3; x++)
      for (let y = 0; y < 2; y++) expect(isInMask(mask, x, y)).toBe(maskPixels(mask)[y * 3 + x] === 1);
  });

  test('runs that do not add up are refused', () => {
    expect(() => maskPixels({ width: 3, height: 2, counts: [1, 2] })).toThrow('3 x 2 add up to 3, not 6');
    expect(() => maskPixels({ width: 3, height: 2, counts: [9, -3] })).toThrow(RangeError);
    expect(() => maskOfPixels([1], 2, 2)).toThrow('needs 4 pixels, got 1');
  });
});

describe('points in a picture', () => {
  test('hits by mask: two of three points, two of four objects', () => {
    const expected = [100, 300, 500, 700].map((x) => ({ x, y: 100, mask: square(x - 20, 80, 40) }));
    const predicted = [
      { x: 105, y: 100 }, // in the first
      { x: 319, y: 119 }, // in the second, just
      { x: 560, y: 100 }, // nearest to the third, outside of it
    ];
    const scores = matchPoints(predicted, expected, size);
    expect(scores).toMatchObject({ hits: 2, predicted: 3, expected: 4 });
    expect(scores.precision).toBeCloseTo(2 / 3, 12);
    expect(scores.recall).toBe(0.5);
    expect(scores.f1).toBeCloseTo(4 / 7, 12); // 2 * (2/3 * 1/2) / (2/3 + 1/2)
  });

  test('a pair is of its own reference: a point in the mask of another one is no hit', () => {
    // The sum of distances pairs (100, 0) with a and (200, 0) with b; the masks are the wrong way round.
    const expected = [
      { x: 100, y: 0, mask: square(190, 0, 20) },
      { x: 200, y: 0, mask: square(90, 0, 20) },
    ];
    expect(
      matchPoints(
        [
          { x: 100, y: 0 },
          { x: 200, y: 0 },
        ],
        expected,
        size,
      ).hits,
    ).toBe(0);
  });

  test('without masks a hit is within 50 thousandths of width and of height', () => {
    const wide = { width: 200, height: 100 };
    const hits = (x: number, y: number) => matchPoints([{ x, y }], [{ x: 100, y: 50 }], wide).hits;
    expect([hits(110, 55), hits(110.2, 50), hits(100, 55.1), hits(90, 45)]).toEqual([1, 0, 0, 1]);
    expect(matchPoints([{ x: 130, y: 50 }], [{ x: 100, y: 50 }], wide, 150).hits).toBe(1);
  });

  test('empty sides are as published', () => {
    const one = [{ x: 1, y: 1 }];
    expect(matchPoints([], [], size)).toMatchObject({ precision: 1, recall: 1, f1: 1 });
    expect(matchPoints(one, [], size)).toMatchObject({ precision: 0, recall: 0, f1: 0 });
    expect(matchPoints([], one, size)).toMatchObject({ precision: 0, recall: 0, f1: 0 });
    expect(meanPointScores([])).toBeNull();
  });

  test('perfect is 1, order does not matter, and swapping the sides swaps precision and recall', () => {
    const draw = randomIndices(2);
    const points = (count: number): Place[] =>
      Array.from({ length: count }, () => ({ x: draw(1000), y: draw(1000) }));
    for (let round = 0; round < 40; round++) {
      const [a, b] = [points(1 + draw(6)), points(1 + draw(6))];
      expect(matchPoints(a, [...a].reverse(), size).f1).toBe(1);
      const scores = matchPoints(a, b, size, 200);
      const swapped = matchPoints(b, a, size, 200);
      expect([swapped.precision, swapped.recall]).toEqual([scores.recall, scores.precision]);
      expect(swapped.f1).toBeCloseTo(scores.f1, 12);
      expect(matchPoints([...a].reverse(), b, size, 200)).toEqual(scores);
    }
  });

  test('a picture without extent is refused', () => {
    expect(() => matchPoints([], [], { width: 0, height: 10 })).toThrow('0 x 10 pixels cannot be scored');
  });

  test('several pictures: points are paired within their picture, and counts are added', () => {
    const sizes = [size, { width: 100, height: 100 }];
    const expected = [
      { image: 1, x: 500, y: 500 },
      { image: 2, x: 50, y: 50 },
      { image: 2, x: 10, y: 10 },
    ];
    const predicted = [
      { image: 1, x: 50, y: 50 }, // right in the other picture only
      { image: 2, x: 12, y: 12 },
      { image: 3, x: 1, y: 1 }, // no such picture
    ];
    const scores = matchPicturePoints(predicted, expected, sizes);
    expect(scores).toMatchObject({ hits: 1, predicted: 3, expected: 3 });
    expect(scores.f1).toBeCloseTo(1 / 3, 12);
    expect(matchPicturePoints([{ x: 500, y: 500 }], expected, sizes).hits).toBe(1);
  });

  test('Point-Bench asks for one point or more, all inside', () => {
    const mask = square(10, 10, 5);
    expect(areAllInside([], mask)).toBe(false);
    expect(areAllInside([{ x: 14.9, y: 10 }], mask)).toBe(true); // cut off, not rounded to 15
    expect(
      areAllInside(
        [
          { x: 12, y: 12 },
          { x: 15, y: 12 },
        ],
        mask,
      ),
    ).toBe(false);
  });
});

describe('points in a video', () => {
  const video = { width: 1000, height: 500, durationSec: 20 };

  test('with masks the time must be exactly one of theirs', () => {
    const mask = square(90, 40, 20);
    const expected = [
      { timeSec: 2, x: 100, y: 50, mask, masks: [{ timeSec: 2.5, mask: square(190, 40, 20) }] },
      { timeSec: 8, x: 100, y: 50, mask },
    ];
    const hits = (timeSec: number, x: number) =>
      matchVideoPoints([{ timeSec, x, y: 50 }], expected.slice(0, 1), video).hits;
    expect([hits(2, 100), hits(2.5, 200), hits(2.5, 100), hits(2.4, 100), hits(3, 100)]).toEqual([
      1, 1, 0, 0, 0,
    ]);
    const scores = matchVideoPoints(
      [
        { timeSec: 8, x: 101, y: 50 },
        { timeSec: 2, x: 99, y: 50 },
        { timeSec: 15, x: 99, y: 50 },
      ],
      expected,
      video,
    );
    expect(scores).toMatchObject({ hits: 2, predicted: 3, expected: 2, recall: 1 });
    expect(scores.f1).toBeCloseTo(0.8, 12); // 2 * 2/3 * 1 / (5/3)
  });

  test('without masks a point must lie in the window and near', () => {
    const hits = (timeSec: number, x: number, windowSec?: number) =>
      matchVideoPoints(
        [{ timeSec, x, y: 50 }],
        [{ timeSec: 4, x: 100, y: 50 }],
        video,
        windowSec === undefined ? {} : { windowSec },
      ).hits;
    expect([hits(4.5, 150), hits(4.6, 100), hits(4, 151), hits(4.6, 100, 1), hits(4.1, 100, 0)]).toEqual([
      1, 0, 0, 1, 0,
    ]);
  });

  test('pairs are made on scales of 0 to 100: a second weighs as much as a twentieth of the width here', () => {
    // By pixels alone the pairs would be crossed, and both points 10 s away from theirs.
    const expected = [
      { timeSec: 0, x: 100, y: 0 },
      { timeSec: 10, x: 120, y: 0 },
    ];
    const predicted = [
      { timeSec: 0, x: 120, y: 0 },
      { timeSec: 10, x: 100, y: 0 },
    ];
    expect(matchVideoPoints(predicted, expected, video).hits).toBe(2);
  });

  test('empty sides are as in pictures, and a video without duration is refused', () => {
    expect(matchVideoPoints([], [], video).f1).toBe(1);
    expect(matchVideoPoints([{ timeSec: 0, x: 0, y: 0 }], [], video).f1).toBe(0);
    expect(() => matchVideoPoints([], [], { ...video, durationSec: 0 })).toThrow(
      'and 0 seconds cannot be scored',
    );
  });
});

describe('counting', () => {
  test('right, within one, and close, which is 1 + 5% rounded down', () => {
    expect(countScore(3, 3)).toMatchObject({ isCorrect: true, isWithinOne: true, isClose: true });
    expect(countScore(4, 3)).toMatchObject({ isCorrect: false, isWithinOne: true, isClose: true });
    expect(countScore(42, 40)).toMatchObject({ isWithinOne: false, isClose: true }); // 1 + floor(2)
    expect(countScore(44, 40)).toMatchObject({ isClose: false });
    expect(countScore(21, 19)).toMatchObject({ isClose: false }); // 1 + floor(0.95)
    expect(countScore(null, 0)).toMatchObject({ isCorrect: false, isWithinOne: false, isClose: false });
    expect(() => countScore(1, 1.5)).toThrow(RangeError);
  });

  test('shares are of all questions, the mean error is of those with a number', () => {
    const scores = [countScore(3, 3), countScore(5, 4), countScore(9, 4), countScore(null, 2)];
    // 1 of 4; 2 of 4; (0 + 1 + 5) / 3.
    expect(countScores(scores)).toEqual({
      questions: 4,
      accuracy: 0.25,
      withinOne: 0.5,
      close: 0.5,
      valid: 0.75,
      meanError: 2,
    });
    expect(countScores([countScore(null, 2)])?.meanError).toBeNull();
    expect(countScores([])).toBeNull();
  });

  test.each([
    ['12', 12],
    [' 7\n', 7],
    ['Counting the <points coords="1 1 500 500">cups</points> shows a total of 31.', 31],
    ['The total number of cups is: 4', 4],
    ['There are none.', null],
    ['I see 3 cups', null],
  ])('%s states %s', (text, count) => {
    expect(statedCount(text)).toBe(count);
  });

  test('bins are of five, and open from 25 on', () => {
    expect([0, 4, 5, 19, 24, 25, 300].map(countBin)).toEqual([
      '0-4',
      '0-4',
      '5-9',
      '15-19',
      '20-24',
      '25+',
      '25+',
    ]);
  });
});
