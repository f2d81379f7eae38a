// What can be done with the words of the answer that is shown: its question asked again in other ones, its text copied.

import { byId } from '../dom.ts';
import { showError } from '../trouble/error-view.ts';
import { setStatus } from '../page-state.ts';
import type { QuestionForm } from '../ask/question-form.ts';
import type { Talk } from './talk.ts';

export function setUpAnswerTools(talk: Talk, form: QuestionForm): void {
  byId('copy', HTMLButtonElement).addEventListener('click', () => {
    // Missing in pages that are no secure context, whatever the types say.
    const { clipboard } = navigator as Partial<Navigator>;
    const text = byId('answer', HTMLElement).innerText;
    clipboard?.writeText(text).then(() => setStatus('The answer is copied'), showError);
  });
  byId('edit', HTMLButtonElement).addEventListener('click', () => {
    form.setPrompt(talk.shown?.question.prompt ?? '');
    byId('prompt', HTMLElement).focus();
  });
}

/** Where the window is small, the answer, or answers that are compared, is brought in sight beside or under the picture. */
export function revealAnswer(): void {
  const id = byId('comparison', HTMLElement).hidden ? 'answer-card' : 'comparison';
  byId(id, HTMLElement).scrollIntoView({ block: 'nearest' });
}
