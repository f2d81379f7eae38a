// HOTA (Luiten et al. 2021, arXiv:2009.07736): one measure of finding objects and of keeping their identities. Counted as
// TrackEval does: pairs of ids are weighed over the whole video first, each moment is then matched once by weight times
// similarity, and a pair counts for a threshold alpha where its similarity reaches it.

import { assign } from './assignment.ts';
import type { TrackingFrame } from './track-frames.ts';

/** The thresholds: 0.05, 0.1 ... 0.95. */
export const alphas: readonly number[] = Array.from({ length: 19 }, (_, i) => (i + 1) / 20);

/** Scores at one threshold. */
export interface HotaAt {
  readonly alpha: number;
  readonly matches: number;
  readonly misses: number;
  readonly falsePositives: number;
  /** sqrt(detA * assA). */
  readonly hota: number;
  /** TP / (TP + FN + FP). */
  readonly detA: number;
  /** Over all matches the mean of TPA / (TPA + FNA + FPA) of their pair of ids. */
  readonly assA: number;
}

/** Scores of one video; the first three are means over `alphas`. */
export interface HotaScores {
  readonly hota: number;
  readonly detA: number;
  readonly assA: number;
  /** At alpha 0.5, which is what is reported where a similarity is only 0 or 1. */
  readonly half: HotaAt;
  readonly at: readonly HotaAt[];
}

/** Numbers by pair of ids. */
class PairTable {
  readonly #rows = new Map<number, Map<number, number>>();

  get(row: number, column: number): number {
    return this.#rows.get(row)?.get(column) ?? 0;
  }

  add(row: number, column: number, value: number): void {
    const cells = this.#rows.get(row) ?? new Map<number, number>();
    this.#rows.set(row, cells);
    cells.set(column, (cells.get(column) ?? 0) + value);
  }

  *entries(): Generator<[row: number, column: number, value: number]> {
    for (const [row, cells] of this.#rows) for (const [column, value] of cells) yield [row, column, value];
  }
}

function countIds(frames: readonly (readonly number[])[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const ids of frames) for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

/** Which ids could belong together: similarities, shared out among those that compete for them, as a Jaccard index of tracks. */
function alignments(
  frames: readonly TrackingFrame[],
  seen: Map<number, number>,
  told: Map<number, number>,
): PairTable {
  const potential = new PairTable();
  for (const { expected, predicted, similarity } of frames) {
    const columnSums = predicted.map((_, j) => similarity.reduce((sum, row) => sum + (row[j] ?? 0), 0));
    expected.forEach((id, i) => {
      const row = similarity[i] ?? [];
      const rowSum = row.reduce((a, b) => a + b, 0);
      predicted.forEach((other, j) => {
        const here = row[j] ?? 0;
        const rivals = rowSum + (columnSums[j] ?? 0) - here;
        if (here > 0 && rivals > Number.EPSILON) potential.add(id, other, here / rivals);
      });
    });
  }
  const aligned = new PairTable();
  for (const [id, other, value] of potential.entries())
    aligned.add(id, other, value / ((seen.get(id) ?? 0) + (told.get(other) ?? 0) - value));
  return aligned;
}

/**
 * Scores of one video. `expected` and `predicted` ids are unique in each frame. Both empty is 1, one of them empty 0, as in the
 * published evaluation of Molmo2 (TrackEval says 0 for both).
 */
export function hota(frames: readonly TrackingFrame[]): HotaScores {
  const seen = countIds(frames.map(({ expected }) => expected));
  const told = countIds(frames.map(({ predicted }) => predicted));
  const aligned = alignments(frames, seen, told);
  const pairs = frames.flatMap(({ expected, predicted, similarity }) => {
    const weights = expected.map((id, i) =>
      predicted.map((other, j) => -aligned.get(id, other) * (similarity[i]?.[j] ?? 0)),
    );
    return assign(weights).map(({ row, column }) => ({
      id: expected[row] ?? -1,
      other: predicted[column] ?? -1,
      similarity: similarity[row]?.[column] ?? 0,
    }));
  });
  const at = alphas.map((alpha) => scoresAt(alpha, pairs, seen, told));
  const mean = (key: 'hota' | 'detA' | 'assA') =>
    at.reduce((sum, scores) => sum + scores[key], 0) / at.length;
  return {
    hota: mean('hota'),
    detA: mean('detA'),
    assA: mean('assA'),
    half: scoresAt(0.5, pairs, seen, told),
    at,
  };
}

function scoresAt(
  alpha: number,
  pairs: readonly { readonly id: number; readonly other: number; readonly similarity: number }[],
  seen: Map<number, number>,
  told: Map<number, number>,
): HotaAt {
  const together = new PairTable();
  const matched = pairs.filter(({ similarity }) => similarity >= alpha - Number.EPSILON);
  for (const { id, other } of matched) together.add(id, other, 1);
  const total = (counts: Map<number, number>) => [...counts.values()].reduce((a, b) => a + b, 0);
  const matches = matched.length;
  const misses = total(seen) - matches;
  const falsePositives = total(told) - matches;
  const counts = { alpha, matches, misses, falsePositives };
  if (matches + misses + falsePositives === 0) return { ...counts, hota: 1, detA: 1, assA: 1 };
  let association = 0;
  for (const [id, other, value] of together.entries())
    association += (value * value) / ((seen.get(id) ?? 0) + (told.get(other) ?? 0) - value);
  const detA = matches / (matches + misses + falsePositives);
  const assA = association / Math.max(1, matches);
  return { ...counts, hota: Math.sqrt(detA * assA), detA, assA };
}
