// The answers that are compared beside each other: each with its colour, its question, how much it has marked, and a switch.

import { answerElements } from '../answer/answer-view.ts';
import { byId, make } from '../dom.ts';
import { historyOfTurn } from '../edit/drafts.ts';
import { plural } from '../format.ts';
import type { ComparedTurn } from './compared-document.ts';
import { stateWords, type Turn } from './turn.ts';

export interface ComparisonEvents {
  onVisible(turn: Turn, isVisible: boolean): void;
  onLeave(): void;
}

/** Things that were followed, and places. */
function countOf(turn: Turn): string {
  const objects = historyOfTurn(turn)?.document.objects;
  if (!objects) return stateWords[turn.state] || 'nothing marked';
  const tracks = objects.filter(({ kind }) => kind === 'track').length;
  const places = objects.reduce((sum, { kind, points }) => sum + (kind === 'track' ? 0 : points.length), 0);
  const said = [
    ...(tracks > 0 ? [plural(tracks, 'track')] : []),
    ...(places > 0 ? [plural(places, 'place')] : []),
  ];
  return said.join(', ') || 'nothing marked';
}

function legend({ turn, color, isVisible }: ComparedTurn, events: ComparisonEvents): HTMLLIElement {
  const { prompt } = turn.question;
  const swatch = make('span', { className: 'swatch' });
  swatch.style.background = color;
  const question = make('span', { className: 'compared-question', textContent: prompt, title: prompt.slice(0, 300) }); // prettier-ignore
  const toggle = make('button', { type: 'button', className: 'button quiet compared-toggle' });
  toggle.textContent = isVisible ? 'Hide' : 'Show';
  toggle.setAttribute('aria-label', `${toggle.textContent} the marks of: ${prompt.slice(0, 100)}`);
  toggle.addEventListener('click', () => events.onVisible(turn, !isVisible));
  const count = make('small', { className: 'compared-count', textContent: countOf(turn) });
  const answer = make('div', { className: 'answer' }, ...answerElements(turn));
  const item = make(
    'li',
    { className: 'compared' },
    make('p', { className: 'compared-head' }, swatch, question),
    make('p', { className: 'compared-tools' }, count, toggle),
    answer,
  );
  item.dataset['layer'] = String(turn.id);
  item.style.setProperty('--layer', color);
  item.classList.toggle('is-off', !isVisible);
  return item;
}

export function showComparison(turns: readonly ComparedTurn[], events: ComparisonEvents): void {
  const box = byId('comparison', HTMLElement);
  const focused = document.activeElement?.closest<HTMLElement>('[data-layer]')?.dataset['layer'];
  const isInside = box.contains(document.activeElement);
  const list = make('ol', { className: 'compared-list' }, ...turns.map((turn) => legend(turn, events)));
  const leave = make('button', { type: 'button', className: 'button', textContent: 'End comparison' });
  leave.id = 'leave-comparison';
  leave.addEventListener('click', () => events.onLeave());
  const hint = make('p', {
    className: 'compared-hint',
    textContent: 'Press a question above to take it in or out.',
  });
  box.replaceChildren(list, make('div', { className: 'compared-foot' }, hint, leave));
  box.hidden = false;
  byId('answer-card', HTMLElement).hidden = true;
  if (isInside)
    (box.querySelector<HTMLElement>(`[data-layer="${focused}"] .compared-toggle`) ?? leave).focus();
}

export function hideComparison(): void {
  const box = byId('comparison', HTMLElement);
  box.hidden = true;
  box.replaceChildren();
  byId('answer-card', HTMLElement).hidden = false;
}
