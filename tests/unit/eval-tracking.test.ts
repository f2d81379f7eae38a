import { describe, expect, test } from 'vitest';
import { clearMot } from '../../eval/metrics/clear-mot.ts';
import { alphas, hota } from '../../eval/metrics/hota.ts';
import { randomIndices } from '../../eval/metrics/random.ts';
import {
  boxSimilarity,
  sideBySide,
  similarity,
  trackingFrames,
  trackPointScores,
  type TrackingFrame,
} from '../../eval/metrics/track-frames.ts';
import { permutations } from './eval-support.ts';

interface Match {
  frame: number;
  id: number;
  other: number;
  value: number;
}

/** Everything at one moment, one expected id on each row, with the predicted ids as columns. */
function frame(expected: number[], predicted: number[], values: number[][]): TrackingFrame {
  return { expected, predicted, similarity: values };
}

/**
 * HOTA by its definition, without tables, potentials or an assignment algorithm: in each frame every matching is tried, and the
 * association of each match is counted by going through all frames again.
 */
function plainHota(frames: TrackingFrame[]) {
  const jaccard = (id: number, other: number) => {
    let [shared, withId, withOther] = [0, 0, 0];
    for (const { expected, predicted, similarity: s } of frames) {
      const [i, j] = [expected.indexOf(id), predicted.indexOf(other)];
      if (i >= 0) withId++;
      if (j >= 0) withOther++;
      if (i < 0 || j < 0) continue;
      const rivals = s[i]!.reduce((a, b) => a + b) + s.reduce((sum, row) => sum + row[j]!, 0) - s[i]![j]!;
      if (rivals > 0) shared += s[i]![j]! / rivals;
    }
    return shared / (withId + withOther - shared);
  };
  const best = frames.flatMap(({ expected, predicted, similarity: s }, at): Match[] => {
    const side = Math.max(expected.length, predicted.length);
    let [most, chosen]: [number, Match[]] = [-1, []];
    for (const order of permutations(side)) {
      const matches = order.flatMap((j, i) =>
        i < expected.length && j < predicted.length
          ? [{ frame: at, id: expected[i]!, other: predicted[j]!, value: s[i]![j]! }]
          : [],
      );
      const sum = matches.reduce((total, m) => total + jaccard(m.id, m.other) * m.value, 0);
      if (sum > most) [most, chosen] = [sum, matches];
    }
    return chosen;
  });
  const at = alphas.map((alpha) => {
    const tp = best.filter(({ value }) => value >= alpha - 1e-12);
    const [objects, told] = [
      frames.reduce((sum, f) => sum + f.expected.length, 0),
      frames.reduce((sum, f) => sum + f.predicted.length, 0),
    ];
    const associations = tp.map((c) => {
      const tpa = tp.filter(({ id, other }) => id === c.id && other === c.other).length;
      const fna = frames.filter(({ expected }) => expected.includes(c.id)).length - tpa;
      const fpa = frames.filter(({ predicted }) => predicted.includes(c.other)).length - tpa;
      return tpa / (tpa + fna + fpa);
    });
    const detA = tp.length / (objects + told - tp.length);
    const assA = associations.length === 0 ? 0 : associations.reduce((a, b) => a + b) / associations.length;
    return { hota: Math.sqrt(detA * assA), detA, assA };
  });
  const mean = (key: 'hota' | 'detA' | 'assA') => at.reduce((sum, one) => sum + one[key], 0) / at.length;
  return { hota: mean('hota'), detA: mean('detA'), assA: mean('assA') };
}

const draw = randomIndices(11);

/** Up to three objects and predictions per frame; similarities without ties. */
function randomFrames(): TrackingFrame[] {
  const some = () => [0, 1, 2, 3].filter(() => draw(3) > 0).slice(0, 3);
  return Array.from({ length: 1 + draw(4) }, () => {
    const [expected, predicted] = [some(), some()];
    return frame(
      expected,
      predicted,
      expected.map(() => predicted.map(() => (draw(4) === 0 ? 0 : (draw(1_000_000) + 0.5) / 1_000_000))),
    );
  });
}

