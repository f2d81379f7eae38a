// What an overlay draws at one moment: dots and lines in pixels of the original picture. Pure.

import type { Marks } from './answer-marks.ts';
import { type Spot, trackMoment, visiblePoints } from './moments.ts';
import { colorOf } from './palette.ts';

/** How much is written beside a dot; `auto` writes names while few dots are visible, numbers otherwise. */
export type LabelMode = 'auto' | 'text' | 'number' | 'none';

export interface Dot extends Spot {
  readonly color: string;
  /** Inside the dot; empty where there is nothing to tell apart. */
  readonly number: string;
  /** Beside the dot. */
  readonly text: string;
}

export interface Line {
  readonly color: string;
  readonly trail: readonly Spot[];
  readonly path: readonly Spot[];
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
  readonly holdSec: number;
  readonly labels: LabelMode;
  readonly colors: readonly string[];
}

/** With more visible dots than this, names would cover the picture. */
const maxNames = 8;

function number(id: number | null, labels: LabelMode, known: number): string {
  return id === null || labels === 'none' || (labels === 'auto' && known < 2) ? '' : String(id);
}

/** The dots and lines of `marks` at one moment. */
export function scene(marks: Marks, options: SceneOptions): Scene {
  const { image, timeSec, holdSec, labels, colors } = options;
  const timestamps = marks.media?.timestamps ?? [];
  const ofPicture = marks.points.filter((p) => p.image === undefined || p.image === image);
  const points =
    timeSec === null ? ofPicture : visiblePoints(ofPicture, timestamps, timeSec, Math.max(holdSec, 0.5));
  const moments = marks.tracks.map((track) => ({
    track,
    ...trackMoment(track, timestamps, timeSec ?? Infinity, timeSec === null ? Infinity : holdSec),
  }));
  const shown = points.length + moments.filter((m) => m.dot).length;
  const named = labels === 'text' || (labels === 'auto' && shown <= maxNames);
  const known = Math.max(marks.points.length, marks.tracks.length);
  const dot = (spot: Spot, id: number | null, label: string): Dot => ({
    x: spot.x,
    y: spot.y,
    color: colorOf(id, colors),
    number: number(id, labels, known),
    text: named ? label : '',
  });
  return {
    dots: [
      ...points.map((p) => dot(p, p.id, p.label)),
      ...moments.flatMap((m) => (m.dot ? [dot(m.dot, m.track.id, m.track.label)] : [])),
    ],
    lines: moments.map((m) => ({ color: colorOf(m.track.id, colors), trail: m.trail, path: m.path })),
  };
}
