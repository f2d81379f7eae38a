// Questions about a place that was clicked. Pure.

import type { ClickDetail } from '../../src/overlay/molmo-overlay.ts';
import type { MediaInfo } from '../../src/index.ts';

const thousandths = (value: number, size: number) =>
  String(Math.min(1000, Math.max(0, Math.round((1000 * value) / size)))).padStart(3, '0');

/** The sampled time next to a moment: the model saw that frame, and no other one near. */
export function nearestSample(timeSec: number, timestamps: readonly number[]): number {
  return timestamps.reduce(
    (best, time) => (Math.abs(time - timeSec) < Math.abs(best - timeSec) ? time : best),
    timestamps[0] ?? timeSec,
  );
}

/** Asks what is there, with the place as the model writes places. */
export function placeQuestion(click: ClickDetail, media: MediaInfo): string {
  const { width = 1, height = 1 } = media.sizes[media.kind === 'video' ? 0 : click.image - 1] ?? {};
  const key =
    media.kind === 'video' ? nearestSample(click.timeSec ?? 0, media.timestamps).toFixed(1) : click.image;
  const place = `${thousandths(click.x, width)} ${thousandths(click.y, height)}`;
  return `What is this? <points coords="${key} 1 ${place}">this</points>`;
}
