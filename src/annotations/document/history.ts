// Undo and redo: the edits that were made, each with the document that it was made in. Pure; documents share what they have in
// common, so that a long history takes little more than its edits.

import type { AnnotationDocument } from './document.ts';
import { type AnnotationEdit, edited } from './edit.ts';

/** An edit, and the document on its other side. */
export interface AnnotationStep {
  readonly edit: AnnotationEdit;
  readonly document: AnnotationDocument;
}

/** A document with what it was before, and what was taken back. */
export interface AnnotationHistory {
  readonly document: AnnotationDocument;
  /** What was done, the newest last, each with the document before it. */
  readonly done: readonly AnnotationStep[];
  /** What was undone and may be done again, the next one last, each with the document after it. */
  readonly undone: readonly AnnotationStep[];
}

/** A history that begins with this document. */
export function historyOf(document: AnnotationDocument): AnnotationHistory {
  return { document, done: [], undone: [] };
}

/** The history after one more edit: what was undone cannot be done again. Edits that change nothing are not remembered. */
export function withEdit(history: AnnotationHistory, edit: AnnotationEdit): AnnotationHistory {
  const document = edited(history.document, edit);
  if (document === history.document) return history;
  return { document, done: [...history.done, { edit, document: history.document }], undone: [] };
}

/** One edit back; the same history where nothing was done. */
export function undo({ document, done, undone }: AnnotationHistory): AnnotationHistory {
  const last = done.at(-1);
  if (!last) return { document, done, undone };
  return {
    document: last.document,
    done: done.slice(0, -1),
    undone: [...undone, { edit: last.edit, document }],
  };
}

/** One edit forward again; the same history where nothing was undone. */
export function redo({ document, done, undone }: AnnotationHistory): AnnotationHistory {
  const next = undone.at(-1);
  if (!next) return { document, done, undone };
  return {
    document: next.document,
    done: [...done, { edit: next.edit, document }],
    undone: undone.slice(0, -1),
  };
}
