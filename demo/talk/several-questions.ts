// Several questions in one field, each a line, where a visitor said so: otherwise a line break is part of a question.

import { byId } from '../dom.ts';

/** Lines that say something. Pure. */
function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

export class SeveralQuestions {
  readonly #field: HTMLTextAreaElement;
  #isOn = false;

  constructor(field: HTMLTextAreaElement) {
    this.#field = field;
    field.addEventListener('input', () => {
      if (!field.value.includes('\n')) this.end();
    });
  }

  /** Those that are written; one where there are not several. */
  get questions(): readonly string[] {
    const { value } = this.#field;
    return this.#isOn ? linesOf(value) : [value.trim()];
  }

  /** Whether the last line is still empty. */
  get isWaiting(): boolean {
    return this.#isOn && this.#field.value.endsWith('\n');
  }

  /** Begins a line for one more. */
  add(): void {
    const lines = linesOf(this.#isOn ? this.#field.value : this.#field.value.replaceAll('\n', ' '));
    this.#set(lines.length > 0);
    this.#field.value = lines.map((line) => `${line}\n`).join('');
    this.#field.focus();
    this.#field.scrollTop = this.#field.scrollHeight;
  }

  /** Puts a question into the last line, or in place of the one that there is. */
  write(question: string): void {
    const lines = this.#isOn ? this.#field.value.split('\n').slice(0, -1) : [];
    this.#field.value = [...lines, question].join('\n');
  }

  /** The field holds one question from now on. */
  end(): void {
    this.#set(false);
  }

  #set(isOn: boolean): void {
    this.#isOn = isOn;
    byId('several-note', HTMLElement).hidden = !isOn;
    this.#field.classList.toggle('is-several', isOn);
  }
}
