// The grammars of a model's questions: each is built once and kept, with the masks that it needed.

import type { Expectation } from '../api.ts';
import { Automaton } from './automaton.ts';
import type { GroupKeys } from './coordinates-grammar.ts';
import { expectationKey, expectationTerm } from './expectation.ts';
import { Guide } from './guide.ts';
import { Terms } from './terms.ts';
import { TokenMasks } from './token-masks.ts';
import { Vocabulary, type TokenPiece } from './vocabulary.ts';

/** Grammars that are kept; the one that was used longest ago goes first. */
const mostKept = 8;

export interface GrammarTokens {
  /** Ids that have logits. */
  readonly vocabSize: number;
  /** Ids that end an answer. */
  readonly endIds: readonly number[];
  readonly piece: TokenPiece;
}

export class Grammars {
  readonly #tokens: GrammarTokens;
  readonly #kept = new Map<string, TokenMasks>();
  #vocabulary: Vocabulary | null = null;

  constructor(tokens: GrammarTokens) {
    this.#tokens = tokens;
  }

  /**
   * Leads one answer. `keys` are the times or numbers of pictures that points may name. Throws TypeError or RangeError for an
   * expectation that cannot be.
   */
  guide(expect: Expectation, keys: GroupKeys): Guide {
    const key = `${expectationKey(expect)} ${keys.join()}`;
    const masks = this.#kept.get(key) ?? this.#build(expect, keys);
    this.#kept.delete(key);
    this.#kept.set(key, masks);
    for (const oldest of this.#kept.keys()) if (this.#kept.size > mostKept) this.#kept.delete(oldest);
    return new Guide(masks);
  }

  #build(expect: Expectation, keys: GroupKeys): TokenMasks {
    const { vocabSize, endIds, piece } = this.#tokens;
    const terms = new Terms();
    const automaton = new Automaton(terms, expectationTerm(terms, expect, keys));
    this.#vocabulary ??= new Vocabulary(vocabSize, piece);
    return new TokenMasks(automaton, this.#vocabulary, endIds);
  }
}
