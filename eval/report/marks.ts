// What is drawn on the pictures of one question: where the reference is and what the answer marked, in pixels of the original, and
// which of them belong together, as the scores count it. Pure.

import { hitPairs, type Place, type Size } from '../metrics/point-match.ts';
import { nearest, sideBySide } from '../metrics/track-frames.ts';
import { videoHitPairs } from '../metrics/video-points.ts';
import type { Box, Mask, Question, QuestionMedia, Reference } from '../question.ts';
import type { ScoringOptions } from '../score-answer.ts';
import { toldPoints, toldTracks, toldVideoPoints } from '../told-places.ts';
import { momentsShown, someOf } from './moments-shown.ts';

/** One thing that is drawn. */
export type DrawnMark =
  /** Where an object is. `isFound` is null where references are not matched one by one. */
  | ({
      readonly what: 'reference';
      readonly isFound: boolean | null;
      readonly mask?: Mask;
      readonly box?: Box;
    } & Place)
  /** Where the answer points; `number` tells tracks apart. */
  | ({ readonly what: 'answer'; readonly isHit: boolean | null; readonly number?: number } & Place)
  | {
      readonly what: 'way';
      readonly of: 'reference' | 'answer';
      readonly points: readonly Place[];
      readonly number: number;
    };

/** A picture of the question, or a moment of its video. */
export type ShownPlace =
  { readonly kind: 'image'; readonly image: number } | { readonly kind: 'moment'; readonly timeSec: number };

export interface MarkedPicture extends Size {
  readonly place: ShownPlace;
  readonly marks: readonly DrawnMark[];
}

export interface MarkedPictures {
  readonly pictures: readonly MarkedPicture[];
  /** How many pictures or moments there were to choose from. */
  readonly outOf: number;
}

/** Pictures of one example at most. */
export const mostPictures = 6;

type Video = Extract<QuestionMedia, { readonly kind: 'video' }>;

/** The pictures of a question with the marks of its reference and of the answer's `text`, null where there is none. */
export function markedPictures(
  question: Question,
  text: string | null,
  options: ScoringOptions = {},
): MarkedPictures {
  const { media } = question;
  if (media.kind === 'none') return { pictures: [], outOf: 0 };
  return media.kind === 'images'
    ? onPictures(question, media.images, text ?? '', options)
    : onMoments(question, media, text ?? '', options);
}

function onPictures(
  { reference }: Question,
  sizes: readonly Size[],
  text: string,
  { thousandths }: ScoringOptions,
): MarkedPictures {
  const told = toldPoints(text, sizes);
  const all = sizes.map(({ width, height }, i): MarkedPicture => {
    const here = told.filter(({ image }) => image === i + 1);
    const expected =
      reference.kind === 'points' ? reference.points.filter(({ image }) => image === i + 1) : null;
    const pairs = expected ? hitPairs(here, expected, { width, height }, thousandths) : [];
    const marks: DrawnMark[] = [
      ...(expected ?? []).map(({ x, y, mask }, j): DrawnMark => {
        const isFound = pairs.some((pair) => pair.expected === j);
        return { what: 'reference', isFound, x, y, ...(mask && { mask }) };
      }),
      ...here.map(({ x, y }, j): DrawnMark => {
        const isHit = expected ? pairs.some((pair) => pair.predicted === j) : null;
        return { what: 'answer', isHit, x, y };
      }),
    ];
    return { place: { kind: 'image', image: i + 1 }, width, height, marks };
  });
  // Of many pictures those with something on them come first, in their order.
  const busy = all.filter(({ marks }) => marks.length > 0);
  const chosen = all.length <= mostPictures ? all : someOf(busy.length > 0 ? busy : all, mostPictures);
  return { pictures: chosen, outOf: all.length };
}

/** A mark with the moment it belongs to. */
interface TimedMark {
  readonly timeSec: number;
  readonly mark: DrawnMark;
}

interface TimedMarks {
  readonly marks: readonly TimedMark[];
  /** Drawn at every moment. */
  readonly ways: readonly DrawnMark[];
}

function onMoments(question: Question, video: Video, text: string, options: ScoringOptions): MarkedPictures {
  const { reference } = question;
  const { marks, ways } =
    reference.kind === 'tracks'
      ? trackMarks(reference, video, text, options)
      : pointMarks(reference, video, text, options);
  const times = marks.map(({ timeSec }) => timeSec);
  const { all, shown } = momentsShown(video, times, mostPictures);
  const pictures = shown.map((timeSec): MarkedPicture => {
    const here = marks.filter((one) => nearest(all, one.timeSec) === timeSec);
    const { width, height } = video;
    const place = { kind: 'moment', timeSec } as const;
    return { place, width, height, marks: [...ways, ...here.map(({ mark }) => mark)] };
  });
  return { pictures, outOf: all.length };
}

function pointMarks(reference: Reference, video: Video, text: string, options: ScoringOptions): TimedMarks {
  const told = toldVideoPoints(text, video);
  const expected = reference.kind === 'video-points' ? reference.points : null;
  const pairs = expected ? videoHitPairs(told, expected, video, options) : [];
  const right = (expected ?? []).map(({ timeSec, x, y, mask }, j): TimedMark => {
    const isFound = pairs.some((pair) => pair.expected === j);
    return { timeSec, mark: { what: 'reference', isFound, x, y, ...(mask && { mask }) } };
  });
  const answered = told.map(({ timeSec, x, y }, j): TimedMark => {
    const isHit = expected ? pairs.some((pair) => pair.predicted === j) : null;
    return { timeSec, mark: { what: 'answer', isHit, x, y } };
  });
  return { marks: [...right, ...answered], ways: [] };
}

function trackMarks(
  reference: Extract<Reference, { readonly kind: 'tracks' }>,
  video: Video,
  text: string,
  options: ScoringOptions,
): TimedMarks {
  const told = toldTracks(text, video);
  const marks = sideBySide(told, reference, options).flatMap(({ timeSec, expected, predicted }) => [
    ...expected.map(({ moment: { x, y, mask, box } }): TimedMark => ({
      timeSec,
      mark: { what: 'reference', isFound: null, x, y, ...(mask && { mask }), ...(box && { box }) },
    })),
    ...predicted.map(({ id, moment: { x, y } }): TimedMark => ({
      timeSec,
      mark: { what: 'answer', isHit: null, number: id + 1, x, y },
    })),
  ]);
  const way = (of: 'reference' | 'answer', points: readonly Place[], i: number): DrawnMark => ({
    what: 'way',
    of,
    points: points.map(({ x, y }) => ({ x, y })),
    number: i + 1,
  });
  const ways = [
    ...reference.tracks.map(({ moments }, i) => way('reference', moments, i)),
    ...told.map(({ points }, i) => way('answer', points, i)),
  ];
  return { marks, ways };
}
