// How masks are written in files, and the shapes that they have.

import { expect, test } from 'vitest';
import { boxMask, maskShape, polygonMask, runsOf, runsText } from '../../eval/readers/masks.ts';

test('masks are coded as COCO does', () => {
  // Worked by hand: five bits a character from "0" on, from the fourth run on as differences to the one two before.
  const worked: [number[], string][] = [
    [[6, 3, 2, 3, 2, 3, 6], '6320004'],
    [[42, 1], 'Z11'],
    [[1, 2, 2, 1], '122O'],
  ];
  for (const [counts, text] of worked) {
    expect(runsText(counts)).toBe(text);
    expect(runsOf(text)).toEqual(counts);
  }
  expect(runsOf('6P')).toBe(null);
  expect(runsOf('6 3')).toBe(null);
  const size = { width: 6, height: 5 };
  expect(maskShape(boxMask(size, { x: 1, y: 2, width: 3, height: 2 }))).toEqual({
    area: 6,
    box: { x: 1, y: 2, width: 3, height: 2 },
    isBox: true,
    x: 2,
    y: 3,
  });
  // An L of two bars: its centre of mass lies outside, the place that stands for it inside.
  const corner = maskShape(polygonMask(size, [[0, 0, 1, 0, 1, 4, 6, 4, 6, 5, 0, 5]]));
  expect(corner).toMatchObject({ area: 10, isBox: false, box: { x: 0, y: 0, width: 6, height: 5 } });
  expect(corner && (corner.x === 0 || corner.y === 4)).toBe(true);
});
