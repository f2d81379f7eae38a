// The forms of answers that the model was trained to give, as terms.

import { CoordinatesGrammar, type GroupKeys } from './coordinates-grammar.ts';
import type { Term, Terms } from './terms.ts';

export const namedAnswers = ['points', 'tracks', 'count', 'yes-no'] as const;
export type NamedAnswer = (typeof namedAnswers)[number];

const nothingFound = 'There are none.';
const noTracks = 'No tracks available.';
/** Digits of a number that is stated. */
const mostDigits = 4;

/** `keys` are the times or numbers of pictures that points may name; without any there are no points. */
export function namedAnswer(terms: Terms, name: NamedAnswer, keys: GroupKeys): Term {
  const places = keys.length > 0 ? new CoordinatesGrammar(terms, keys) : null;
  switch (name) {
    case 'points':
      return terms.either(places ? pointsAnswer(terms, places) : terms.never, terms.text(nothingFound));
    case 'tracks':
      return terms.either(places?.tracks() ?? terms.never, terms.text(nothingFound), terms.text(noTracks));
    case 'count':
      return terms.either(
        places ? counted(terms, places) : terms.never,
        bareCount(terms),
        terms.text(nothingFound),
      );
    case 'yes-no':
      return yesNo(terms);
  }
}

/** Points alone, or in a sentence that says how many there are. */
function pointsAnswer(terms: Terms, places: CoordinatesGrammar): Term {
  return terms.either(
    places.points('points', () => terms.empty),
    counted(terms, places),
  );
}

/** `Counting the <points ...>cups</points> shows a total of 2.` or `There are 2 <points ...>cups</points>.` */
function counted(terms: Terms, places: CoordinatesGrammar): Term {
  const counting = places.points('counting', (points) => terms.text(` shows a total of ${points}.`));
  return terms.either(
    terms.sequence(terms.text('Counting the '), counting),
    terms.sequence(terms.text('There are '), stated(terms, places, 0, 0)),
  );
}

/** A number of which some digits are written, and as many points. */
function stated(terms: Terms, places: CoordinatesGrammar, number: number, digits: number): Term {
  return terms.later(`stated ${number}`, () => {
    const first = digits === 0 ? 1 : 0;
    const more = digits === mostDigits ? [] : Array.from({ length: 10 - first }, (_, i) => first + i);
    const longer = more.map((digit) =>
      terms.sequence(terms.text(String(digit)), stated(terms, places, 10 * number + digit, digits + 1)),
    );
    const tag = digits === 0 ? terms.never : places.points('stated', () => terms.text('.'), number);
    return terms.either(...longer, terms.sequence(terms.text(' '), tag));
  });
}

/** `0`, `12` or `12.` */
function bareCount(terms: Terms): Term {
  const digit = terms.bytes(0x30, 0x39);
  const number = terms.sequence(terms.bytes(0x31, 0x39), terms.repeat(digit, 0, mostDigits - 1));
  return terms.sequence(terms.either(terms.text('0'), number), terms.optional(terms.text('.')));
}

function yesNo(terms: Terms): Term {
  const words = ['Yes', 'No', 'yes', 'no'].map((word) => terms.text(word));
  return terms.sequence(terms.either(...words), terms.optional(terms.text('.')));
}
