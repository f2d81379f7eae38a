// A question about a scene, with everything that its answer is scored by.

import type { ShapeObject } from './shapes.ts';

export type SceneQuestionKind =
  | 'point'
  | 'count'
  | 'caption'
  | 'yes-no'
  | 'short' // a colour or a place in a word or two
  | 'track'
  | 'appear' // where and when something is first seen in a clip
  | 'video-count'
  | 'direction'
  | 'video-caption';

/** An object where it should be pointed at: in the picture of this number, or at this moment. */
export interface ScenePoint {
  readonly image?: number;
  readonly timeSec?: number;
  readonly object: ShapeObject;
}

/** One object on its way through a clip; `objects` are as it is drawn at each moment. */
export interface SceneTrack {
  readonly id: number;
  readonly moments: readonly { readonly timeSec: number; readonly object: ShapeObject }[];
}

export interface SceneQuestion {
  readonly kind: SceneQuestionKind;
  readonly prompt: string;
  /** The right answer as the model was taught to write it. */
  readonly answer: string;
  /** What is looked for, in the singular; of questions that point, count or track. */
  readonly label?: string;
  /** Of `point`, `count`, `appear` and `video-count`: all that is to be found. */
  readonly points?: readonly ScenePoint[];
  /** Of captions: what they should say, one statement per object. */
  readonly statements?: readonly string[];
  /** Of `track`. */
  readonly tracks?: readonly SceneTrack[];
}