describe('HOTA', () => {
  test('an object that is called something else half way: DetA 1, AssA 1/2', () => {
    // 4 matches; each of the two pairs has TPA 2, FNA 2, FPA 0: 2/4.
    const scores = hota([1, 1, 2, 2].map((id) => frame([7], [id], [[1]])));
    expect(scores.detA).toBeCloseTo(1, 12);
    expect(scores.assA).toBeCloseTo(0.5, 12);
    expect(scores.hota).toBeCloseTo(Math.SQRT1_2, 12);
    expect(scores.half).toMatchObject({ matches: 4, misses: 0, falsePositives: 0 });
  });

  test('one of two objects found in both frames: DetA 1/2, AssA 1 (the toy case of a public test suite)', () => {
    // SportsLabKit tests its port of TrackEval with TP 2, FN 2, FP 0, AssA 1, HOTA sqrt(1/2).
    const scores = hota([0, 1].map(() => frame([1, 2], [1], [[1], [0]])));
    expect(scores.half).toMatchObject({ matches: 2, misses: 2, falsePositives: 0, detA: 0.5, assA: 1 });
    expect(scores.hota).toBeCloseTo(Math.SQRT1_2, 12);
  });

  test('a similarity of 0.8 counts for 16 of 19 thresholds', () => {
    const scores = hota([frame([1], [1], [[0.8]])]);
    expect(scores.hota).toBeCloseTo(16 / 19, 12);
    expect(scores.at.filter(({ matches }) => matches === 1)).toHaveLength(16);
  });

  test('two objects, a swap and a false positive, worked by hand', () => {
    // Frames 1 to 3: a-1 and b-2; frame 4: a-2 and b-1, and a third prediction that is nowhere.
    // Of 8 objects 8 are matched, one prediction is wrong: DetA 8/9. Pairs: a-1 and b-2 have 3 of 4 + 4 - 3 = 5, a-2 and b-1
    // 1 of 7: AssA = (6 * 3/5 + 2 * 1/7) / 8 = 0.485714.
    const together = [
      [1, 0],
      [0, 1],
    ];
    const frames = [0, 1, 2].map(() => frame([1, 2], [1, 2], together));
    const swapped = frame(
      [1, 2],
      [1, 2, 3],
      [
        [0, 1, 0],
        [1, 0, 0],
      ],
    );
    const { half, assA } = hota([...frames, swapped]);
    expect(half).toMatchObject({ matches: 8, misses: 0, falsePositives: 1 });
    expect(half.detA).toBeCloseTo(8 / 9, 12);
    expect(assA).toBeCloseTo(0.4857142857, 9);
    expect(half.hota).toBeCloseTo(0.65707384, 8); // sqrt(8/9 * 17/35) = sqrt(136/315)
  });

  test('the whole video decides which of two similar predictions an object goes with', () => {
    // In the last frame 2 is a little more similar, but 1 has been with it before.
    const frames = [...[0, 1, 2].map(() => frame([1], [1], [[0.9]])), frame([1], [1, 2], [[0.8, 0.85]])];
    expect(hota(frames).half).toMatchObject({ matches: 4, falsePositives: 1, assA: 1 });
  });

  test('agrees with its definition, tried by brute force', () => {
    let compared = 0;
    for (let round = 0; round < 120; round++) {
      const frames = randomFrames();
      const isEmpty = frames.every(({ expected, predicted }) => expected.length + predicted.length === 0);
      if (isEmpty) continue;
      const [scores, plain] = [hota(frames), plainHota(frames)];
      expect(scores.detA).toBeCloseTo(plain.detA, 10);
      expect(scores.assA).toBeCloseTo(plain.assA, 10);
      expect(scores.hota).toBeCloseTo(plain.hota, 10);
      compared++;
    }
    expect(compared).toBeGreaterThan(90);
  });

  test('perfect is 1, both empty 1, one of them empty 0', () => {
    const perfect = [0, 1, 2].map(() =>
      frame(
        [4, 9],
        [1, 2],
        [
          [1, 0],
          [0, 1],
        ],
      ),
    );
    expect(hota(perfect).hota).toBeCloseTo(1, 12);
    expect(hota([]).hota).toBeCloseTo(1, 12);
    expect(hota([frame([], [], [])]).half.hota).toBe(1);
    expect(hota([frame([1], [], [[]])]).hota).toBe(0);
    expect(hota([frame([], [1], [])]).hota).toBe(0);
  });

  test('neither names nor order of objects matter, and swapping the sides swaps misses and false positives', () => {
    for (let round = 0; round < 30; round++) {
      const frames = randomFrames();
      const scores = hota(frames);
      const renamed = hota(
        frames.map(({ expected, predicted, similarity: s }) =>
          frame(
            expected.map((id) => 90 - id).reverse(),
            predicted.map((id) => id * 5 + 2),
            [...s.map((row) => [...row])].reverse(),
          ),
        ),
      );
      expect(renamed.hota).toBeCloseTo(scores.hota, 12);
      expect(renamed.assA).toBeCloseTo(scores.assA, 12);
      const swapped = hota(
        frames.map(({ expected, predicted, similarity: s }) =>
          frame(
            [...predicted],
            [...expected],
            predicted.map((_, j) => expected.map((_id, i) => s[i]![j]!)),
          ),
        ),
      );
      expect(swapped.hota).toBeCloseTo(scores.hota, 12);
      expect([swapped.half.misses, swapped.half.falsePositives]).toEqual([
        scores.half.falsePositives,
        scores.half.misses,
      ]);
    }
  });
});

