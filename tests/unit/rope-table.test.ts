import { expect, test } from 'vitest';
import { ropeFrequencies, rotationTable, yarnFrequencies } from '../../src/decoder/rope-table.ts';

const scaling = {
  factor: 8,
  attentionFactor: 1.2079441541679836,
  betaFast: 32,
  betaSlow: 1,
  originalMaxPositionEmbeddings: 8192,
};

// Published values of the released models (theta 5e5: O-7B, 1e6: 8B, 5e6: 4B), head size 128.
test.each([
  [5e5, 16, 3.760603093e-2],
  [5e5, 32, 1.414213562e-3],
  [5e5, 63, 2.455140791e-6],
  [1e6, 1, 0.8058422],
  [1e6, 63, 1.240938e-6],
  [5e6, 1, 0.78583],
  [5e6, 48, 9.457416e-6],
])('theta %d turns pair %d by %d a position', (theta, i, expected) => {
  expect(ropeFrequencies(128, theta)[i]! / expected).toBeCloseTo(1, 5);
});

test.each([
  [16, 3.760603093e-2],
  [18, 2.495540867e-2],
  [19, 1.928275494e-2],
  [20, 1.48556889e-2],
  [24, 5.040518274e-3],
  [28, 1.55849585e-3],
  [32, 3.951479071e-4],
  [35, 9.556212354e-5],
  [63, 3.068925989e-7],
])('YaRN turns pair %d by %d a position', (i, expected) => {
  expect(yarnFrequencies(128, 5e5, scaling)[i]! / expected).toBeCloseTo(1, 6);
});

test('a table holds cos and sin of every position and pair, times the factor', () => {
  const table = rotationTable([1, 0.5], 3, 2);
  expect(table).toHaveLength(12);
  expect([...table.subarray(8)]).toEqual([
    Math.fround(2 * Math.cos(2)),
    Math.fround(2 * Math.sin(2)),
    Math.fround(2 * Math.cos(1)),
    Math.fround(2 * Math.sin(1)),
  ]);
});
