import { describe, expect, test } from 'vitest';
import { captionScores, meanCaptionScores, type CaptionCounts } from '../../eval/metrics/captions.ts';
import { randomIndices } from '../../eval/metrics/random.ts';
import type { AskedQuestion } from '../../eval/run/run-record.ts';
import { summarize } from '../../eval/run/summary.ts';

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

test('a run tells mean F1, the published F1 of its means, and what was not judged, which counts for nothing', () => {
  const judged = (id: string, counts: CaptionCounts): AskedQuestion => {
    const caption = captionScores(counts);
    const statements = { stated: [], expected: [] };
    return { ...asked(id), score: { kind: 'caption', score: caption.f1, judge: 'j', caption, statements } };
  };
  const timings = { loadMs: 0, mediaMs: 0, visionMs: 0, prefillMs: 0, decodeMs: 0, totalMs: 0 };
  const usage = { promptTokens: 1, visionTokens: 0, visionCrops: 0, newTokens: 1 };
  const asked = (id: string): AskedQuestion => ({
    id,
    kind: 'caption',
    prompt: 'Describe it.',
    answer: { text: 'A dog.', finishReason: 'stop', usage, timings },
    score: null,
  });
  const scored = [
    judged('a', { stated: 1, supported: 1, expected: 2, covered: 1 }),
    judged('b', { stated: 2, supported: 1, expected: 2, covered: 0 }),
  ];
  const failed = { ...asked('c'), error: { code: 'network', message: 'The judge gave no answer.' } };
  const [summary] = summarize([...scored, failed]).kinds;
  expect(summary).toMatchObject({ questions: 3, failed: 0, unscored: 1 });
  expect(summary?.score?.value).toBeCloseTo(1 / 3, 12); // (2/3 + 0) / 2
  expect(summary?.figures.map(({ name, value }) => [name, value?.value])).toEqual([
    ['precision', 0.75],
    ['recall', 0.25],
    ['f1', 0.375],
  ]);
  const [without] = summarize([asked('a'), failed]).kinds;
  expect(without).toMatchObject({ unscored: 2, score: null });
  expect(without?.figures.every(({ value }) => value === null)).toBe(true);
});
