// The part of the model dialog with the released models: one is picked, what it takes is told, then it may be loaded. What it takes
// is known at once, from the sizes in this page; the hub is asked beside it, and again where it does not answer.

import { Molmo2, Molmo2Error, type LoadPlan } from '../../src/index.ts';
import { byId, make } from '../dom.ts';
import { errorText } from '../trouble/error-help.ts';
import { planText, type Situation } from './plan-text.ts';
import type { ModelChoice } from '../session.ts';
import { chosenFormat } from './weight-format.ts';

export interface ReleasedForm {
  /** Ends the reading of a plan; picking a model starts another. */
  stop(): void;
}

type Released = Required<ModelChoice> & { readonly model: string };

/** The model and format that are picked, or null. */
function picked(form: HTMLFormElement): Released | null {
  const name = new FormData(form).get('released');
  return typeof name === 'string' ? { model: name, weights: chosenFormat('released-format') } : null;
}

const patienceMs = 8000; // for one look at the hub, whose own patience is meant for downloads
const firstWaitMs = 5000;
const longestWaitMs = 60_000;

/** Waits, or until the network is back. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const now = () => {
      clearTimeout(timer);
      resolve();
    };
    addEventListener('online', now, { once: true, signal });
    signal.addEventListener('abort', now, { once: true });
  });
}

export function setUpReleasedForm(
  onChoose: (choice: ModelChoice) => void,
  situation: () => Situation,
): ReleasedForm {
  const form = byId('released-form', HTMLFormElement);
  const load = byId('released-load', HTMLButtonElement);
  const facts = byId('plan-facts', HTMLElement);
  const verdict = byId('plan', HTMLElement);
  const hub = byId('plan-hub', HTMLElement);
  let planning: AbortController | null = null;

  function show(plan: LoadPlan, { weights }: Released): void {
    const text = planText(plan, weights, situation());
    verdict.textContent = text.verdict;
    facts.replaceChildren(
      ...text.facts.flatMap(({ name, value }) => [
        make('dt', { textContent: name }),
        make('dd', { textContent: value }),
      ]),
    );
    load.disabled = plan.verdict === 'does-not-fit';
  }

  /** Asks the hub until it answers; whatever else is wrong is told at once. */
  async function askHub(choice: Released, mine: AbortController): Promise<void> {
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
      hub.textContent = 'Looking whether the model hub has news…';
      const signal = AbortSignal.any([mine.signal, AbortSignal.timeout(patienceMs)]);
      try {
        const plan = await Molmo2.plan({ ...choice, signal });
        if (mine !== planning) return;
        show(plan, choice);
        hub.textContent = 'The model hub confirms these sizes.';
        return;
      } catch (error) {
        if (mine !== planning) return;
        const isAway = signal.aborted || (error instanceof Molmo2Error && error.code === 'network');
        if (!isAway) {
          const { title, message } = errorText(error);
          hub.textContent = `${title}. ${message}`;
          return;
        }
        hub.textContent =
          'The model hub cannot be reached now. The sizes are those that this page knows; it tries again by itself.';
      }
      await pause(waitMs, mine.signal);
      if (mine !== planning) return;
    }
  }

  async function showPlan(choice: Released): Promise<void> {
    planning?.abort();
    const mine = (planning = new AbortController());
    load.disabled = true;
    try {
      const plan = await Molmo2.plan({ ...choice, offline: true });
      if (mine !== planning) return;
      show(plan, choice);
      await askHub(choice, mine);
    } catch (error) {
      if (mine !== planning) return;
      facts.replaceChildren();
      verdict.textContent = errorText(error).message;
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
      for (const text of [verdict, hub]) text.textContent = '';
    },
  };
}
