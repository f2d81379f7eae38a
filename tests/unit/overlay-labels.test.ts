import { expect, test } from 'vitest';
import { type Name, placeNames } from '../../src/overlay/draw/labels.ts';
import type { Spot } from '../../src/overlay/marks/moments.ts';

const area = { width: 400, height: 300 };
const name = (at: Spot, isForced = false): Name => ({ at, width: 60, height: 16, isForced });
const place = (names: readonly (Name | null)[], dots: readonly Spot[]) =>
  placeNames(names, dots, 9, 13, area);

test('a name lies right of its dot, or on the side that has room', () => {
  const dots = [
    { x: 100, y: 100 },
    { x: 390, y: 200 },
  ];
  const [right, left] = place(
    dots.map((dot) => name(dot)),
    dots,
  );
  expect(right).toEqual({ x: 113, y: 92, width: 60, height: 16 });
  expect(left).toEqual({ x: 317, y: 192, width: 60, height: 16 });
});

test('no name lies over another dot or name, and those without room are left out', () => {
  const dots = Array.from({ length: 25 }, (_, i) => ({
    x: 150 + (i % 5) * 22,
    y: 100 + Math.floor(i / 5) * 22,
  }));
  const boxes = place(
    dots.map((dot) => name(dot)),
    dots,
  );
  const placed = boxes.filter((box) => box !== null);
  expect(placed.length).toBeGreaterThan(0);
  expect(placed.length).toBeLessThan(dots.length);
  for (const [i, box] of boxes.entries()) {
    if (!box) continue;
    for (const [j, other] of dots.entries())
      if (i !== j) {
        const gapX = Math.max(box.x - other.x, other.x - box.x - box.width);
        const gapY = Math.max(box.y - other.y, other.y - box.y - box.height);
        expect(Math.max(gapX, gapY), `name ${i} and dot ${j}`).toBeGreaterThanOrEqual(9);
      }
    for (const other of boxes)
      if (other && other !== box)
        expect(Math.abs(other.x - box.x) >= 60 || Math.abs(other.y - box.y) >= 16).toBe(true);
  }
});

test('the name that is asked for is shown, whatever it covers', () => {
  const dots = Array.from({ length: 25 }, (_, i) => ({
    x: 150 + (i % 5) * 22,
    y: 100 + Math.floor(i / 5) * 22,
  }));
  const boxes = place(
    dots.map((dot, i) => name(dot, i === 12)),
    dots,
  );
  expect(boxes[12]).not.toBeNull();
});

test('dots without a name get no box', () => {
  expect(place([null], [{ x: 1, y: 1 }])).toEqual([null]);
});
