// What the text of one answer is worth, by the kind of its question's reference. Points and tracks are read from the text as the
// published evaluations read them.

import { Molmo2Error } from '../src/errors.ts';
import { answerIn, exactAnswer, vqaAccuracy } from './metrics/answers.ts';
import type { CaptionScores } from './metrics/captions.ts';
import { choiceScore } from './metrics/choices.ts';
import { clearMot, type ClearMotScores } from './metrics/clear-mot.ts';
import { countScore, statedCount, type CountScore } from './metrics/counting.ts';
import { hota, type HotaScores } from './metrics/hota.ts';
import { matchPicturePoints, type PointScores } from './metrics/point-match.ts';
import { sideBySide, trackingFrames, trackPointScores } from './metrics/track-frames.ts';
import { matchVideoPoints, type VideoTolerance } from './metrics/video-points.ts';
import type { Question, QuestionKind, QuestionMedia, Reference } from './question.ts';
import { toldPoints, toldTracks, toldVideoPoints } from './told-places.ts';

/** `score` is the one number of 0 to 1 that questions of a kind are compared by; the others say where it comes from. */
export type AnswerScore =
  /** F1. */
  | { readonly kind: 'points' | 'video-points'; readonly score: number; readonly points: PointScores }
  /** 1 where the number is right. */
  | { readonly kind: 'count'; readonly score: number; readonly count: CountScore }
  /** HOTA, the mean over its thresholds. */
  | {
      readonly kind: 'tracks';
      readonly score: number;
      readonly hota: HotaScores;
      readonly clear: ClearMotScores;
      readonly moments: { readonly precision: number; readonly recall: number; readonly f1: number };
    }
  /** 1 or 0; shares between them where annotators disagree. */
  | { readonly kind: 'choice' | 'short'; readonly score: number }
  /** F1 of statements, as a judge found them; see `judge/`. */
  | {
      readonly kind: 'caption';
      readonly score: number;
      /** The model that judged. */
      readonly judge: string;
      readonly caption: CaptionScores;
      readonly statements: {
        /** Those of the caption; right where the reference supports them. */
        readonly stated: readonly JudgedStatement[];
        /** Those of the reference; right where the caption covers them. */
        readonly expected: readonly JudgedStatement[];
      };
    };

export interface JudgedStatement {
  readonly statement: string;
  readonly isRight: boolean;
}

/** How strict to be where references have no masks, and what to do about moments that nobody annotated. */
export interface ScoringOptions extends VideoTolerance {
  /** As of `sideBySide`. */
  readonly unannotated?: 'wrong' | 'ignored';
}

// From so many on, accepted answers are those of annotators, as in VQA, and not spellings.
const annotators = 10;

type Images = Extract<QuestionMedia, { readonly kind: 'images' }>;
type Video = Extract<QuestionMedia, { readonly kind: 'video' }>;

function imagesOf({ id, media, reference }: Question): Images['images'] {
  if (media.kind === 'images' && media.images.length > 0) return media.images;
  throw unsuitable(id, reference.kind, 'pictures', media.kind);
}

function videoOf({ id, media, reference }: Question): Video {
  if (media.kind === 'video') return media;
  throw unsuitable(id, reference.kind, 'a video', media.kind);
}

function unsuitable(id: string, kind: QuestionKind, needed: string, got: QuestionMedia['kind']): Molmo2Error {
  return new Molmo2Error(
    'bad-request',
    `Question "${id}" has a reference of kind "${kind}", which needs ${needed}, but its media are "${got}". ` +
      'Correct one of them in its file.',
  );
}

/**
 * Scores `text` as the answer to `question`; null for captions, which need a judge.
 * @throws Molmo2Error `bad-request` where reference and media do not suit each other.
 */
export function scoreAnswer(
  question: Question,
  text: string,
  options: ScoringOptions = {},
): AnswerScore | null {
  const { reference } = question;
  switch (reference.kind) {
    case 'points': {
      const sizes = imagesOf(question);
      const points = matchPicturePoints(
        toldPoints(text, sizes),
        reference.points,
        sizes,
        options.thousandths,
      );
      return { kind: 'points', score: points.f1, points };
    }
    case 'video-points': {
      const video = videoOf(question);
      const points = matchVideoPoints(toldVideoPoints(text, video), reference.points, video, options);
      return { kind: 'video-points', score: points.f1, points };
    }
    case 'count': {
      const count = countScore(toldCount(question, text), reference.count);
      return { kind: 'count', score: count.isCorrect ? 1 : 0, count };
    }
    case 'tracks':
      return scoreTracks(videoOf(question), reference, text, options);
    case 'choice':
      return { kind: 'choice', score: choiceScore(text, reference.choices, reference.right) };
    case 'short': {
      const compare = reference.answers.length >= annotators ? vqaAccuracy : exactAnswer;
      return { kind: 'short', score: compare(answerIn(text), reference.answers) };
    }
    case 'caption':
      return null;
  }
}

/**
 * The number an answer means. About pictures it is the number of its points, as published, where it has any; a number that is
 * stated counts otherwise, and always about a video. "There are none." is 0: the published code means to read it so, but its
 * pattern never matches.
 */
function toldCount({ media }: Question, text: string): number | null {
  const points = media.kind === 'images' ? toldPoints(text, media.images).length : 0;
  if (points > 0) return points;
  return statedCount(text) ?? (/^\s*there are none\b/i.test(text) ? 0 : null);
}

function scoreTracks(
  video: Video,
  reference: Extract<Reference, { readonly kind: 'tracks' }>,
  text: string,
  options: ScoringOptions,
): AnswerScore {
  const moments = sideBySide(toldTracks(text, video), reference, options);
  const sides = trackingFrames(moments, video);
  const scores = hota(sides);
  return {
    kind: 'tracks',
    score: scores.hota,
    hota: scores,
    clear: clearMot(sides),
    moments: trackPointScores(moments, video),
  };
}
