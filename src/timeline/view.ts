// The part of the time that is shown, and where a moment lies in it. Pure; seconds on one side, shares of the width on the
// other.

export interface View {
  readonly fromSec: number;
  readonly untilSec: number;
}

/** Closer than this nothing more is to be seen: a few frames. */
const shortestSec = 0.2;

export function shareOf(timeSec: number, { fromSec, untilSec }: View): number {
  return (timeSec - fromSec) / (untilSec - fromSec);
}

export function timeAt(share: number, { fromSec, untilSec }: View): number {
  return fromSec + share * (untilSec - fromSec);
}

/** A view of that length inside the whole time, as near to `fromSec` as it can be. */
function placed(fromSec: number, lengthSec: number, durationSec: number): View {
  const length = Math.min(durationSec, Math.max(Math.min(shortestSec, durationSec), lengthSec));
  const from = Math.min(Math.max(0, fromSec), durationSec - length);
  return { fromSec: from, untilSec: from + length };
}

/** `factor` above 1 shows less time, larger; the moment at `share` stays where it is. */
export function zoomed(view: View, factor: number, share: number, durationSec: number): View {
  const length = (view.untilSec - view.fromSec) / factor;
  const kept = Math.min(durationSec, Math.max(Math.min(shortestSec, durationSec), length));
  return placed(timeAt(share, view) - share * kept, length, durationSec);
}

export function panned(view: View, bySec: number, durationSec: number): View {
  return placed(view.fromSec + bySec, view.untilSec - view.fromSec, durationSec);
}

/** The view that `timeSec` lies in: the same one, or turned like a page. */
export function following(view: View, timeSec: number, durationSec: number): View {
  if (timeSec >= view.fromSec && timeSec <= view.untilSec) return view;
  return placed(timeSec - 0.05 * (view.untilSec - view.fromSec), view.untilSec - view.fromSec, durationSec);
}

const tickSteps = [0.04, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];

/** Moments for a ruler whose marks are at least `widthPx / mostTicks` apart. */
export function ticks(view: View, mostTicks: number): readonly number[] {
  const length = view.untilSec - view.fromSec;
  const step = tickSteps.find((s) => length / s <= mostTicks) ?? 3600 * Math.ceil(length / 3600 / mostTicks);
  const first = Math.ceil(view.fromSec / step - 1e-9);
  const count = Math.floor(view.untilSec / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => (first + i) * step);
}

/** 1:02.5, and 1:02:03.5 from an hour on; without tenths where `digits` is 0. */
export function clockTime(timeSec: number, digits = 1): string {
  const scale = 10 ** digits;
  const rounded = Math.round(Math.max(0, timeSec) * scale) / scale;
  const seconds = (rounded % 60).toFixed(digits).padStart(digits === 0 ? 2 : 3 + digits, '0');
  const minutes = Math.floor(rounded / 60);
  const hours = Math.floor(minutes / 60);
  return hours === 0
    ? `${minutes}:${seconds}`
    : `${hours}:${String(minutes % 60).padStart(2, '0')}:${seconds}`;
}