describe('CLEAR MOT', () => {
  test('misses, false positives and switches, worked by hand', () => {
    const scores = clearMot([
      frame(
        [1, 2],
        [1, 2],
        [
          [0.9, 0],
          [0, 0.8],
        ],
      ), // two matches
      frame([1, 2], [1], [[0.4], [0]]), // below the threshold: 2 misses, 1 false positive
      frame(
        [1, 2],
        [3, 2],
        [
          [0.7, 0],
          [0, 0.6],
        ],
      ), // 1 is now 3: a switch
      frame([1], [3, 4], [[0.7, 0.95]]), // stays with 3, although 4 is nearer; 1 false positive
    ]);
    expect(scores).toMatchObject({ matches: 5, misses: 2, falsePositives: 2, switches: 1 });
    expect(scores.mota).toBeCloseTo(2 / 7, 12); // 1 - (2 + 2 + 1) / 7
    expect(scores.motp).toBeCloseTo(0.74, 12); // (0.9 + 0.8 + 0.7 + 0.6 + 0.7) / 5
  });

  test('an object that was away and comes back as itself is no switch, as another one it is', () => {
    const gone = frame([], [], []);
    const [one, two] = [frame([1], [5], [[1]]), frame([1], [6], [[1]])];
    expect(clearMot([one, gone, one]).switches).toBe(0);
    expect(clearMot([one, gone, two]).switches).toBe(1);
    expect(clearMot([one, two, one, two]).switches).toBe(3);
  });

  test('perfect is 1, nothing is 0, and too much is below 0', () => {
    expect(clearMot([frame([1], [5], [[1]])])).toMatchObject({ mota: 1, motp: 1 });
    expect(clearMot([])).toMatchObject({ mota: 0, motp: 0 });
    expect(clearMot([frame([1], [], [[]])])).toMatchObject({ mota: 0, misses: 1 });
    expect(clearMot([frame([1], [1, 2, 3], [[0, 0, 0]])]).mota).toBe(-3);
  });

  test('counts add up, whatever the frames', () => {
    for (let round = 0; round < 30; round++) {
      const frames = randomFrames();
      const { matches, misses, falsePositives } = clearMot(frames);
      expect(matches + misses).toBe(frames.reduce((sum, { expected }) => sum + expected.length, 0));
      expect(matches + falsePositives).toBe(frames.reduce((sum, { predicted }) => sum + predicted.length, 0));
    }
  });
});

