// The part of the model dialog with the released models: one is picked, what it takes is told, then it may be loaded.

import { Molmo2 } from '../src/index.ts';
import { byId, make } from './dom.ts';
import { errorText } from './error-help.ts';
import { planText } from './plan-text.ts';
import type { ModelChoice } from './session.ts';
import { chosenFormat } from './weight-format.ts';

export interface ReleasedForm {
  /** Ends the reading of a plan; picking a model starts another. */
  stop(): void;
}

/** The model and format that are picked, or null. */
function picked(form: HTMLFormElement): ModelChoice | null {
  const name = new FormData(form).get('released');
  return typeof name === 'string' ? { model: name, weights: chosenFormat('released-format') } : null;
}

export function setUpReleasedForm(onChoose: (choice: ModelChoice) => void): ReleasedForm {
  const form = byId('released-form', HTMLFormElement);
  const load = byId('released-load', HTMLButtonElement);
  const facts = byId('plan-facts', HTMLElement);
  const verdict = byId('plan', HTMLElement);
  let planning: AbortController | null = null;

  async function showPlan(choice: ModelChoice): Promise<void> {
    planning?.abort();
    const mine = (planning = new AbortController());
    load.disabled = true;
    facts.replaceChildren();
    verdict.textContent = 'Asking the model hub what this takes…';
    try {
      const plan = await Molmo2.plan({ ...choice, signal: mine.signal });
      if (mine !== planning) return;
      const text = planText(plan);
      verdict.textContent = text.verdict;
      facts.replaceChildren(
        ...text.facts.flatMap(({ name, value }) => [
          make('dt', { textContent: name }),
          make('dd', { textContent: value }),
        ]),
      );
      load.disabled = plan.verdict === 'does-not-fit';
    } catch (error) {
      if (mine !== planning || mine.signal.aborted) return;
      const { title, message } = errorText(error);
      verdict.textContent = `${title}. ${message}`;
      // Loading tries once more, and shows what is wrong on the page.
      load.disabled = false;
    }
  }

  form.addEventListener('change', () => {
    const choice = picked(form);
    if (choice) void showPlan(choice);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const choice = picked(form);
    if (choice) onChoose(choice);
  });
  return {
    stop() {
      planning?.abort();
      planning = null;
      form.reset();
      load.disabled = true;
      facts.replaceChildren();
      verdict.textContent = '';
    },
  };
}
