// What was said in a session, and what is forgotten first when it becomes too long.

import { textTurn, type Turn } from '../turns.ts';

export class History {
  #initial: readonly Turn[];
  #said: readonly Turn[];

  constructor(initial: readonly Turn[] = [], said: readonly Turn[] = []) {
    this.#initial = initial;
    this.#said = said;
  }

  /** What the session began with. */
  get initial(): readonly Turn[] {
    return this.#initial;
  }

  get turns(): readonly Turn[] {
    return [...this.#initial, ...this.#said];
  }

  add(turns: readonly Turn[]): void {
    this.#said = [...this.#said, ...turns];
  }

  /** What was said so far is what the session began with. */
  keep(): void {
    this.#initial = this.turns;
    this.#said = [];
  }

  copy(): History {
    return new History(this.#initial, this.#said);
  }

  /** Forgets the oldest prompts up to their answer; what the session began with stays. False where nothing is left to forget. */
  forgetOldest(): boolean {
    const answer = this.#said.findIndex(({ role }) => role === 'assistant');
    if (this.#said.length === 0) return false;
    this.#said = answer < 0 ? [] : this.#said.slice(answer + 1);
    return true;
  }
}

/** Turns that can be answered: behind something that the assistant said, the user says nothing. */
export function answerable(turns: readonly Turn[]): readonly Turn[] {
  return turns.at(-1)?.role === 'user' ? turns : [...turns, textTurn('user', '')];
}

/** The words of the only turn where nothing else is said or shown: they can continue what a chat holds. */
export function wordsAlone(turns: readonly Turn[]): string | null {
  const [turn, ...others] = turns;
  const [part, ...more] = turn?.parts ?? [];
  if (others.length > 0 || more.length > 0 || turn?.role !== 'user' || part?.type !== 'text') return null;
  return part.text.trim() === '' ? null : part.text;
}

export const hasMedia = (turns: readonly Turn[]): boolean =>
  turns.some(({ parts }) => parts.some(({ type }) => type !== 'text'));