describe('tracks side by side', () => {
  const size = { width: 200, height: 100 };
  const track = (id: number, ...moments: [timeSec: number, x: number, y: number][]) => ({
    id,
    moments: moments.map(([timeSec, x, y]) => ({ timeSec, x, y })),
  });
  const told = (...moments: [timeSec: number, x: number, y: number][]) => ({
    points: moments.map(([timeSec, x, y]) => ({ timeSec, x, y })),
  });

  test('written times find the moment they were rounded from; others are moments where nothing was', () => {
    const reference = { kind: 'tracks' as const, tracks: [track(5, [0.033, 10, 10], [0.533, 20, 10])] };
    const rows = sideBySide([told([0, 10, 10], [0.5, 20, 10], [0.5, 99, 99], [1, 30, 10])], reference);
    expect(rows.map(({ timeSec }) => timeSec)).toEqual([0.033, 0.533, 1]);
    expect(rows.map(({ expected, predicted }) => [expected.length, predicted.length])).toEqual([
      [1, 1],
      [1, 1],
      [0, 1],
    ]);
    expect(rows[1]?.predicted[0]?.moment.x).toBe(20); // the first of two
    const ignored = sideBySide([told([0, 10, 10], [1, 30, 10])], reference, { unannotated: 'ignored' });
    expect(ignored.map(({ predicted }) => predicted.length)).toEqual([1, 0]);
  });

  test('moments that were annotated and are empty make predictions there wrong', () => {
    const reference = { kind: 'tracks' as const, tracks: [track(1, [0, 10, 10])], timesSec: [0, 1] };
    const rows = sideBySide([told([0, 10, 10], [1, 10, 10])], reference, { unannotated: 'ignored' });
    const scores = hota(trackingFrames(rows, size));
    // 1 match of 2 predictions: DetA 1/2; TPA 1, FPA 1: AssA 1/2.
    expect(scores.half).toMatchObject({ matches: 1, falsePositives: 1, detA: 0.5, assA: 0.5, hota: 0.5 });
    // F1 is 1 in the first moment and 0 in the second.
    expect(trackPointScores(rows, size)).toEqual({ precision: 0.5, recall: 0.5, f1: 0.5 });
  });

  test('points: 1 - distance / 100 in thousandths of the extent', () => {
    const at = (x: number, y: number) =>
      similarity({ timeSec: 0, x, y }, { timeSec: 0, x: 100, y: 50 }, size);
    expect(at(100, 50)).toBe(1);
    expect(at(110, 50)).toBeCloseTo(0.5, 12); // 50 thousandths of 200 pixels
    expect(at(106, 54)).toBeCloseTo(0.5, 12); // 30 and 40 thousandths
    expect(at(140, 50)).toBe(0);
  });

  test('masks and boxes: inside or not; two boxes: intersection over union', () => {
    const box = { x: 10, y: 10, width: 20, height: 10 };
    const expected = { timeSec: 0, x: 20, y: 15, box };
    expect(similarity({ timeSec: 0, x: 30, y: 20 }, expected, size)).toBe(1);
    expect(similarity({ timeSec: 0, x: 30.1, y: 20 }, expected, size)).toBe(0);
    // Half of each overlaps: 100 / (200 + 200 - 100).
    const other = { x: 20, y: 10, width: 20, height: 10 };
    expect(similarity({ timeSec: 0, x: 30, y: 15, box: other }, expected, size)).toBeCloseTo(1 / 3, 12);
    expect(boxSimilarity(box, box)).toBe(1);
    expect(boxSimilarity(box, { ...box, x: 30 })).toBe(0);
    expect(boxSimilarity({ ...box, width: 0 }, { ...box, width: 0 })).toBe(0);
    const mask = { width: 2, height: 1, counts: [1, 1] };
    expect(similarity({ timeSec: 0, x: 1, y: 0 }, { timeSec: 0, x: 0, y: 0, mask }, size)).toBe(1);
    expect(similarity({ timeSec: 0, x: 0, y: 0 }, { timeSec: 0, x: 0, y: 0, mask }, size)).toBe(0);
  });

  test('the same tracks under other numbers are perfect, and no moments at all are 1', () => {
    const tracks = [track(3, [0, 10, 10], [1, 20, 10]), track(8, [0, 90, 90], [1, 80, 90])];
    const predicted = [told([0, 90, 90], [1, 80, 90]), told([0, 10, 10], [1, 20, 10])];
    const rows = sideBySide(predicted, { kind: 'tracks', tracks });
    expect(hota(trackingFrames(rows, size)).hota).toBeCloseTo(1, 12);
    expect(clearMot(trackingFrames(rows, size))).toMatchObject({ mota: 1, switches: 0 });
    expect(trackPointScores(rows, size).f1).toBe(1);
    expect(trackPointScores([], size).f1).toBe(1);
  });
});
