// The row of questions: each can be shown again with its dots; one that waits can be taken back.

import { byId, make } from '../dom.ts';
import type { Turn, TurnState } from './turn.ts';

export interface TurnsEvents {
  onShow(turn: Turn): void;
  onTakeBack(turn: Turn): void;
}

const words: Record<TurnState, string> = {
  queued: 'waiting',
  answering: 'being answered',
  answered: '',
  cancelled: 'cancelled',
  failed: 'no answer',
};

function turnElement(turn: Turn, number: number, isShown: boolean, events: TurnsEvents): HTMLLIElement {
  const { prompt } = turn.question;
  const name = make('span', { className: 'turn-name', textContent: prompt });
  const show = make('button', { type: 'button', className: 'turn', title: prompt.slice(0, 300) });
  show.append(make('span', { className: 'turn-number', textContent: String(number) }), name);
  if (words[turn.state] !== '')
    show.append(make('small', { className: 'turn-state', textContent: words[turn.state] }));
  if (isShown) show.setAttribute('aria-current', 'true');
  show.addEventListener('click', () => events.onShow(turn));
  const item = make('li', {}, show);
  item.dataset['state'] = turn.state;
  item.dataset['turn'] = String(turn.id);
  if (turn.state !== 'queued') return item;
  const back = make('button', { type: 'button', className: 'turn-back', textContent: '×' });
  back.setAttribute('aria-label', `Take back: ${prompt.slice(0, 100)}`);
  back.title = 'Take back';
  back.addEventListener('click', () => events.onTakeBack(turn));
  item.append(back);
  return item;
}

/** Shows the row anew; whoever had the focus in it keeps it. */
export function showTurns(turns: readonly Turn[], shown: Turn | null, events: TurnsEvents): void {
  const list = byId('turns', HTMLElement);
  const focused = document.activeElement?.closest<HTMLElement>('[data-turn]')?.dataset['turn'];
  const isInList = list.contains(document.activeElement);
  list.replaceChildren(...turns.map((turn, i) => turnElement(turn, i + 1, turn === shown, events)));
  if (isInList) list.querySelector<HTMLElement>(`[data-turn="${focused}"] button`)?.focus();
  const current = list.querySelector<HTMLElement>('[aria-current]')?.parentElement;
  // Not scrollIntoView, which would move the page as well.
  if (current) list.scrollLeft = Math.max(0, current.offsetLeft - list.offsetLeft - list.clientWidth / 3);
}
