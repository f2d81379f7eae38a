// Puts what lies over a time line to its places: playhead, part, what hovers, and the words for screen readers.

import type { TimeRange } from './timeline-events.ts';
import type { TimelineParts } from './timeline-parts.ts';
import { clockTime, shareOf, type View } from './view.ts';

export interface Face {
  readonly view: View;
  readonly widthPx: number;
  readonly durationSec: number;
}

function moved(timeSec: number, { view, widthPx }: Face): string {
  return `translateX(${(shareOf(timeSec, view) * widthPx).toFixed(2)}px)`;
}

/** Playhead and figures. With every frame, so it does nothing else. */
export function showMoment({ playhead, time }: TimelineParts, timeSec: number, face: Face): void {
  playhead.style.transform = moved(timeSec, face);
  time.textContent = `${clockTime(timeSec, 2)} / ${clockTime(face.durationSec)}`;
}

export function placeRange(parts: TimelineParts, part: TimeRange | null, face: Face): void {
  const { range, from, until, over, choose } = parts;
  const { view, widthPx, durationSec } = face;
  over.style.width = `${widthPx}px`;
  for (const element of [range, from, until]) element.hidden = part === null || durationSec === 0;
  choose.setAttribute('aria-pressed', String(part !== null));
  if (!part) return;
  const ends = [
    [from, part.startSec],
    [until, part.endSec],
  ] as const;
  for (const [handle, timeSec] of ends) {
    handle.style.transform = moved(timeSec, face);
    handle.setAttribute('aria-valuemax', durationSec.toFixed(1));
    handle.setAttribute('aria-valuenow', timeSec.toFixed(2));
    handle.setAttribute('aria-valuetext', clockTime(timeSec));
  }
  range.style.transform = moved(part.startSec, face);
  range.style.width = `${((part.endSec - part.startSec) / (view.untilSec - view.fromSec)) * widthPx}px`;
}

export function placeScroll({ scroll }: TimelineParts, isZoomed: boolean, { view, durationSec }: Face): void {
  const hiddenSec = durationSec - (view.untilSec - view.fromSec);
  scroll.hidden = !isZoomed || hiddenSec < 1e-6;
  scroll.max = String(Math.max(0, hiddenSec));
  scroll.value = String(view.fromSec);
  scroll.setAttribute('aria-valuetext', `${clockTime(view.fromSec)} to ${clockTime(view.untilSec)}`);
}

/** `null` hides it. */
export function placeHover(
  parts: TimelineParts,
  timeSec: number | null,
  picture: HTMLCanvasElement | null,
  face: Face,
): void {
  const { hover, preview, box } = parts;
  hover.hidden = timeSec === null;
  preview.hidden = timeSec === null;
  if (timeSec === null) return;
  hover.style.transform = moved(timeSec, face);
  const text = document.createTextNode(clockTime(timeSec));
  preview.replaceChildren(...(picture ? [picture] : []), text);
  const left = box.clientWidth - face.widthPx + shareOf(timeSec, face.view) * face.widthPx;
  const most = box.clientWidth - preview.offsetWidth;
  preview.style.left = `${Math.min(Math.max(0, left - preview.offsetWidth / 2), most)}px`;
}

/** The slider's value in words; `there` are the marks at this time. */
export function sayTime(
  { main }: TimelineParts,
  timeSec: number,
  durationSec: number,
  there: readonly string[],
): void {
  main.setAttribute('aria-valuemax', durationSec.toFixed(1));
  main.setAttribute('aria-valuenow', Math.min(timeSec, durationSec).toFixed(1));
  main.setAttribute('aria-valuetext', [clockTime(timeSec), ...there].join(', '));
}
