// The turn that is shown, while it streams and when it is done: readable text, the list of marked places, timings.

import type { Answer } from '../src/index.ts';
import type { MolmoOverlay } from '../src/overlay/molmo-overlay.ts';
import { type AnswerPart, answerParts } from './answer-parts.ts';
import { byId, make } from './dom.ts';
import { clockTime, duration, plural } from './format.ts';
import type { Turn, TurnState } from './talk/turn.ts';

function partElement(part: AnswerPart, state: TurnState): Node {
  if (part.type === 'text') return document.createTextNode(part.text);
  const kind = part.tag === 'tracks' ? 'object' : 'point';
  const label = part.label || (part.complete ? kind : state === 'answering' ? 'marking' : 'cancelled');
  const chip = make('span', { className: 'chip' }, label);
  const text = part.tag === 'tracks' ? `followed, ${plural(part.objects, kind)}` : plural(part.objects, kind);
  chip.append(make('small', { textContent: text }));
  return chip;
}

/** What stands where a text would be. */
const instead: Record<TurnState, string> = {
  queued: 'Waits for its turn.',
  answering: '',
  answered: '',
  cancelled: 'Cancelled before there was an answer.',
  failed: 'There is no answer.',
};

/** Shows the turn's text with its tags made readable. */
export function showText({ text, state }: Turn): void {
  const answer = byId('answer', HTMLElement);
  const parts = answerParts(text).map((part) => partElement(part, state));
  if (state === 'cancelled' && text !== '') parts.push(make('em', { textContent: ' (cancelled)' }));
  answer.replaceChildren(...(parts.length > 0 ? parts : [instead[state]]));
  byId('raw', HTMLElement).textContent = text;
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

interface Row {
  readonly id: number | null;
  readonly name: string;
  readonly place: string;
  readonly timeSec: number | null;
}

function rowsOf(overlay: MolmoOverlay): readonly Row[] {
  const several = (overlay.media?.sizes.length ?? 1) > 1;
  const points = overlay.points.map((p): Row => {
    const pixels = `${Math.round(p.x)}, ${Math.round(p.y)}`;
    const where =
      p.timeSec === undefined
        ? several
          ? `picture ${p.image ?? 1}: ${pixels}`
          : pixels
        : `${clockTime(p.timeSec)} · ${pixels}`;
    return { id: p.id, name: p.label || 'point', place: where, timeSec: p.timeSec ?? null };
  });
  const tracks = overlay.tracks.map((t): Row => {
    const first = t.points[0]?.timeSec ?? 0;
    const last = t.points.at(-1)?.timeSec ?? first;
    return {
      id: t.id,
      name: t.label || 'object',
      place: `${clockTime(first)} to ${clockTime(last)} · ${plural(t.points.length, 'step')}`,
      timeSec: first,
    };
  });
  return [...points, ...tracks];
}

/** Lists what `overlay` has marked; places in a video are buttons that go there. */
export function showPlaces(overlay: MolmoOverlay, onSeek: ((timeSec: number) => void) | null): void {
  const rows = rowsOf(overlay).map((row) => {
    const swatch = make('span', { className: 'swatch', textContent: row.id === null ? '' : String(row.id) });
    swatch.style.background = overlay.colorOf(row.id);
    const name = make('span', { textContent: row.name });
    const place = make('span', { className: 'place', textContent: row.place });
    const { timeSec } = row;
    if (timeSec === null || !onSeek) return make('li', {}, make('div', {}, swatch, name, place));
    const button = make('button', { type: 'button' }, swatch, name, place);
    button.addEventListener('click', () => onSeek(timeSec));
    return make('li', {}, button);
  });
  const list = byId('points', HTMLElement);
  list.hidden = rows.length === 0;
  list.replaceChildren(...rows);
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
