// What an overlay draws at one moment: dots and lines in pixels of the original picture. Pure.

import type { MarkedPoint, MarkedTrack, Marks } from './marks.ts';
import { isPointShown, type Shown, type Spot, type Step, stepsOf, trackMoment } from './moments.ts';
import { type MarkRef, objectKey, objectName } from './objects.ts';
import { colorOfMark, isLayerHidden } from './layers.ts';

/** How much is written beside a dot; `auto` writes names while few dots are visible, numbers otherwise. */
export type LabelMode = 'auto' | 'text' | 'number' | 'none';

/** Which ways of tracks are drawn; `passed` is what lies behind. */
export type PathMode = 'all' | 'passed' | 'none';

export interface Dot extends Spot, MarkRef {
  readonly color: string;
  /** Inside the dot; empty where there is nothing to tell apart. */
  readonly number: string;
  /** Beside the dot, where there is room. */
  readonly text: string;
  /** The model saw it on this very frame; otherwise its place is between two that it saw. */
  readonly isSampled: boolean;
  /** Number of that step of a track; null between steps, and for points. */
  readonly step: number | null;
  /** Selected or under the pointer: larger, on top, and named whatever lies around it. */
  readonly isStrong: boolean;
}

export interface Line {
  readonly key: string;
  readonly color: string;
  /** The whole way. */
  readonly path: readonly Step[];
  /** How many of its steps are behind. */
  readonly passed: number;
  readonly dot: Spot | null;
  /** Another object is selected. */
  readonly isFaint: boolean;
  /** Only what lies behind is drawn. */
  readonly isPassedOnly: boolean;
}

export interface Scene {
  readonly dots: readonly Dot[];
  readonly lines: readonly Line[];
}

export interface SceneOptions {
  /** 1-based number of the picture that is shown. */
  readonly image: number;
  /** Moment of the video; null for pictures. */
  readonly timeSec: number | null;
  /** See `Shown`; default `timeSec`. */
  readonly untilSec?: number;
  readonly holdSec: number;
  readonly labels: LabelMode;
  /** Default `all`. */
  readonly paths?: PathMode;
  readonly colors: readonly string[];
  /** Objects that are not drawn; default none. */
  readonly hidden?: ReadonlySet<string>;
  readonly selected?: string | null;
  /** The object under the pointer, or with the focus. */
  readonly pointedAt?: string | null;
}

/** With more visible dots than this, names would cover the picture. */
const maxNames = 8;
const nothing: ReadonlySet<string> = new Set();

function number(id: number | null, labels: LabelMode, known: number): string {
  return id === null || labels === 'none' || (labels === 'auto' && known < 2) ? '' : String(id);
}

/** The dots and lines of `marks` at one moment. */
export function scene(marks: Marks, options: SceneOptions): Scene {
  const { image, timeSec, labels, paths = 'all', colors, hidden = nothing } = options;
  const { selected = null, pointedAt = null } = options;
  const timestamps = marks.media?.timestamps ?? [];
  // All of a track is drawn over a picture.
  const now: Shown = { timeSec: timeSec ?? Infinity, untilSec: options.untilSec ?? timeSec ?? Infinity };
  const holdSec = timeSec === null ? Infinity : options.holdSec;
  const known = Math.max(marks.points.length, marks.tracks.length);
  const dots: Dot[] = [];
  const lines: Line[] = [];
  const add = (
    spot: Spot,
    item: MarkedPoint | MarkedTrack,
    of: Pick<Dot, keyof MarkRef | 'step' | 'isSampled'>,
  ): void => {
    const isStrong = of.key === selected || of.key === pointedAt;
    const text = isStrong ? objectName(item) : item.label;
    const color = colorOfMark(item, marks, colors);
    dots.push({ ...of, x: spot.x, y: spot.y, color, number: number(item.id, labels, known), text, isStrong });
  };
  for (const [i, point] of marks.points.entries()) {
    if (point.image !== undefined && point.image !== image) continue;
    const key = objectKey('point', i, point);
    if (hidden.has(key) || isLayerHidden(marks, point)) continue;
    if (timeSec === null || isPointShown(point, timestamps, now, Math.max(holdSec, 0.5)))
      add(point, point, { kind: 'point', index: i, key, step: null, isSampled: true });
  }
  for (const [i, path] of stepsOf(marks).entries()) {
    const track = marks.tracks[i];
    if (!track) continue;
    const key = objectKey('track', i, track);
    if (hidden.has(key) || isLayerHidden(marks, track)) continue;
    const { dot, passed, step } = trackMoment(path, now, holdSec);
    const isFaint = selected !== null && key !== selected;
    const color = colorOfMark(track, marks, colors);
    if (paths !== 'none')
      lines.push({ key, color, path, passed, dot, isFaint, isPassedOnly: paths === 'passed' });
    if (dot)
      add(dot, track, { kind: 'track', index: i, key, step, isSampled: timeSec === null || step !== null });
  }
  const named = labels === 'text' || (labels === 'auto' && dots.length <= maxNames);
  return {
    dots: named ? dots : dots.map((d) => (d.isStrong && labels !== 'none' ? d : { ...d, text: '' })),
    lines,
  };
}
