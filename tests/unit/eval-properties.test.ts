// What holds for every metric, whatever the numbers: a perfect answer is 1 and an empty one 0, and what names and order must
// not change they do not change. Worked numbers are in the other files of eval tests.

import { describe, expect, test } from 'vitest';
import { anls, exactAnswer, relaxedAccuracy, vqaAccuracy } from '../../eval/metrics/answers.ts';
import { choiceScore } from '../../eval/metrics/choices.ts';
import { clearMot } from '../../eval/metrics/clear-mot.ts';
import { countScore, countScores } from '../../eval/metrics/counting.ts';
import { hota } from '../../eval/metrics/hota.ts';
import { contourAccuracy, maskTrackScores, regionSimilarity } from '../../eval/metrics/mask-tracks.ts';
import { maskOfPixels } from '../../eval/metrics/masks.ts';
import { pairedTest } from '../../eval/metrics/paired.ts';
import { matchPicturePoints } from '../../eval/metrics/point-match.ts';
import { randomIndices } from '../../eval/metrics/random.ts';
import {
  sideBySide,
  trackingFrames,
  trackPointScores,
  type PredictedTrack,
} from '../../eval/metrics/track-frames.ts';
import { matchVideoPoints } from '../../eval/metrics/video-points.ts';

const draw = randomIndices(31);
const times = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i));

/** Another order of the same. */
function shuffled<T>(list: readonly T[]): T[] {
  const rest = [...list];
  return times(rest.length, () => rest.splice(draw(rest.length), 1)[0]!);
}

describe('points', () => {
  const sizes = [
    { width: 1000, height: 1000 },
    { width: 500, height: 800 },
  ];
  const some = () => times(1 + draw(6), () => ({ image: 1 + draw(2), x: draw(500), y: draw(800) }));

  test('of several pictures: perfect is 1, nothing 0, order does not matter, the number of the picture does', () => {
    for (let round = 0; round < 30; round++) {
      const [expected, predicted] = [some(), some()];
      expect(matchPicturePoints(shuffled(expected), expected, sizes).f1).toBe(1);
      expect(matchPicturePoints([], expected, sizes).f1).toBe(0);
      expect(matchPicturePoints(expected, [], sizes).f1).toBe(0);
      const scores = matchPicturePoints(predicted, expected, sizes, 150);
      expect(matchPicturePoints(shuffled(predicted), shuffled(expected), sizes, 150)).toEqual(scores);
      const elsewhere = expected.map((point) => ({ ...point, image: 3 }));
      expect(matchPicturePoints(elsewhere, expected, sizes).f1).toBe(0);
    }
  });

  test('of a video: perfect is 1, nothing 0, order does not matter, a time that is far off does', () => {
    const video = { width: 640, height: 480, durationSec: 30 };
    const timed = () => times(1 + draw(5), () => ({ timeSec: draw(40) / 2, x: draw(640), y: draw(480) }));
    for (let round = 0; round < 30; round++) {
      const [expected, predicted] = [timed(), timed()];
      expect(matchVideoPoints(shuffled(expected), expected, video).f1).toBe(1);
      expect(matchVideoPoints([], expected, video).f1).toBe(0);
      const loose = { windowSec: 6, thousandths: 200 };
      const scores = matchVideoPoints(predicted, expected, video, loose);
      expect(matchVideoPoints(shuffled(predicted), shuffled(expected), video, loose)).toEqual(scores);
      // The sides are the same to a distance, so that they swap precision and recall.
      const swapped = matchVideoPoints(expected, predicted, video, loose);
      expect([swapped.precision, swapped.recall]).toEqual([scores.recall, scores.precision]);
      const late = expected.map((point) => ({ ...point, timeSec: point.timeSec + 100 }));
      expect(matchVideoPoints(late, expected, video).f1).toBe(0);
    }
  });
});

describe('tracks', () => {
  const size = { width: 1000, height: 1000 };
  // Three objects on lines far from each other, some of them away for a moment.
  const ways = () =>
    times(3, (i) => ({
      id: 10 + i,
      moments: times(4, (t) => ({ timeSec: t / 2, x: 100 + 60 * t, y: 150 + 300 * i })).filter(
        ({ timeSec }) => timeSec === 0 || draw(4) > 0,
      ),
    }));
  const told = (tracks: ReturnType<typeof ways>): PredictedTrack[] =>
    tracks.map(({ moments }) => ({
      points: moments.map((moment) => ({ ...moment, x: moment.x + draw(60), y: moment.y + draw(60) })),
    }));
  const scoresOf = (predicted: PredictedTrack[], tracks: ReturnType<typeof ways>) => {
    const rows = sideBySide(predicted, { kind: 'tracks', tracks });
    const frames = trackingFrames(rows, size);
    const { hota: whole, detA, assA } = hota(frames);
    return { whole, detA, assA, ...clearMot(frames), f1: trackPointScores(rows, size).f1 };
  };

  test('perfect is 1 in every measure, nothing is 0, and numbers and order of tracks change nothing', () => {
    for (let round = 0; round < 20; round++) {
      const tracks = ways();
      const exact = tracks.map(({ moments }) => ({ points: moments }));
      const perfect = scoresOf(shuffled(exact), tracks);
      expect(perfect).toMatchObject({ mota: 1, motp: 1, switches: 0, f1: 1 });
      for (const key of ['whole', 'detA', 'assA'] as const) expect(perfect[key]).toBeCloseTo(1, 12);
      expect(scoresOf([], tracks)).toMatchObject({ whole: 0, detA: 0, assA: 0, mota: 0, f1: 0 });
      const near = told(tracks);
      const scores = scoresOf(near, tracks);
      const renamed = shuffled(tracks).map((track) => ({ ...track, id: 99 - track.id }));
      for (const [key, value] of Object.entries(scoresOf(shuffled(near), renamed)))
        expect(value, key).toBeCloseTo(scores[key as keyof typeof scores], 12);
    }
  });

  test('names that change on the way cost association and switches, and nothing of what is found', () => {
    for (let round = 0; round < 20; round++) {
      const tracks = times(2, (i) => ({
        id: i,
        moments: times(4, (t) => ({ timeSec: t, x: 100 + 60 * t, y: 200 + 500 * i })),
      }));
      const [a, b] = told(tracks).map(({ points }) => points) as [Moments, Moments];
      const at = 1 + draw(3);
      const cross = [
        { points: [...a.slice(0, at), ...b.slice(at)] },
        { points: [...b.slice(0, at), ...a.slice(at)] },
      ];
      const [kept, crossed] = [scoresOf([{ points: a }, { points: b }], tracks), scoresOf(cross, tracks)];
      // What counts as found, at every threshold, does not hang on names here: the objects are far apart.
      expect(crossed.detA).toBeCloseTo(kept.detA, 12);
      expect(crossed.f1).toBe(kept.f1);
      expect([crossed.matches, crossed.misses]).toEqual([kept.matches, kept.misses]);
      expect(crossed.assA).toBeLessThan(kept.assA);
      expect(crossed.switches).toBeGreaterThanOrEqual(kept.switches);
    }
  });
});

