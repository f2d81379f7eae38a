// The annotations of each turn: its answer as a document, as it was corrected, with what can be undone.

import { annotationsOf, type AnnotationHistory, historyOf } from '../../src/annotations/annotations.ts';
import type { Turn } from '../talk/turn.ts';

const histories = new WeakMap<Turn, AnnotationHistory>();

/** Null where a turn has no answer yet, or was shown nothing. */
export function historyOfTurn(turn: Turn | null): AnnotationHistory | null {
  if (!turn?.answer || !turn.info || turn.info.kind === 'none') return null;
  const known = histories.get(turn);
  if (known) return known;
  const { prompt, media } = turn.question;
  const names = media?.files.map(({ name }) => name) ?? [];
  const made = historyOf(turn.draft ?? annotationsOf(turn.answer, turn.info, { names, prompt }));
  histories.set(turn, made);
  return made;
}

/** Keeps a history; its document goes with the turn into the next visit. */
export function keepHistory(turn: Turn, history: AnnotationHistory): void {
  histories.set(turn, history);
  turn.draft = history.document;
}
