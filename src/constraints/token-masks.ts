// Which tokens may follow in each state of an automaton: a bit for each, found by walking the vocabulary's trie with it.

import { Molmo2Error } from '../errors.ts';
import { noState, type Automaton } from './automaton.ts';
import type { TokenTrie, Vocabulary } from './vocabulary.ts';

/** Bytes of masks that are kept of one grammar. */
const keptBytes = 16 * 2 ** 20;

/** Words of a mask for so many tokens. */
export function maskWords(vocabSize: number): number {
  return Math.ceil(vocabSize / 32);
}

/** Whether a mask allows a token. */
export function allows(mask: Uint32Array, id: number): boolean {
  return (((mask[id >>> 5] ?? 0) >>> (id & 31)) & 1) === 1;
}

export class TokenMasks {
  readonly automaton: Automaton;
  readonly vocabulary: Vocabulary;
  readonly #endIds: readonly number[];
  readonly #masks = new Map<number, Uint32Array<ArrayBuffer>>();
  #generation = 0;

  /** `endIds` end an answer; those without logits are passed over. */
  constructor(automaton: Automaton, vocabulary: Vocabulary, endIds: readonly number[]) {
    this.automaton = automaton;
    this.vocabulary = vocabulary;
    this.#endIds = endIds.filter((id) => id < vocabulary.size);
  }

  /** Bit i: token i may follow in this state of the automaton's present generation. Not to be written to. */
  of(state: number): Uint32Array<ArrayBuffer> {
    if (this.#generation !== this.automaton.generation) this.#masks.clear();
    this.#generation = this.automaton.generation;
    const { trie } = this.vocabulary;
    return this.#ofAlike(this.automaton.upTo(state, trie.deepest));
  }

  /** States that differ in counts which no token reaches have one mask. */
  #ofAlike(state: number): Uint32Array<ArrayBuffer> {
    const known = this.#masks.get(state);
    if (known) return known;
    const mask = new Uint32Array(maskWords(this.vocabulary.size));
    markTokens(mask, this.vocabulary.trie, this.automaton, state);
    if (this.automaton.mayEnd(state)) for (const id of this.#endIds) mark(mask, id);
    if (mask.every((word) => word === 0))
      throw new Molmo2Error(
        'bad-request',
        'options.expect leads to where no token of this model can follow: its vocabulary lacks a byte that is needed. Expect something else.',
      );
    if ((this.#masks.size + 1) * mask.byteLength > keptBytes) this.#masks.clear();
    this.#masks.set(state, mask);
    return mask;
  }
}

function mark(mask: Uint32Array, id: number): void {
  mask[id >>> 5] = (mask[id >>> 5] ?? 0) | (1 << (id & 31));
}

/** Marks the tokens all of whose bytes the automaton takes. The one loop that sees every token: nothing is made in it. */
function markTokens(mask: Uint32Array, trie: TokenTrie, automaton: Automaton, state: number): void {
  const { bytes, depths, ends, tokenStarts, tokens, deepest } = trie;
  const rows: Int32Array[] = Array.from({ length: deepest + 1 }, () => automaton.row(state));
  const states = new Int32Array(deepest + 1).fill(noState);
  states[0] = state;
  for (let node = 0; node < bytes.length;) {
    const depth = depths[node] ?? 0;
    const next = rows[depth]?.[bytes[node] ?? 0] ?? noState;
    if (next === noState) {
      node = ends[node] ?? bytes.length;
      continue;
    }
    const last = tokenStarts[node + 1] ?? 0;
    for (let i = tokenStarts[node] ?? 0; i < last; i++) mark(mask, tokens[i] ?? 0);
    // Most bytes of free text lead back to where they came from.
    if (states[depth + 1] !== next) {
      states[depth + 1] = next;
      rows[depth + 1] = automaton.row(next);
    }
    node += 1;
  }
}
