// Which moments of a video a report shows: those with something to see, and not too many. Pure.

import { nearest } from '../metrics/track-frames.ts';
import type { QuestionMedia } from '../question.ts';

type Video = Extract<QuestionMedia, { readonly kind: 'video' }>;

/** Moments where nothing is marked are spread over the video; more of them would say no more. */
const unmarked = 4;

/** `most` of `list`, spread evenly with both ends; the middle one where it is one. */
export function someOf<T>(list: readonly T[], most: number): readonly T[] {
  if (list.length <= most) return list;
  const share = (i: number) => (most === 1 ? 0.5 : i / (most - 1));
  const chosen = new Set(Array.from({ length: most }, (_, i) => Math.round(share(i) * (list.length - 1))));
  return list.filter((_, i) => chosen.has(i));
}

export interface Moments {
  /** Seconds, ascending: every moment that a mark may belong to. */
  readonly all: readonly number[];
  /** Those of them that are shown. */
  readonly shown: readonly number[];
}

/** `markedSec` are the times of marks. Those of a list of frames become the times of its frames. */
export function momentsShown(
  { video, durationSec }: Video,
  markedSec: readonly number[],
  most: number,
): Moments {
  const frames = typeof video === 'object' && 'frames' in video ? video.timestamps : null;
  if (markedSec.length === 0) {
    const all = frames ?? Array.from({ length: unmarked }, (_, i) => (durationSec * (i + 0.5)) / unmarked);
    return { all, shown: someOf(all, Math.min(most, unmarked)) };
  }
  const snapped = markedSec.map((timeSec) =>
    // Behind its end a file has nothing to show.
    frames ? (nearest(frames, timeSec) ?? timeSec) : Math.min(timeSec, durationSec),
  );
  const all = [...new Set(snapped)].sort((a, b) => a - b);
  return { all, shown: someOf(all, most) };
}
