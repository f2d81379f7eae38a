// One answer on its way through a grammar: what may come next, and what has come.

import { invariant } from '../errors.ts';
import { noState } from './automaton.ts';
import type { Term } from './terms.ts';
import { allows, type TokenMasks } from './token-masks.ts';

export class Guide {
  readonly #masks: TokenMasks;
  #terms: readonly Term[];
  #state: number;
  #generation: number;

  constructor(masks: TokenMasks) {
    const { automaton } = masks;
    this.#masks = masks;
    this.#terms = automaton.startTerms;
    this.#generation = automaton.generation;
    this.#state = automaton.stateOf(this.#terms);
  }

  /** A bit for each token: set where it may come next. */
  get mask(): Uint32Array<ArrayBuffer> {
    this.#masks.automaton.makeRoom();
    return this.#masks.of(this.#here());
  }

  /** Whether a token may come next. */
  allows(id: number): boolean {
    return allows(this.mask, id);
  }

  /** Whether nothing but the end can follow. */
  get isComplete(): boolean {
    return this.#masks.automaton.mustEnd(this.#here());
  }

  /** Notes the token that came, which was allowed and does not end the answer. */
  take(id: number): void {
    const { automaton, vocabulary } = this.#masks;
    const next = automaton.after(this.#here(), vocabulary.bytes(id));
    invariant(next !== noState, `token ${id} is not in the grammar here`);
    this.#state = next;
    this.#terms = automaton.termsOf(next);
  }

  /** The state in the automaton's present generation. */
  #here(): number {
    const { automaton } = this.#masks;
    if (this.#generation !== automaton.generation) {
      this.#generation = automaton.generation;
      this.#state = automaton.stateOf(this.#terms);
    }
    return this.#state;
  }
}
