// What an answer's text marks, in pixels and seconds, read as the published evaluations read it.

import { extractPoints, extractTracks } from '../src/index.ts';
import type { Place, Size } from './metrics/point-match.ts';
import type { PredictedMoment, PredictedTrack } from './metrics/track-frames.ts';
import type { TimedPlace, VideoMedia } from './metrics/video-points.ts';

/** The points of an answer about pictures of `sizes`, with the number of their picture. */
export function toldPoints(
  text: string,
  sizes: readonly Size[],
): readonly (Place & { readonly image: number })[] {
  const [first] = sizes;
  if (sizes.length === 1 && first)
    return extractPoints(text, { kind: 'image', width: first.width, height: first.height }).points.map(
      ({ x, y }) => ({ image: 1, x, y }),
    );
  return extractPoints(text, { kind: 'multi', sizes }).points.map(({ key, x, y }) => ({
    image: key ?? 1,
    x,
    y,
  }));
}

/** The points of an answer about a video. */
export function toldVideoPoints(text: string, { width, height }: VideoMedia): readonly TimedPlace[] {
  const { points } = extractPoints(text, { kind: 'video', width, height });
  return points.map(({ key, x, y }) => ({ timeSec: key ?? 0, x, y }));
}

/** The tracks of an answer about a video, in the order in which they appear. */
export function toldTracks(text: string, { width, height }: Size): readonly PredictedTrack[] {
  // Numbers of frames are not used, so that any rate will do.
  const { frames } = extractTracks(text, { width, height, fps: 1 });
  const ways = new Map<number | null, PredictedMoment[]>();
  for (const { timeSec, points } of frames)
    for (const { id, x, y } of points) {
      const way = ways.get(id) ?? [];
      ways.set(id, way);
      way.push({ timeSec, x, y });
    }
  return Array.from(ways.values(), (points) => ({ points }));
}
