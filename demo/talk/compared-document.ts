// What a comparison saves: the objects of all its answers in one document, each in the colour of its answer. Pure.

import { type AnnotationDocument, edited } from '../../src/annotations/annotations.ts';
import { historyOfTurn } from '../edit/drafts.ts';
import type { Turn } from './turn.ts';

/** One of the turns that are compared, as it looks. */
export interface ComparedTurn {
  readonly turn: Turn;
  /** `#rrggbb`. */
  readonly color: string;
  readonly isVisible: boolean;
}

function coloredDocument({ turn, color, isVisible }: ComparedTurn): AnnotationDocument | null {
  const document = historyOfTurn(turn)?.document;
  if (!document) return null;
  const objects = document.objects.map((object) => ({
    ...object,
    color: object.color ?? color,
    visible: object.visible && isVisible,
  }));
  return { ...document, objects };
}

/** Null where none of them has an answer yet. Objects whose ids are taken get new ones. */
export function comparedDocument(turns: readonly ComparedTurn[]): AnnotationDocument | null {
  const [first, ...others] = turns.flatMap((one) => coloredDocument(one) ?? []);
  if (!first) return null;
  const all = others.reduce((document, { objects }) => edited(document, { type: 'append', objects }), first);
  return { ...all, asked: [first, ...others].flatMap(({ asked }) => asked) };
}
