// The one box that errors are shown in.

import { checkSupport, Molmo2Error } from '../../src/index.ts';
import { byId, make } from '../dom.ts';
import { errorText, withoutWebGpu, type ErrorText } from './error-help.ts';

export function hideError(): void {
  const box = byId('error', HTMLElement);
  box.hidden = true;
  box.replaceChildren();
}

/** Shows words in the box in place of what was there; `retry` adds a button. */
export function showProblem(text: ErrorText, retry?: () => void): void {
  const box = byId('error', HTMLElement);
  const dismiss = make('button', { type: 'button', className: 'button', textContent: 'Dismiss' });
  dismiss.addEventListener('click', () => {
    hideError();
    // The page says where the visitor goes on.
    byId(box.dataset['back'] ?? '', HTMLElement).focus();
  });
  const foot = make('div', { className: 'error-foot' });
  if (text.code) foot.append(make('code', { textContent: text.code }));
  if (retry) {
    const again = make('button', { type: 'button', className: 'button', textContent: 'Try again' });
    again.addEventListener('click', retry);
    foot.append(again);
  }
  foot.append(dismiss);
  const help = make('ul', {}, ...text.help.map((line) => make('li', { textContent: line })));
  box.replaceChildren(make('h2', { textContent: text.title }), make('p', { textContent: text.message }));
  if (text.help.length > 0) box.append(help);
  box.append(foot);
  box.dataset['code'] = text.code ?? '';
  box.hidden = false;
  // On a narrow page the box may lie below the fold.
  box.scrollIntoView({ block: 'nearest' });
}

export function showError(error: unknown, retry?: () => void): void {
  showProblem(errorText(error), retry);
}

/** Shows why a model could not be loaded; where there is no WebGPU, what to do in this very browser. */
export async function showLoadError(error: unknown, retry: () => void): Promise<void> {
  const isMissing = error instanceof Molmo2Error && error.code === 'no-webgpu';
  showProblem(isMissing ? withoutWebGpu(error, await checkSupport()) : errorText(error), retry);
}
