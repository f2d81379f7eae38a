// The row of questions: each can be shown again with its dots; one that waits can be taken back.

import { byId, make } from '../dom.ts';
import { isComparable, stateWords, type Turn } from './turn.ts';

/** What the row is about. */
export interface TurnsState {
  readonly turns: readonly Turn[];
  readonly shown: Turn | null;
  /** Those that are compared, in their colours; null while one is shown alone. */
  readonly compared: ReadonlyMap<Turn, string> | null;
}

export interface TurnsEvents {
  onShow(turn: Turn): void;
  onTakeBack(turn: Turn): void;
}

/** Its number, and whether it is compared: a dot in the colour of its marks says so, as well as the button. */
function markCompared(
  show: HTMLButtonElement,
  turn: Turn,
  compared: NonNullable<TurnsState['compared']>,
): void {
  const color = compared.get(turn);
  show.setAttribute('aria-pressed', String(color !== undefined));
  show.disabled = color === undefined && !isComparable(turn);
  const dot = make('span', { className: 'turn-dot' });
  if (color !== undefined) dot.style.background = color;
  show.prepend(dot);
}

function turnElement(
  turn: Turn,
  number: number,
  { shown, compared }: TurnsState,
  events: TurnsEvents,
): HTMLLIElement {
  const { prompt } = turn.question;
  const name = make('span', { className: 'turn-name', textContent: prompt });
  const show = make('button', { type: 'button', className: 'turn', title: prompt.slice(0, 300) });
  show.append(make('span', { className: 'turn-number', textContent: String(number) }), name);
  if (stateWords[turn.state] !== '')
    show.append(make('small', { className: 'turn-state', textContent: stateWords[turn.state] }));
  if (compared) markCompared(show, turn, compared);
  else if (turn === shown) show.setAttribute('aria-current', 'true');
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
export function showTurns(state: TurnsState, events: TurnsEvents): void {
  const list = byId('turns', HTMLElement);
  const focused = document.activeElement?.closest<HTMLElement>('[data-turn]')?.dataset['turn'];
  const isInList = list.contains(document.activeElement);
  list.replaceChildren(...state.turns.map((turn, i) => turnElement(turn, i + 1, state, events)));
  if (isInList) list.querySelector<HTMLElement>(`[data-turn="${focused}"] button`)?.focus();
  const current = list.querySelector<HTMLElement>('[aria-current]')?.parentElement;
  // Not scrollIntoView, which would move the page as well.
  if (current) list.scrollLeft = Math.max(0, current.offsetLeft - list.offsetLeft - list.clientWidth / 3);
}
