import { expect, test } from 'vitest';
import { palette } from '../../src/overlay/marks/palette.ts';

type Triple = readonly [number, number, number];
type Matrix = readonly [Triple, Triple, Triple];

/** What a colour becomes for a reader, in linear RGB: Machado, Oliveira and Fernandes 2009, severity 1. */
const readers: Readonly<Record<string, Matrix>> = {
  'three kinds of cones': [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function times(matrix: Matrix, [a, b, c]: Triple): Triple {
  const row = ([x, y, z]: Triple): number => x * a + y * b + z * c;
  return [row(matrix[0]), row(matrix[1]), row(matrix[2])];
}

function linear(hex: string): Triple {
  const channel = (at: number): number => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

/** Ottosson's OKLab, in which equal distances look about equally far. */
function oklab(rgb: Triple): Triple {
  const [l, m, s] = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    rgb.map((v) => Math.min(1, Math.max(0, v))) as unknown as Triple,
  ).map(Math.cbrt) as unknown as Triple;
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    [l, m, s],
  );
}

/** The smallest distance between two of the first `count` colours. */
function nearest(matrix: Matrix, count: number): number {
  const seen = palette.slice(0, count).map((hex) => oklab(times(matrix, linear(hex))));
  return Math.min(
    ...seen.flatMap(([l, a, b], i) =>
      seen.slice(0, i).map(([l2, a2, b2]) => Math.hypot(l - l2, a - a2, b - b2)),
    ),
  );
}

test.each(Object.entries(readers))('colours are apart for readers with %s', (_, matrix) => {
  expect(nearest(matrix, 3)).toBeGreaterThan(0.2);
  expect(nearest(matrix, 7)).toBeGreaterThan(0.11);
  expect(nearest(matrix, palette.length)).toBeGreaterThan(0.08);
});
