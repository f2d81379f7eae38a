// The automaton of a term: a state is the set of terms that may follow, and is made when it is reached.

import { invariant } from '../errors.ts';
import type { Arc, Term, Terms } from './terms.ts';

/** Stands for the state behind a byte that is not allowed. */
export const noState = -1;

/** States, a kilobyte each, that are kept; beyond them those that were passed are forgotten. */
const keptStates = 1 << 15;
/** More states than this in one step are a grammar that grows with everything that is read. */
const mostStates = 1 << 18;

interface State {
  readonly terms: readonly Term[];
  readonly mayEnd: boolean;
  /** The state behind each byte; null until somebody asks. */
  row: Int32Array | null;
}

export class Automaton {
  readonly #terms: Terms;
  readonly #states: State[] = [];
  readonly #known = new Map<string, number>();
  /** What the text begins with. */
  readonly startTerms: readonly Term[];
  #generation = 0;

  constructor(terms: Terms, start: Term) {
    this.#terms = terms;
    this.startTerms = terms.alternatives(start);
  }

  /** Grows when states are forgotten: numbers of states are those of one generation. */
  get generation(): number {
    return this.#generation;
  }

  /** Forgets all states where there are very many. */
  makeRoom(): void {
    if (this.#states.length <= keptStates) return;
    this.#states.length = 0;
    this.#known.clear();
    this.#generation += 1;
  }

  /** A state from which the same texts of at most so many bytes lead on, and which may end where this one may. */
  upTo(state: number, bytes: number): number {
    return this.stateOf(this.#state(state).terms.map((term) => this.#terms.upTo(term, bytes)));
  }

  /** The terms that make a state, which bring it back in a later generation. */
  termsOf(state: number): readonly Term[] {
    return this.#state(state).terms;
  }

  /** Whether the text may end in a state. */
  mayEnd(state: number): boolean {
    return this.#state(state).mayEnd;
  }

  /** Whether nothing but the end can follow. */
  mustEnd(state: number): boolean {
    return this.mayEnd(state) && this.row(state).every((next) => next === noState);
  }

  /** The state behind each byte, `noState` where it is not allowed. */
  row(state: number): Int32Array {
    const { row, terms } = this.#state(state);
    if (row) return row;
    const made = this.#rowOf(terms.flatMap((term) => this.#terms.arcs(term)));
    this.#state(state).row = made;
    return made;
  }

  /** The state behind some bytes. */
  after(state: number, bytes: Uint8Array): number {
    let at = state;
    for (const byte of bytes) {
      if (at === noState) return noState;
      at = this.row(at)[byte] ?? noState;
    }
    return at;
  }

  #rowOf(arcs: readonly Arc[]): Int32Array {
    const row = new Int32Array(256).fill(noState);
    const borders = new Set(arcs.flatMap(({ low, high }) => [low, high + 1]));
    const starts = [...borders].sort((a, b) => a - b);
    starts.forEach((first, i) => {
      const targets = arcs.filter(({ low, high }) => low <= first && first <= high).map(({ to }) => to);
      const terms = targets.flatMap((term) => this.#terms.alternatives(term));
      if (terms.length > 0) row.fill(this.stateOf(terms), first, starts[i + 1] ?? 256);
    });
    return row;
  }

  /** The state in which these terms may follow. */
  stateOf(terms: readonly Term[]): number {
    const sorted = [...new Set(terms)].sort((a, b) => a - b);
    const key = sorted.join(',');
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#states.length === mostStates)
      throw new RangeError(
        `options.expect leaves so many things open at a time that more than ${mostStates} states are needed. Make its repeats shorter, or its alternatives begin differently.`,
      );
    const mayEnd = sorted.some((term) => this.#terms.mayEnd(term));
    const state = this.#states.push({ terms: sorted, mayEnd, row: null }) - 1;
    this.#known.set(key, state);
    return state;
  }

  #state(state: number): State {
    const found = this.#states[state];
    invariant(found, `state ${state} is unknown`);
    return found;
  }
}
