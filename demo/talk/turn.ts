// A question with what came of it. The page shows one of them at a time, and all of them in a row.

import type { AnnotationDocument } from '../../src/annotations/annotations.ts';
import type { Answer, AskEvent, MediaInfo } from '../../src/index.ts';
import type { Question } from '../session.ts';

/** `queued` waits for the model or for the question before it. */
export type TurnState = 'queued' | 'answering' | 'answered' | 'cancelled' | 'failed';

/** What is said of a turn beside its question. */
export const stateWords: Readonly<Record<TurnState, string>> = {
  queued: 'waiting',
  answering: 'being answered',
  answered: '',
  cancelled: 'cancelled',
  failed: 'no answer',
};

export interface Turn {
  readonly id: number;
  readonly question: Question;
  state: TurnState;
  /** What was answered so far. */
  text: string;
  /** As the model was shown it; null where it was shown nothing yet. */
  info: MediaInfo | null;
  /** Whether it went on with the turn before. */
  continues: boolean;
  /** Null until the answer is whole. */
  answer: Answer | null;
  /** The answer as it was corrected by hand; absent where it was not. */
  draft?: AnnotationDocument;
  /** What an overlay needs to draw an answer that is not whole. */
  readonly events: AskEvent[];
}

/** A question that nobody has looked at yet. */
export function newTurn(id: number, question: Question): Turn {
  return {
    id,
    question,
    state: 'queued',
    text: '',
    info: null,
    continues: false,
    answer: null,
    events: [],
  };
}

/** Takes what an event adds to the turn. */
export function take(turn: Turn, event: AskEvent): void {
  switch (event.type) {
    case 'text':
      turn.text += event.text;
      return;
    case 'media':
      turn.info = event.media;
      turn.continues = event.continues;
      turn.events.push(event);
      return;
    case 'point':
    case 'track':
      turn.events.push(event);
      return;
    case 'done':
      turn.text = event.answer.text;
      turn.answer = event.answer;
      turn.state = 'answered';
      // The answer has them all.
      turn.events.splice(0, Infinity, ...turn.events.filter(({ type }) => type === 'media'), event);
      return;
    case 'progress':
    case 'notice':
    case 'count':
    case 'trace':
  }
}

/** The answered turns of the conversation that `last` belongs to, in order. */
export function conversationOf(turns: readonly Turn[], last: Turn): readonly Turn[] {
  const until = turns.slice(0, turns.indexOf(last) + 1).filter(({ answer }) => answer !== null);
  return until.slice(until.findLastIndex(({ continues }) => !continues));
}

/** Whether a turn has an answer about media. */
export function isComparable({ answer, info }: Turn): boolean {
  return answer !== null && info !== null && info.kind !== 'none';
}
