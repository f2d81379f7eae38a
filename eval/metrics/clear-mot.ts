// The counts of CLEAR MOT (Bernardin and Stiefelhagen 2008) as TrackEval takes them: in each moment pairs that were together in
// the moment before stay together, and the others are paired by similarity.

import { assign } from './assignment.ts';
import type { TrackingFrame } from './track-frames.ts';

export interface ClearMotScores {
  readonly matches: number;
  readonly misses: number;
  readonly falsePositives: number;
  /** How often an object is found again as another one than it was last. */
  readonly switches: number;
  /** 1 - (misses + falsePositives + switches) / objects, which may be below 0; 0 where there are no objects. */
  readonly mota: number;
  /** Mean similarity of the matches; 0 without any. */
  readonly motp: number;
}

// Larger than any sum of similarities in one frame.
const stayingTogether = 1000;

/** Counts of one video; pairs below `threshold` are none. */
export function clearMot(frames: readonly TrackingFrame[], threshold = 0.5): ClearMotScores {
  const lastSeenAs = new Map<number, number>();
  let before = new Map<number, number>();
  let [matches, misses, falsePositives, switches, similaritySum] = [0, 0, 0, 0, 0];
  for (const { expected, predicted, similarity } of frames) {
    const similar = (i: number, j: number) => similarity[i]?.[j] ?? 0;
    const pairs = assign(
      expected.map((id, i) =>
        predicted.map((other, j) =>
          similar(i, j) < threshold - Number.EPSILON
            ? 0
            : -(before.get(id) === other ? stayingTogether : 0) - similar(i, j),
        ),
      ),
    ).filter(({ cost }) => cost < -Number.EPSILON);
    // A moment with nothing on one side does not part what was together, as TrackEval has it.
    if (expected.length > 0 && predicted.length > 0) before = new Map();
    for (const { row, column } of pairs) {
      const [id, other] = [expected[row] ?? -1, predicted[column] ?? -1];
      const last = lastSeenAs.get(id);
      if (last !== undefined && last !== other) switches++;
      lastSeenAs.set(id, other);
      before.set(id, other);
      similaritySum += similar(row, column);
    }
    matches += pairs.length;
    misses += expected.length - pairs.length;
    falsePositives += predicted.length - pairs.length;
  }
  return {
    matches,
    misses,
    falsePositives,
    switches,
    mota: (matches - falsePositives - switches) / Math.max(1, matches + misses),
    motp: similaritySum / Math.max(1, matches),
  };
}
