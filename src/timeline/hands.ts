// What people do on a time line, by pointer and by keyboard: scrub, step, zoom, choose a part, pick marks.

import type { TimelineDrawing } from './drawing.ts';
import type { Gestures } from './gestures.ts';
import { keyAction } from './keys.ts';
import { stopsOf } from './lanes.ts';
import { endingHere, likelyPart, partBetween, withEnd } from './part.ts';
import type { TimelineOverlay, TimeRange } from './timeline-events.ts';
import type { TimelineParts } from './timeline-parts.ts';
import { panned, shareOf, timeAt, zoomed } from './view.ts';

/** The element, as far as hands reach. */
export interface Held {
  readonly overlay: TimelineOverlay | null;
  readonly video: HTMLVideoElement | null;
  readonly samples: readonly number[];
  readonly range: TimeRange | null;
  readonly durationSec: number;
  readonly timeSec: number;
  seek(timeSec: number): void;
  stepFrame(direction: 1 | -1): Promise<void>;
  zoom(factor: number): void;
}

export interface TimelineHands {
  readonly gestures: Gestures;
  /** Whether a key means something here; then it was done. */
  press(event: KeyboardEvent, target: EventTarget | undefined): boolean;
  /** Goes to the mark of a lane that is clicked, and selects its object; elsewhere to the moment. */
  pickMark(event: MouseEvent): void;
  /** Drops the part, or chooses a likely one. */
  toggleRange(): void;
}

/** Hands on `line`; `choose` takes the part that they choose. */
export function handsOn(
  line: Held,
  drawing: TimelineDrawing,
  { body }: TimelineParts,
  choose: (range: TimeRange | null) => void,
): TimelineHands {
  const range = (): TimeRange => line.range ?? { startSec: 0, endSec: line.durationSec };
  const gestures: Gestures = {
    timeAt: (clientX) => {
      const { left, width } = body.getBoundingClientRect();
      return Math.min(line.durationSec, Math.max(0, timeAt((clientX - left) / width, drawing.view)));
    },
    seek: (timeSec) => line.seek(timeSec),
    span: (from, until) => choose(partBetween(from, until, line.durationSec)),
    moveEnd: (end, timeSec) => choose(withEnd(range(), end, timeSec, line.durationSec)),
    zoom: (factor, share) => drawing.show(zoomed(drawing.view, factor, share, line.durationSec)),
    pan: (share) => {
      const { fromSec, untilSec } = drawing.view;
      drawing.show(panned(drawing.view, share * (untilSec - fromSec), line.durationSec));
    },
    hover: (timeSec) => drawing.hover(timeSec),
  };
  return {
    gestures,
    press({ key, altKey, ctrlKey, metaKey }, target) {
      const { video, durationSec } = line;
      if (!video || altKey || ctrlKey || metaKey || target instanceof HTMLInputElement) return false;
      if (target instanceof HTMLButtonElement && (key === ' ' || key === 'Enter')) return false;
      const marks = stopsOf(drawing.lanes);
      const action = keyAction(key, {
        video,
        durationSec,
        stops: marks.length > 0 ? marks : line.samples,
        seek: (timeSec) => line.seek(timeSec),
        stepFrame: (direction) => line.stepFrame(direction),
        zoom: (factor) => line.zoom(factor),
        startHere: (now) => choose(endingHere(range(), 'from', now, durationSec)),
        endHere: (now) => choose(endingHere(range(), 'until', now, durationSec)),
        dropRange: () => choose(null),
      });
      action?.();
      return action !== undefined;
    },
    pickMark({ clientX, offsetY }) {
      const lane = drawing.lanes[Math.floor(offsetY / drawing.rowPx)];
      if (!lane) return;
      const { view, widthPx } = drawing;
      const atPx = clientX - body.getBoundingClientRect().left;
      const gap = (timeSec: number): number => Math.abs(shareOf(timeSec, view) * widthPx - atPx);
      const mark = lane.marks.toSorted((a, b) => gap(a.timeSec) - gap(b.timeSec))[0];
      const isHit = mark !== undefined && gap(mark.timeSec) < 10;
      line.seek(isHit ? mark.timeSec : timeAt(atPx / widthPx, view));
      if (line.overlay && mark) line.overlay.selected = isHit || lane.isTrack ? mark.key : null;
    },
    toggleRange: () => choose(line.range ? null : likelyPart(drawing.view, line.timeSec, line.durationSec)),
  };
}
