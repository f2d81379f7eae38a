import { describe, expect, test } from 'vitest';
import { captionScores, meanCaptionScores } from '../../eval/metrics/captions.ts';
import { randomIndices } from '../../eval/metrics/random.ts';

describe('captions', () => {
  test('three of four statements are supported, two of five covered: P 3/4, R 2/5, F1 12/23', () => {
    const scores = captionScores({ stated: 4, supported: 3, expected: 5, covered: 2 });
    expect(scores).toMatchObject({ precision: 0.75, recall: 0.4 });
    expect(scores.f1).toBeCloseTo(12 / 23, 12); // 2 * (3/4 * 2/5) / (3/4 + 2/5)
  });

  test('perfect is 1; nothing right, nothing said and nothing covered are 0', () => {
    expect(captionScores({ stated: 3, supported: 3, expected: 2, covered: 2 }).f1).toBe(1);
    expect(captionScores({ stated: 3, supported: 0, expected: 2, covered: 0 }).f1).toBe(0);
    expect(captionScores({ stated: 0, supported: 0, expected: 2, covered: 0 })).toMatchObject({
      precision: 0,
      recall: 0,
      f1: 0,
    });
  });

  test('the F1 of a set is that of the two means, not the mean of F1', () => {
    // P 1 and 1/2, R 1/2 and 0: means 3/4 and 1/4, F1 3/8. The mean of F1 would be (2/3 + 0) / 2 = 1/3.
    const scores = [
      captionScores({ stated: 1, supported: 1, expected: 2, covered: 1 }),
      captionScores({ stated: 2, supported: 1, expected: 2, covered: 0 }),
    ];
    expect(meanCaptionScores(scores)).toEqual({ precision: 0.75, recall: 0.25, f1: 0.375 });
    expect(meanCaptionScores([])).toBeNull();
  });

  test('scores lie between 0 and 1, grow with what is right, and swap with their sides', () => {
    const draw = randomIndices(21);
    for (let round = 0; round < 60; round++) {
      const [stated, expected] = [1 + draw(6), 1 + draw(6)];
      const [supported, covered] = [draw(stated + 1), draw(expected + 1)];
      const scores = captionScores({ stated, supported, expected, covered });
      expect(scores.f1).toBeGreaterThanOrEqual(0);
      expect(scores.f1).toBeLessThanOrEqual(1);
      if (supported < stated) {
        const better = captionScores({ stated, supported: supported + 1, expected, covered });
        expect(better.f1).toBeGreaterThanOrEqual(scores.f1);
      }
      const swapped = captionScores({
        stated: expected,
        supported: covered,
        expected: stated,
        covered: supported,
      });
      expect([swapped.precision, swapped.recall]).toEqual([scores.recall, scores.precision]);
      expect(swapped.f1).toBeCloseTo(scores.f1, 12);
    }
  });

  test('counts that cannot be are refused, and so is a reference that states nothing', () => {
    expect(() => captionScores({ stated: 1, supported: 2, expected: 1, covered: 0 })).toThrow(
      'cannot have 2 of 1 statements supported',
    );
    expect(() => captionScores({ stated: 1, supported: 1, expected: 1, covered: -1 })).toThrow('-1 of 1');
    expect(() => captionScores({ stated: 1, supported: 1, expected: 0, covered: 0 })).toThrow(
      'one statement or more, got none',
    );
  });
});
