// Texts that grammars allow, without a model: whether one is allowed, and random ones, token by token.

import { Automaton, noState } from '../../src/constraints/automaton.ts';
import { expectationTerm } from '../../src/constraints/expectation.ts';
import type { Guide } from '../../src/constraints/guide.ts';
import { Terms, type Term } from '../../src/constraints/terms.ts';
import { allows } from '../../src/constraints/token-masks.ts';
import type { Random } from '../../src/decoder/sampling.ts';
import type { Expectation } from '../../src/index.ts';
import type { Tokenizer } from '../../src/text/tokenizer.ts';

const utf8 = new TextEncoder();

/** How far a text goes in a language: `whole` may end there, `begun` needs more, `wrong` is outside. */
export function verdict(
  language: (terms: Terms) => Term,
): (text: string | Uint8Array) => 'whole' | 'begun' | 'wrong' {
  const terms = new Terms();
  const automaton = new Automaton(terms, language(terms));
  const start = automaton.stateOf(automaton.startTerms);
  return (text) => {
    const state = automaton.after(start, typeof text === 'string' ? utf8.encode(text) : text);
    if (state === noState) return 'wrong';
    return automaton.mayEnd(state) ? 'whole' : 'begun';
  };
}

export function verdictOf(expect: Expectation, keys: readonly string[] = []) {
  return verdict((terms) => expectationTerm(terms, expect, keys));
}

/** Ids of a mask. */
export function idsOf(mask: Uint32Array, vocabSize: number): number[] {
  return Array.from({ length: vocabSize }, (_, id) => id).filter((id) => allows(mask, id));
}

/**
 * A text of random tokens that a guide allows, and whether it ended within `most` of them. One token in three is the shortest
 * of some, which are the signs that end things.
 */
export function randomText(
  guide: Guide,
  tokenizer: Tokenizer,
  vocabSize: number,
  random: Random,
  most: number,
): { text: string; ended: boolean; ids: number[] } {
  const ids: number[] = [];
  const size = (id: number) => {
    const piece = tokenizer.piece(id);
    return piece.length;
  };
  while (ids.length < most) {
    const allowed = idsOf(guide.mask, vocabSize);
    const some = Array.from(
      { length: random() < 0.3 ? 8 : 1 },
      () => allowed[Math.floor(random() * allowed.length)] ?? 0,
    );
    const id = some.toSorted((a, b) => size(a) - size(b))[0] ?? 0;
    if (tokenizer.eosIds.includes(id)) return { text: tokenizer.decode(ids), ended: true, ids };
    ids.push(id);
    guide.take(id);
    if (guide.isComplete) return { text: tokenizer.decode(ids), ended: true, ids };
  }
  return { text: tokenizer.decode(ids), ended: false, ids };
}
