// The keys of a time line.

import { nextStop } from './lanes.ts';

export interface KeyActions {
  readonly video: HTMLVideoElement;
  readonly durationSec: number;
  /** Where the arrow keys stop. */
  readonly stops: readonly number[];
  seek(timeSec: number): void;
  stepFrame(direction: 1 | -1): unknown;
  zoom(factor: number): void;
  startHere(timeSec: number): void;
  endHere(timeSec: number): void;
  dropRange(): void;
}

/** What a key does; undefined where it does nothing. */
export function keyAction(key: string, to: KeyActions): (() => unknown) | undefined {
  const { video, durationSec, stops } = to;
  const now = video.currentTime;
  const step = (direction: 1 | -1) => (): void => to.seek(nextStop(stops, now, direction, durationSec));
  const actions: Readonly<Record<string, () => unknown>> = {
    arrowright: step(1),
    arrowup: step(1),
    arrowleft: step(-1),
    arrowdown: step(-1),
    pageup: () => to.seek(now + 1),
    pagedown: () => to.seek(now - 1),
    home: () => to.seek(0),
    end: () => to.seek(durationSec),
    // A browser may refuse to play; then the video stays as it is.
    ' ': () => (video.paused ? video.play().catch(() => {}) : video.pause()),
    ',': () => to.stepFrame(-1),
    '.': () => to.stepFrame(1),
    '+': () => to.zoom(2),
    '=': () => to.zoom(2),
    '-': () => to.zoom(0.5),
    '0': () => to.zoom(0),
    i: () => to.startHere(now),
    o: () => to.endHere(now),
    x: () => to.dropRange(),
  };
  return actions[key.toLowerCase()];
}