type Moments = PredictedTrack['points'];

describe('masks', () => {
  test('perfect is 1, nothing 0, and J and F do not know which side is which', () => {
    const mask = () =>
      maskOfPixels(
        times(120, () => (draw(3) === 0 ? 1 : 0)),
        12,
        10,
      );
    for (let round = 0; round < 20; round++) {
      const [a, b] = [mask(), mask()];
      expect(maskTrackScores([{ predicted: a, expected: a }])).toEqual({ j: 1, f: 1, jf: 1 });
      expect(maskTrackScores([{ predicted: null, expected: a }])).toEqual({ j: 0, f: 0, jf: 0 });
      expect(regionSimilarity(a, b)).toBe(regionSimilarity(b, a));
      expect(contourAccuracy(a, b)).toBeCloseTo(contourAccuracy(b, a), 12);
      const frames = [
        { predicted: a, expected: b },
        { predicted: b, expected: b },
        { predicted: null, expected: a },
      ];
      const scores = maskTrackScores(frames);
      expect(maskTrackScores(shuffled(frames))?.jf).toBeCloseTo(scores?.jf ?? NaN, 12);
    }
  });
});

describe('numbers and words', () => {
  test('counts: all right is 1 with no error, no number at all 0, and order does not matter', () => {
    for (let round = 0; round < 20; round++) {
      const truths = times(1 + draw(8), () => draw(40));
      const shares = { accuracy: 1, withinOne: 1, close: 1, valid: 1, meanError: 0 };
      expect(countScores(truths.map((truth) => countScore(truth, truth)))).toMatchObject(shares);
      const none = { accuracy: 0, withinOne: 0, close: 0, valid: 0, meanError: null };
      expect(countScores(truths.map((truth) => countScore(null, truth)))).toMatchObject(none);
      const scores = truths.map((truth) => countScore(draw(40), truth));
      const all = countScores(scores)!;
      expect(all.accuracy).toBeLessThanOrEqual(all.withinOne);
      expect(all.withinOne).toBeLessThanOrEqual(all.close);
      const again = countScores(shuffled(scores))!;
      expect(again).toEqual({ ...all, meanError: again.meanError });
      expect(again.meanError).toBeCloseTo(all.meanError!, 12);
    }
  });

  test('short answers: the accepted one is 1, an empty one 0, and the order of those accepted does not matter', () => {
    const words = ['red', 'a blue cup', 'Paris', '12', 'left', "don't", '3.5', 'yes'];
    for (const word of words) {
      const others = words.filter((other) => other !== word);
      for (const score of [exactAnswer, anls, relaxedAccuracy]) {
        expect(score(word, [...others, word])).toBe(1);
        expect(score('', words)).toBe(0);
        expect(score(word, shuffled(others))).toBe(score(word, others));
      }
      const annotators = [word, ...others, word, word];
      expect(vqaAccuracy(word, annotators)).toBe(1);
      expect(vqaAccuracy('', annotators)).toBe(0);
      expect(vqaAccuracy(others[0]!, shuffled(annotators))).toBe(vqaAccuracy(others[0]!, annotators));
    }
  });

  test('choices: text and letter of the right one are 1 in every order, an empty answer is 0', () => {
    const choices = ['a red ball', 'blue', 'two dogs', 'a cat'];
    for (let round = 0; round < 20; round++) {
      const order = shuffled(choices);
      order.forEach((text, right) => {
        expect(choiceScore(text, order, right)).toBe(1);
        expect(choiceScore('ABCD'[right]!, order, right)).toBe(1);
        expect(choiceScore('', order, right)).toBe(0);
        expect(choiceScore(order[(right + 1) % 4]!, order, right)).toBe(0);
      });
    }
  });
});

test('a paired test does not know in which order questions were asked', () => {
  for (let round = 0; round < 10; round++) {
    const pairs = times(9, () => [draw(11) / 10, draw(11) / 10] as const);
    const result = (list: typeof pairs) =>
      pairedTest(
        list.map(([before]) => before),
        list.map(([, after]) => after),
      )!;
    const [one, other] = [result(pairs), result(shuffled(pairs))];
    expect(other.pValue).toBe(one.pValue);
    expect(other.difference.value).toBeCloseTo(one.difference.value, 12);
    expect([other.better, other.worse, other.same]).toEqual([one.better, one.worse, one.same]);
  }
});
