// The answer while it streams and when it is done: readable text, the list of marked places, timings.

import type { Answer } from '../src/index.ts';
import type { MolmoOverlay } from '../src/overlay/molmo-overlay.ts';
import { type AnswerPart, answerParts } from './answer-parts.ts';
import { byId, make } from './dom.ts';
import { clockTime, duration, plural } from './format.ts';

function partElement(part: AnswerPart): Node {
  if (part.type === 'text') return document.createTextNode(part.text);
  const kind = part.tag === 'tracks' ? 'object' : 'point';
  const label = part.label || (part.complete ? kind : 'marking');
  const chip = make('span', { className: 'chip' }, label);
  const text = part.tag === 'tracks' ? `followed, ${plural(part.objects, kind)}` : plural(part.objects, kind);
  chip.append(make('small', { textContent: text }));
  return chip;
}

/** Shows `text` with its tags made readable. */
export function showText(text: string): void {
  byId('answer', HTMLElement).replaceChildren(...answerParts(text).map(partElement));
  byId('raw', HTMLElement).textContent = text;
}

/** Clears the card for a new question; an earlier turn of the conversation moves to the history. */
export function startAnswer(question: string, continues: boolean): void {
  const history = byId('history', HTMLElement);
  const card = byId('answer-card', HTMLElement);
  const answer = byId('answer', HTMLElement);
  if (!continues) history.replaceChildren();
  else if (!card.hidden && answer.childNodes.length > 0) {
    const before = make(
      'p',
      { className: 'answer' },
      ...[...answer.childNodes].map((n) => n.cloneNode(true)),
    );
    const asked = byId('question', HTMLElement).textContent;
    history.append(make('li', {}, make('p', { className: 'question', textContent: asked }), before));
  }
  history.hidden = history.childElementCount === 0;
  byId('question', HTMLElement).textContent = question;
  byId('timings', HTMLElement).textContent = '';
  byId('points', HTMLElement).hidden = true;
  byId('save', HTMLElement).hidden = true;
  byId('export', HTMLElement).hidden = true;
  showText('');
  // Screen readers hear the answer once it is whole.
  answer.setAttribute('aria-busy', 'true');
  card.hidden = false;
}

export function endAnswer(): void {
  byId('answer', HTMLElement).setAttribute('aria-busy', 'false');
}

/** Hides the card of a question that got no answer; what was said before an interruption stays. */
export function dropAnswer(): void {
  if (byId('answer', HTMLElement).childNodes.length === 0) byId('answer-card', HTMLElement).hidden = true;
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
export function showTimings({ timings, usage, finishReason }: Answer): void {
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
