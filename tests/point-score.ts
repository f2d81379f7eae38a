// F1 of the points in many answers' texts: a match is the same time or picture, and within 4% of the picture's size.

import { structure } from './parity/samples.ts';

const nearThousandths = 40;

/** Each answer's points are matched greedily by distance with those of its reference. */
export function pointScore(answers: readonly string[], references: readonly string[]): number {
  let matches = 0;
  let points = 0;
  answers.forEach((answer, i) => {
    const [found, wanted] = [structure(answer).places, structure(references[i] ?? '').places];
    points += found.length + wanted.length;
    const pairs = found.flatMap((a, f) =>
      wanted.flatMap((b, w) => {
        const distance = Math.hypot(a.x - b.x, a.y - b.y);
        return a.key === b.key && distance <= nearThousandths ? [{ f, w, distance }] : [];
      }),
    );
    const taken = { f: new Set<number>(), w: new Set<number>() };
    for (const { f, w } of pairs.toSorted((a, b) => a.distance - b.distance)) {
      if (taken.f.has(f) || taken.w.has(w)) continue;
      taken.f.add(f);
      taken.w.add(w);
      matches += 1;
    }
  });
  return points === 0 ? 1 : (2 * matches) / points;
}
