// What a model is shown of a question's media, and what of the reference can be asked of it then.

import type { AskInput } from '../../src/index.ts';
import type { FrameSource, Question, QuestionMedia, Reference } from '../question.ts';
import type { RunSettings } from './run-record.ts';

/** How much of its media a model is shown at most. */
export type Limits = Pick<RunSettings, 'maxCrops' | 'maxFrames' | 'maxFps'>;

/** What the released models were trained with; sequences for trackers have many times as many. */
const usualFps = 2;

/** Far below the distance of frames, and above what times are rounded to. */
const slackSec = 1e-6;

/** The frames nearest to a grid of `maxFps` a second, at most `maxFrames` of them; all where they are not denser than that. */
export function thinnedFrames(
  { frames, timestamps }: FrameSource,
  { maxFps = usualFps, maxFrames = Infinity }: Limits,
): FrameSource {
  const [firstSec = 0, lastSec = 0] = [timestamps[0], timestamps.at(-1)];
  const stepSec = Math.max(1 / maxFps, (lastSec - firstSec) / Math.max(1, maxFrames - 1));
  const chosen: number[] = [];
  const apartSec = (i: number, tickSec: number) => Math.abs((timestamps[i] ?? Infinity) - tickSec);
  const ticks = Math.ceil((lastSec - firstSec) / stepSec - slackSec) + 1;
  for (let tick = 0, i = 0; tick < ticks; tick++) {
    const tickSec = firstSec + tick * stepSec;
    while (apartSec(i + 1, tickSec) < apartSec(i, tickSec) - slackSec) i++;
    // A longer gap has ticks that no frame belongs to.
    if (apartSec(i, tickSec) <= stepSec / 2 + slackSec && chosen.at(-1) !== i) chosen.push(i);
  }
  return {
    frames: chosen.flatMap((i) => frames[i] ?? []),
    timestamps: chosen.flatMap((i) => timestamps[i] ?? []),
  };
}

function shown(media: QuestionMedia, limits: Limits): Omit<AskInput, 'prompt' | 'style'> {
  const { maxCrops, maxFrames, maxFps } = limits;
  switch (media.kind) {
    case 'none':
      return {};
    case 'images':
      return {
        images: media.images.map(({ source }) => source),
        ...(maxCrops !== undefined && { maxCrops }),
      };
    case 'video': {
      const { video } = media;
      if (typeof video !== 'string' && !(video instanceof Blob))
        return { video: thinnedFrames(video, limits) };
      return {
        video,
        ...(maxFrames !== undefined && { maxFrames }),
        ...(maxFps !== undefined && { maxFps }),
      };
    }
  }
}

/** What the model is asked. */
export function askInput({ media, prompt, style }: Question, limits: Limits = {}): AskInput {
  return { ...shown(media, limits), prompt, ...(style !== undefined && { style }) };
}

// Answers write times with one decimal.
const sameSec = 0.05 + 1e-6;

function isAmong(timeSec: number, times: readonly number[]): boolean {
  return times.some((other) => Math.abs(other - timeSec) <= sameSec);
}

export interface SeenReference {
  readonly reference: Reference;
  /** `ignored` where the model was shown moments that nobody annotated, of which it may speak. */
  readonly unannotated: 'wrong' | 'ignored';
}

/**
 * Tracks at those annotated moments that the model was shown: of others it cannot know. As it is where none of them was shown,
 * and where nothing says which moments were annotated.
 */
export function seenReference(reference: Reference, shownSec: readonly number[]): SeenReference {
  if (reference.kind !== 'tracks' || !reference.timesSec || shownSec.length === 0)
    return { reference, unannotated: 'wrong' };
  const { tracks, timesSec } = reference;
  const unannotated = shownSec.every((timeSec) => isAmong(timeSec, timesSec)) ? 'wrong' : 'ignored';
  const seen = timesSec.filter((timeSec) => isAmong(timeSec, shownSec));
  if (seen.length === 0 || seen.length === timesSec.length) return { reference, unannotated };
  const kept = tracks
    .map((track) => ({ ...track, moments: track.moments.filter(({ timeSec }) => isAmong(timeSec, seen)) }))
    .filter(({ moments }) => moments.length > 0);
  return { reference: { ...reference, tracks: kept, timesSec: seen }, unannotated };
}
