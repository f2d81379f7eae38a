// The places of one object: in order, one at a time in a track, and interpolated ones on the line between their neighbours. Pure.

import { type AnnotationObject, type AnnotationPoint, placeKey } from './document.ts';

/** A place on the straight line between two, at a time between theirs. */
function between(from: AnnotationPoint, to: AnnotationPoint, timeSec: number): AnnotationPoint {
  const share = (timeSec - placeKey(from)) / (placeKey(to) - placeKey(from));
  return {
    x: from.x + (to.x - from.x) * share,
    y: from.y + (to.y - from.y) * share,
    timeSec,
    origin: 'interpolated',
  };
}

/** The places that somebody said, with those at `timesSec` between them on the lines. Times outside and those said are left out. */
export function filledWay(
  said: readonly AnnotationPoint[],
  timesSec: readonly number[],
): readonly AnnotationPoint[] {
  const way: AnnotationPoint[] = [];
  const waiting = [...new Set(timesSec)].sort((a, b) => a - b);
  let next = 0;
  said.forEach((to, i) => {
    const from = said[i - 1];
    for (; (waiting[next] ?? Infinity) <= placeKey(to); next++) {
      const timeSec = waiting[next] ?? 0;
      if (from && timeSec > placeKey(from) && timeSec < placeKey(to)) way.push(between(from, to, timeSec));
    }
    way.push(to);
  });
  return way;
}

/**
 * The object with other places: in order, and for a track one at each time (of several the last one given) with interpolated ones
 * worked out again; null where no place is left.
 */
export function withPoints(
  object: AnnotationObject,
  points: readonly AnnotationPoint[],
): AnnotationObject | null {
  const ordered = points.toSorted((a, b) => placeKey(a) - placeKey(b));
  if (object.kind === 'points') return ordered.length === 0 ? null : { ...object, points: ordered };
  const single = ordered.filter((point, i) => {
    const after = ordered[i + 1];
    return !after || placeKey(after) !== placeKey(point);
  });
  const said = single.filter(({ origin }) => origin !== 'interpolated');
  const filled = single.flatMap(({ origin, timeSec }) =>
    origin === 'interpolated' && timeSec !== undefined ? [timeSec] : [],
  );
  return said.length === 0 ? null : { ...object, points: filledWay(said, filled) };
}
