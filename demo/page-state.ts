// The page's one state, its status line and its progress bar.

import type { Progress, Stage } from '../src/index.ts';
import { byId } from './dom.ts';
import { megabytes } from './format.ts';
import type { MediaKind } from './media/media.ts';

/**
 * `loading`: there is no model yet, questions wait for it. `error`: there is none to ask and none on its way; after any other
 * error the page is `ready` again.
 */
export type PageState = 'loading' | 'ready' | 'busy' | 'error';

export function pageState(): PageState {
  const state = document.body.dataset['state'];
  return state === 'ready' || state === 'busy' || state === 'error' ? state : 'loading';
}

export function setPageState(state: PageState, status: string): void {
  document.body.dataset['state'] = state;
  byId('cancel', HTMLButtonElement).disabled = state !== 'busy';
  byId('retry', HTMLButtonElement).hidden = state !== 'error';
  byId('progress-detail', HTMLElement).textContent = '';
  byId('progress', HTMLProgressElement).removeAttribute('value');
  setStatus(status);
}

/** The status of a page that waits for a question; `isEmpty` where nothing is there that it could be about. */
export function readyStatus(isEmpty: boolean): string {
  return isEmpty ? 'Ready. Choose a picture or a video, or take a sample.' : 'Ready for a question';
}

/** Says so on a page that waits for one; in any other state something more important is said. */
export function tellReady(isEmpty: boolean): void {
  if (pageState() === 'ready') setStatus(readyStatus(isEmpty));
}

/** Says what happens; screen readers read it, so it changes with the stage and not with every step. */
export function setStatus(text: string): void {
  const status = byId('status', HTMLElement);
  if (status.textContent !== text) status.textContent = text;
}

const words: Record<Stage, Record<MediaKind, string>> = {
  load: { none: 'Loading the model', images: 'Loading the model', video: 'Loading the model' },
  media: { none: 'Preparing', images: 'Opening the picture', video: 'Reading the video' },
  vision: { none: 'Looking', images: 'Looking at the picture', video: 'Watching the video' },
  prefill: { none: 'Reading the question', images: 'Reading the question', video: 'Reading the question' },
  decode: { none: 'Answering', images: 'Answering', video: 'Answering' },
};

function amount({ stage, done, total }: Progress, kind: MediaKind): string {
  if (stage === 'load') return total === null ? megabytes(done) : `${megabytes(done)} of ${megabytes(total)}`;
  if (stage === 'decode') return `${done} tokens`;
  const unit = stage === 'prefill' ? 'tokens' : kind === 'video' ? 'frames' : 'crops';
  return total === null ? `${done} ${unit}` : `${done} of ${total} ${unit}`;
}

export function showProgress(progress: Progress, kind: MediaKind): void {
  setStatus(progress.waiting ?? words[progress.stage][kind]);
  byId('progress-detail', HTMLElement).textContent = amount(progress, kind);
  const bar = byId('progress', HTMLProgressElement);
  // How long an answer gets is not known, so its bar keeps moving.
  if (progress.stage === 'decode' || progress.total === null || progress.total <= 0)
    bar.removeAttribute('value');
  else bar.value = Math.min(1, progress.done / progress.total);
}
