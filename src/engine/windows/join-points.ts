// Points of window after window -> points of the whole video. A window points at each thing once, where it first sees it; what
// two windows see both is told by both, and what went on from one into the next is told at the next one's first frame.

import type { Point, TimeWindow } from '../../api.ts';
import { apart, nearShare, sameLabel, sameTimeSec, type FrameSize } from './join-tracks.ts';
import { cheapestPairs } from './nearest.ts';

export class PointJoiner {
  readonly #size: FrameSize;
  readonly #stepSec: number;
  readonly #points: Point[] = [];
  /** What the window before pointed at, and where it ended. */
  #before: readonly Point[] = [];
  #seenSec = -Infinity;

  /** `stepSec` is the time between sampled frames: windows may differ by one in when something appears. */
  constructor(size: FrameSize, stepSec: number) {
    this.#size = size;
    this.#stepSec = stepSec;
  }

  /** All points so far, numbered from 1. */
  get points(): readonly Point[] {
    return this.#points;
  }

  /** Takes the points of the next window, and returns those that are new. */
  add(found: readonly Point[], { startSec, endSec }: TimeWindow): readonly Point[] {
    const isSeen = ({ timeSec = startSec }: Point) => timeSec <= this.#seenSec + sameTimeSec;
    const repeated = found.filter(isSeen);
    const pairs = cheapestPairs(
      (row, column) => this.#distance(this.#before[row], repeated[column]),
      this.#before.length,
      repeated.length,
      nearShare,
    );
    const joined = new Set(pairs.map(([, column]) => repeated[column]));
    const isFirst = this.#seenSec === -Infinity;
    const fresh = found.filter(
      (point) =>
        isFirst ||
        !isSeen(point) ||
        (!joined.has(point) && (point.timeSec ?? startSec) > startSec + sameTimeSec),
    );
    const numbered = fresh.map((point, i) => ({ ...point, id: this.#points.length + i + 1 }));
    this.#points.push(...numbered);
    this.#before = found;
    this.#seenSec = endSec;
    return numbered;
  }

  #distance(a: Point | undefined, b: Point | undefined): number {
    if (!a || !b || !sameLabel(a.label, b.label)) return Infinity;
    const late = Math.abs((a.timeSec ?? 0) - (b.timeSec ?? 0));
    return late <= this.#stepSec + sameTimeSec ? apart(a, b, this.#size) : Infinity;
  }
}
