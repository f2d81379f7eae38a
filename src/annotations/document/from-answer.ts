// From an answer to objects that can be edited, and back to points and tracks that an overlay shows.

import type { Answer, MediaInfo, Point, Track } from '../../api.ts';
import type { MarkedAnswer } from '../../overlay/marks/marks.ts';
import {
  type AnnotationDocument,
  annotationMedia,
  type AnnotationObject,
  type AnnotationPoint,
  largestId,
  nextId,
} from './document.ts';

function sampled(point: Point | Track['points'][number], isVideo: boolean): AnnotationPoint {
  const { x, y, timeSec } = point;
  const image = 'image' in point ? point.image : undefined;
  return { x, y, ...(isVideo ? { timeSec: timeSec ?? 0 } : { image: image ?? 1 }), origin: 'sampled' };
}

/** An answer's own id where no object has it yet: answers of several tags count from 1 again in each. */
function freeId(wanted: number | null, taken: ReadonlySet<number>, next: () => number): number {
  const isId = wanted !== null && Number.isSafeInteger(wanted) && wanted >= 1 && wanted <= largestId;
  return isId && !taken.has(wanted) ? wanted : next();
}

/** Each point is an object, and so is each track. */
export function answerObjects(
  answer: Pick<Answer, 'points' | 'tracks'>,
  isVideo: boolean,
): AnnotationObject[] {
  const objects: AnnotationObject[] = [];
  const taken = new Set<number>();
  const add = (wanted: number | null, object: Omit<AnnotationObject, 'id' | 'visible' | 'color'>) => {
    const id = freeId(wanted, taken, () => nextId(objects));
    taken.add(id);
    objects.push({ id, visible: true, color: null, ...object });
  };
  for (const point of answer.points)
    add(point.id, { label: point.label, kind: 'points', points: [sampled(point, isVideo)] });
  for (const { id, label, points } of answer.tracks) {
    // An object is at one place at a time: the first one counts.
    const ascending = points.toSorted((a, b) => a.timeSec - b.timeSec);
    const places = ascending.filter(({ timeSec }, i) => timeSec !== ascending[i - 1]?.timeSec);
    if (places.length > 0)
      add(id, { label, kind: 'track', points: places.map((place) => sampled(place, isVideo)) });
  }
  return objects;
}

/**
 * The document of an answer. `media` is what the event `media` told; `names` are those of the files, `prompt` what was asked.
 * Ids are the answer's where they are unique, and go on behind the largest otherwise.
 */
export function annotationsOf(
  answer: Pick<Answer, 'text' | 'points' | 'tracks'>,
  media: MediaInfo,
  { names = [], prompt = '' }: { readonly names?: readonly string[]; readonly prompt?: string } = {},
): AnnotationDocument {
  return {
    media: annotationMedia(media, names),
    asked: [{ prompt, text: answer.text }],
    objects: answerObjects(answer, media.kind === 'video'),
  };
}

/** The media of a document as an event tells them, for `overlay.media`. */
export function mediaOf({ media }: AnnotationDocument): MediaInfo {
  return {
    kind: media.kind,
    sizes: media.files.map(({ width, height }) => ({ width, height })),
    timestamps: media.timestamps,
    durationSec: media.durationSec,
  };
}

/** The points and tracks of a document as an answer has them, for `overlay.answer`, with their colours; hidden objects are left out. */
export function answerOf({ objects }: Pick<AnnotationDocument, 'objects'>): MarkedAnswer {
  const shown = objects.filter(({ visible }) => visible);
  return {
    points: shown
      .filter(({ kind }) => kind === 'points')
      .flatMap(({ id, label, color, points }) =>
        points.map(({ x, y, image, timeSec }) => ({
          x,
          y,
          id,
          label,
          ...(color !== null && { color }),
          ...(timeSec === undefined ? { image: image ?? 1 } : { timeSec }),
        })),
      ),
    tracks: shown
      .filter(({ kind }) => kind === 'track')
      .map(({ id, label, color, points }) => ({
        id,
        label,
        ...(color !== null && { color }),
        points: points.map(({ x, y, timeSec = 0 }) => ({ timeSec, x, y })),
      })),
  };
}
