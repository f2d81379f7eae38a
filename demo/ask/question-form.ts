// The form: presets shape the prompt, Enter asks, options become numbers.

import type { AskInput, AskOptions } from '../../src/index.ts';
import { byId, make } from '../dom.ts';
import type { MediaKind } from '../media/media.ts';
import { isPossible, needsLabel, type Preset, presetPrompt, presets } from './preset-prompts.ts';
import { SeveralQuestions } from '../talk/several-questions.ts';

export interface About {
  readonly kind: MediaKind;
  readonly pictures: number;
  /** Whether the built-in model answers. */
  readonly builtIn: boolean;
}

export interface QuestionForm {
  readonly prompt: string;
  /** Several questions that are to be compared, or the one. Empty lines are none. */
  readonly prompts: readonly string[];
  readonly keep: boolean;
  readonly limits: Pick<AskInput, 'maxFrames' | 'maxCrops'>;
  readonly options: Pick<AskOptions, 'temperature' | 'maxNewTokens'>;
  /** What the next question is about: the presets use its words. */
  setAbout(about: About): void;
  /** Questions to press instead of writing one. */
  setSuggestions(questions: readonly string[]): void;
  setPrompt(prompt: string): void;
  /** Leads to the field that is empty. */
  askForPrompt(): void;
}

/** The number in a field; undefined where it is empty or not a number, so that the default counts. */
function numberIn(id: string): number | undefined {
  const value = byId(id, HTMLInputElement).valueAsNumber;
  return Number.isFinite(value) ? value : undefined;
}

/** Leaves out what is undefined: an absent option means its default. */
function given<T extends object>(values: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}

export function setUpQuestionForm(onAsk: () => void): QuestionForm {
  const form = byId('form', HTMLFormElement);
  const prompt = byId('prompt', HTMLTextAreaElement);
  const label = byId('label', HTMLInputElement);
  const buttons = [...document.querySelectorAll<HTMLButtonElement>('[data-preset]')];
  let about: About = { kind: 'none', pictures: 0, builtIn: true };
  let preset: Preset = 'ask';
  const several = new SeveralQuestions(prompt);
  /** What the visitor chose, for models that were trained on conversations. */
  let wantsToKeep = false;

  const words = (name: string): string => presetPrompt(preset, name, about);
  const fill = (): void => {
    for (const field of [prompt, label]) field.setCustomValidity('');
    const name = label.value.trim();
    if (preset === 'ask') prompt.placeholder = 'What do you want to know?';
    else if (needsLabel(preset) && name === '') {
      several.write('');
      prompt.placeholder = words('…');
    } else several.write(words(name));
  };
  const choose = (chosen: Preset): void => {
    preset = chosen;
    for (const button of buttons) {
      button.setAttribute('aria-pressed', String(button.dataset['preset'] === chosen));
      const of = presets.find((p) => p === button.dataset['preset']) ?? 'ask';
      button.disabled = !isPossible(of, about.kind);
    }
    byId('label-row', HTMLElement).hidden = !needsLabel(chosen);
  };

  for (const button of buttons)
    button.addEventListener('click', () => {
      choose(presets.find((p) => p === button.dataset['preset']) ?? 'ask');
      fill();
      (needsLabel(preset) ? label : prompt).focus();
    });
  byId('keep', HTMLInputElement).addEventListener('change', ({ target }) => {
    wantsToKeep = target instanceof HTMLInputElement && target.checked;
  });
  label.addEventListener('input', fill);
  // A prompt in the visitor's own words is a free question.
  prompt.addEventListener('input', () => choose('ask'));
  prompt.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    onAsk();
  });
  // The browser says what is wrong with a field only where the field can be seen.
  const openOptions = (): void => {
    byId('options', HTMLDetailsElement).open = true;
  };
  form.addEventListener('invalid', openOptions, { capture: true });

  const setPrompt = (text: string): void => {
    choose('ask');
    prompt.setCustomValidity('');
    several.end();
    prompt.value = text;
  };
  /** A question to press: asked at once, or written behind the others where several are. */
  const press = (question: string): void => {
    if (several.isWaiting) {
      several.write(question);
      return prompt.focus();
    }
    setPrompt(question);
    form.requestSubmit();
  };
  return {
    get prompt() {
      return prompt.value.trim();
    },
    get prompts() {
      return several.questions;
    },
    get keep() {
      const keep = byId('keep', HTMLInputElement);
      return keep.checked && !keep.disabled;
    },
    get limits() {
      return given<Pick<AskInput, 'maxFrames' | 'maxCrops'>>({
        maxFrames: numberIn('max-frames'),
        maxCrops: numberIn('max-crops'),
      });
    },
    get options() {
      return given<Pick<AskOptions, 'temperature' | 'maxNewTokens'>>({
        temperature: numberIn('temperature'),
        maxNewTokens: numberIn('max-new-tokens'),
      });
    },
    setAbout(next) {
      about = next;
      const keep = byId('keep', HTMLInputElement);
      keep.disabled = about.builtIn;
      keep.checked = wantsToKeep && !about.builtIn;
      byId('keep-why', HTMLElement).hidden = !about.builtIn;
      const possible = isPossible(preset, about.kind);
      choose(possible ? preset : 'ask');
      if (preset !== 'ask') fill();
    },
    setSuggestions(questions) {
      const list = byId('suggestions', HTMLElement);
      const buttons = questions.map((question) => {
        const button = make('button', { type: 'button', textContent: question });
        button.addEventListener('click', () => press(question));
        return button;
      });
      const another = make('button', { type: 'button', id: 'another', textContent: '+ Another question' });
      another.title = 'Ask several at once, and compare their answers';
      another.addEventListener('click', () => {
        choose('ask');
        several.add();
      });
      const all = questions.length > 0 ? [another, ...buttons] : [];
      list.replaceChildren(...all.map((button) => make('li', {}, button)));
    },
    setPrompt,
    askForPrompt() {
      const field = needsLabel(preset) ? label : prompt;
      const what = needsLabel(preset) ? 'Name what to look for.' : 'Write a question, or press one below.';
      field.setCustomValidity(what);
      field.reportValidity();
      field.addEventListener('input', () => field.setCustomValidity(''), { once: true });
    },
  };
}
