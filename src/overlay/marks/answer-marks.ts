// Gathers what an answer points at from its events: early points and tracks while the text streams, the final ones
// when it is done.

import type { AskEvent, BranchEvent } from '../../api.ts';
import { inLayer } from './layers.ts';
import type { MarkedAnswer, MarkedPoint, MarkedTrack, Marks } from './marks.ts';

/** A track grows by being sent again, longer; its label may arrive only at the end. */
function withTrack(tracks: readonly MarkedTrack[], track: MarkedTrack): readonly MarkedTrack[] {
  const at = tracks.findLastIndex(
    (t) =>
      t.id === track.id &&
      t.layer === track.layer &&
      (t.label === track.label || t.label === '' || track.label === ''),
  );
  return at < 0 ? [...tracks, track] : tracks.with(at, track);
}

export function withAnswer(marks: Marks, answer: MarkedAnswer): Marks {
  return { ...marks, points: answer.points, tracks: answer.tracks };
}

/** A whole answer in place of what its layer had. */
function withDone(marks: Marks, { points, tracks }: MarkedAnswer, layer: string | undefined): Marks {
  const isOther = (item: MarkedPoint | MarkedTrack): boolean => item.layer !== layer;
  return {
    ...marks,
    points: [...marks.points.filter(isOther), ...points.map((point) => inLayer(point, layer))],
    tracks: [...marks.tracks.filter(isOther), ...tracks.map((track) => inLayer(track, layer))],
  };
}

/** The marks after one more event, for a layer or for none. Events that show nothing leave them as they are. */
export function withEvent(marks: Marks, event: AskEvent | BranchEvent, layer?: string): Marks {
  switch (event.type) {
    case 'media':
      return { ...marks, media: event.media };
    case 'point':
      return { ...marks, points: [...marks.points, inLayer(event.point, layer)] };
    case 'track':
      return { ...marks, tracks: withTrack(marks.tracks, inLayer(event.track, layer)) };
    case 'done':
      return withDone(marks, event.answer, layer);
    case 'progress':
    case 'notice':
    case 'text':
    case 'count':
    case 'trace':
    case 'failed':
      return marks;
  }
}
