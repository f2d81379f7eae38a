import { expect, test } from 'vitest';
import { parsePosition, pictureRect, toElement } from '../../src/overlay/target/fit.ts';

const wide = { width: 400, height: 200 };
const box = { width: 300, height: 300 };

const cases = [
  { fit: 'fill', rect: { x: 0, y: 0, width: 300, height: 300 } },
  { fit: 'contain', rect: { x: 0, y: 75, width: 300, height: 150 } },
  { fit: 'cover', rect: { x: -150, y: 0, width: 600, height: 300 } },
  { fit: 'none', rect: { x: -50, y: 50, width: 400, height: 200 } },
  { fit: 'scale-down', rect: { x: 0, y: 75, width: 300, height: 150 } },
];
test.each(cases)('object-fit $fit places a wide picture in a square box', ({ fit, rect }) => {
  expect(pictureRect(wide, box, fit)).toEqual(rect);
});

test('scale-down leaves a picture that fits at its own size', () => {
  const small = { width: 100, height: 50 };
  expect(pictureRect(small, box, 'scale-down')).toEqual({ x: 100, y: 125, width: 100, height: 50 });
});

test('object-position shifts by shares of the free space and by pixels', () => {
  expect(pictureRect(wide, box, 'contain', parsePosition('0% 100%')).y).toBe(150);
  expect(pictureRect(wide, box, 'contain', parsePosition('50% 10px')).y).toBe(10);
  expect(pictureRect(wide, box, 'cover', parsePosition('100% 50%')).x).toBe(-300);
  expect(pictureRect(wide, box, 'contain', parsePosition('50% calc(100% - 20px)')).y).toBe(130);
});

test('a picture that is not loaded yet covers its box', () => {
  expect(pictureRect({ width: 0, height: 0 }, box, 'contain')).toEqual({ x: 0, y: 0, ...box });
});

test('corners of the original picture land on the corners of its rectangle', () => {
  const rect = pictureRect(wide, box, 'contain');
  expect(toElement({ x: 0, y: 0 }, wide, rect)).toEqual({ x: 0, y: 75 });
  expect(toElement({ x: 400, y: 200 }, wide, rect)).toEqual({ x: 300, y: 225 });
  // The page may show a smaller copy of the original: only the share of its size counts.
  expect(toElement({ x: 2000, y: 500 }, { width: 4000, height: 2000 }, rect)).toEqual({ x: 150, y: 112.5 });
});
