// The line at the top that tells of a model on its way, and what can be done about it.

import { byId, make } from '../dom.ts';
import { megabytes } from '../format.ts';
import { choiceName } from './choice-name.ts';
import { timeSpan } from './load-rate.ts';
import type { LoadState, ModelLoads } from './model-loads.ts';

/** `1.2 of 19.4 GB · 12.0 MB/s · 25 min left` */
export function loadAmount({ done, total, bytesPerSec }: LoadState): string {
  if (total === null) return done === 0 ? 'opening' : megabytes(done);
  if (done >= total) return `${megabytes(total)} · preparing`;
  const parts = [`${megabytes(done)} of ${megabytes(total)}`];
  if (bytesPerSec !== null)
    parts.push(`${megabytes(bytesPerSec)}/s`, `${timeSpan((total - done) / bytesPerSec)} left`);
  return parts.join(' · ');
}

function words(state: LoadState): string {
  const name = choiceName(state.choice);
  switch (state.phase) {
    case 'loading':
      return `${name}: ${state.waiting ?? loadAmount(state)}`;
    case 'paused':
      return `${name}: paused${state.total === null ? '' : ` at ${loadAmount(state)}`}`;
    case 'offered':
      return `${name} was being loaded`;
    case 'ready':
      return `${name} answers from now on`;
  }
}

/** Shows `state`, or the page's promise where nothing is loading. */
export function showLoad(state: LoadState | null, loads: ModelLoads): void {
  const bar = byId('load-bar', HTMLElement);
  const changed = bar.dataset['phase'] !== (state?.phase ?? '');
  bar.hidden = state === null;
  bar.dataset['phase'] = state?.phase ?? '';
  byId('load-text', HTMLElement).textContent = state ? words(state) : '';
  const progress = byId('load-progress', HTMLProgressElement);
  progress.hidden = !state || state.phase === 'ready' || state.phase === 'offered';
  if (state?.total) progress.value = state.done / state.total;
  else progress.removeAttribute('value');
  if (changed) showTools(state, loads);
}

/** The buttons of a phase; whoever pressed one finds the next in its place. */
function showTools(state: LoadState | null, loads: ModelLoads): void {
  const tools = byId('load-tools', HTMLElement);
  const hadFocus = tools.contains(document.activeElement);
  const button = (text: string, label: string, onClick: () => void) => {
    const element = make('button', { type: 'button', className: 'load-button', textContent: text });
    element.setAttribute('aria-label', label);
    element.addEventListener('click', onClick);
    return element;
  };
  const pause = button('Pause', 'Pause loading', () => loads.pause());
  const resume = button('Resume', 'Resume loading', () => loads.resume());
  const cancel = button('Cancel', 'Cancel loading', () => loads.cancel());
  const close = button('OK', 'OK', () => loads.cancel());
  const phases: Record<LoadState['phase'], HTMLElement[]> = {
    loading: [pause, cancel],
    paused: [resume, cancel],
    offered: [resume, cancel],
    ready: [close],
  };
  tools.replaceChildren(...(state ? phases[state.phase] : []));
  // Said once for each phase; the figures change too often to be read out.
  byId('load-phase', HTMLElement).textContent = state ? words({ ...state, total: null, done: 0 }) : '';
  if (hadFocus) (tools.querySelector('button') ?? byId('model-button', HTMLElement)).focus();
}
