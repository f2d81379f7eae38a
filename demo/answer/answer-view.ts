// The turn that is shown, while it streams and when it is done: readable text and timings.

import type { Answer } from '../../src/index.ts';
import { type AnswerPart, answerParts } from './answer-parts.ts';
import { byId, make } from '../dom.ts';
import { duration, plural } from '../format.ts';
import { timesInText } from '../talk/times-in-text.ts';
import type { Turn, TurnState } from '../talk/turn.ts';

/** Words, with the times that they name as buttons that go there. */
function textElements(text: string, { info }: Turn): Node[] {
  if (info?.kind !== 'video') return [document.createTextNode(text)];
  return timesInText(text, info.durationSec ?? 0).map((piece) => {
    if (piece.timeSec === null) return document.createTextNode(piece.text);
    const chip = make('button', { type: 'button', className: 'chip', textContent: piece.text });
    chip.dataset['time'] = String(piece.timeSec);
    return chip;
  });
}

function partElements(part: AnswerPart, turn: Turn): Node[] {
  if (part.type === 'text') return textElements(part.text, turn);
  const { state } = turn;
  const kind = part.tag === 'tracks' ? 'object' : 'point';
  const label = part.label || (part.complete ? kind : state === 'answering' ? 'marking' : 'cancelled');
  const chip = make('button', { type: 'button', className: 'chip' }, label);
  chip.dataset['label'] = part.label;
  const text = part.tag === 'tracks' ? `followed, ${plural(part.objects, kind)}` : plural(part.objects, kind);
  chip.append(make('small', { textContent: text }));
  return [chip];
}

/** What stands where a text would be. */
const instead: Record<TurnState, string> = {
  queued: 'Waits for its turn.',
  answering: '',
  answered: '',
  cancelled: 'Cancelled before there was an answer.',
  failed: 'There is no answer.',
};

/** The turn's text with its tags made readable. */
export function answerElements(turn: Turn): (Node | string)[] {
  const { text, state } = turn;
  const parts = answerParts(text).flatMap((part) => partElements(part, turn));
  if (state === 'cancelled' && text !== '') parts.push(make('em', { textContent: ' (cancelled)' }));
  return parts.length > 0 ? parts : [instead[state]];
}

export function showText(turn: Turn): void {
  byId('answer', HTMLElement).replaceChildren(...answerElements(turn));
  byId('raw', HTMLElement).textContent = turn.text;
}

/** Shows a turn as it is now; null leaves the card empty. */
export function showTurn(turn: Turn | null): void {
  const card = byId('answer-card', HTMLElement);
  const answer = byId('answer', HTMLElement);
  const question = byId('question', HTMLElement);
  card.dataset['state'] = turn?.state ?? 'none';
  question.textContent = turn?.question.prompt ?? '';
  // A long one is scrolled, also with the keyboard.
  question.toggleAttribute('tabindex', false);
  if (question.scrollHeight > question.clientHeight) question.tabIndex = 0;
  // Screen readers hear the answer once it is whole.
  answer.setAttribute('aria-busy', String(turn?.state === 'answering'));
  byId('answer-tools', HTMLElement).hidden = !turn?.answer;
  byId('timings', HTMLElement).textContent = '';
  byId('points', HTMLElement).hidden = true;
  if (turn) showText(turn);
  else {
    answer.textContent = 'The answer comes here, and its dots onto the picture.';
    byId('raw', HTMLElement).textContent = '';
  }
  if (turn?.answer) showTimings(turn.answer);
}

/** Time of each stage and the rate of writing. */
function showTimings({ timings, usage, finishReason }: Answer): void {
  const rate = timings.decodeMs > 0 ? (usage.newTokens / timings.decodeMs) * 1000 : 0;
  const parts = [
    `media ${duration(timings.mediaMs)}`,
    `vision ${duration(timings.visionMs)}`,
    `reading ${plural(usage.promptTokens, 'token')} ${duration(timings.prefillMs)}`,
    `writing ${plural(usage.newTokens, 'token')} ${duration(timings.decodeMs)}` +
      (rate > 0 ? ` (${rate.toFixed(rate < 10 ? 1 : 0)} tokens/s)` : ''),
    `total ${duration(timings.totalMs)}`,
    ...(finishReason === 'length' ? ['stopped at the most new tokens'] : []),
  ];
  byId('timings', HTMLElement).textContent = parts.join(' · ');
}
