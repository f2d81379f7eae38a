// The tags that hold points and tracks, as the model writes them: <points coords="KEY ID X Y ...;KEY ...">LABEL</points>. What
// may follow depends on what was counted before, so that the terms are made as they are reached.

import type { Term, Terms } from './terms.ts';
import { anyCharacter, oneOf, without, type CodeRange } from './utf8-ranges.ts';

/** What the groups of a tag may begin with, in order: numbers of pictures, or times of sampled frames. */
export type GroupKeys = readonly string[];

// What a label cannot be made of, as whoever reads it would take it for the end or for a tag: brackets of all widths, what
// begins an escape or ends an entity, line ends and control signs.
const noLabel: readonly CodeRange[] = [
  [0, 0x1f],
  [0x3b, 0x3c],
  [0x3e, 0x3e],
  [0x5c, 0x5c],
  [0x7f, 0x9f],
  [0x2028, 0x2029],
  [0xff1c, 0xff1c],
  [0xff1e, 0xff1e],
];

/** The sentence about the number of points begins so; a label that says it would be read as the sentence. */
const countWords = 'a total of';

export class CoordinatesGrammar {
  readonly #terms: Terms;
  readonly #keys: GroupKeys;
  readonly #label: Term;

  constructor(terms: Terms, keys: GroupKeys) {
    this.#terms = terms;
    this.#keys = keys;
    this.#label = labelTerm(terms);
  }

  /**
   * `<points ...>label</points>` and what `rest` makes of the number of points; with `exactly` there are as many. Ids count from
   * 1 on through all groups. `form` names the kind of answer: terms of one name are the same.
   */
  points(form: string, rest: (points: number) => Term, exactly: number | null = null): Term {
    const name = `${form} ${exactly ?? 'any'}`;
    const end = (count: number) =>
      exactly === null || count === exactly ? this.#end('points', rest(count)) : this.#terms.never;
    const point = (group: number, id: number): Term =>
      this.#terms.sequence(
        this.#place(id),
        this.#later(name, [group, id], () => more(group, id)),
      );
    const more = (group: number, count: number): Term => {
      if (count === exactly) return end(count);
      return this.#terms.either(
        this.#terms.sequence(this.#terms.text(' '), point(group, count + 1)),
        this.#groups(name, group + 1, count, (next) => point(next, count + 1)),
        end(count),
      );
    };
    return this.#terms.sequence(
      this.#terms.text('<points coords="'),
      this.#oneGroup(name, 0, 0, (group) => point(group, 1)),
    );
  }

  /** `<tracks ...>label</tracks>`: ids ascend inside of a group, and new ones come in order, from 1 on. */
  tracks(): Term {
    const end = this.#end('tracks', this.#terms.empty);
    const object = (group: number, before: number, known: number): Term => {
      const ids = Array.from({ length: known + 1 - before }, (_, i) => before + 1 + i);
      const places = ids.map((id) =>
        this.#terms.sequence(
          this.#place(id),
          this.#later('tracks', [group, id, Math.max(known, id)], () => more(group, id, Math.max(known, id))),
        ),
      );
      return this.#terms.either(...places);
    };
    const more = (group: number, id: number, known: number): Term =>
      this.#terms.either(
        this.#terms.sequence(this.#terms.text(' '), object(group, id, known)),
        this.#groups('tracks', group + 1, known, (next) => object(next, 0, known)),
        end,
      );
    return this.#terms.sequence(
      this.#terms.text('<tracks coords="'),
      this.#oneGroup('tracks', 0, 0, (group) => object(group, 0, 0)),
    );
  }

  /** A further group, from the one of this number on, behind what was counted. */
  #groups(name: string, from: number, count: number, inside: (group: number) => Term): Term {
    if (from >= this.#keys.length) return this.#terms.never;
    const groups = this.#later(`${name} behind`, [from, count], () =>
      this.#oneGroup(name, from, count, inside),
    );
    return this.#terms.sequence(this.#terms.text(';'), groups);
  }

  /** One of the groups from this number on. */
  #oneGroup(name: string, from: number, count: number, inside: (group: number) => Term): Term {
    const groups = this.#keys.slice(from).map((key, i) => {
      const body = this.#later(`${name} in`, [from + i, count], () => inside(from + i));
      return this.#terms.sequence(this.#terms.text(`${key} `), body);
    });
    return this.#terms.either(...groups);
  }

  /** An id and its coordinates in thousandths. */
  #place(id: number): Term {
    const coordinate = this.#terms.repeat(this.#terms.bytes(0x30, 0x39), 3, 3);
    const blank = this.#terms.text(' ');
    return this.#terms.sequence(this.#terms.text(`${id} `), coordinate, blank, coordinate);
  }

  #end(tag: 'points' | 'tracks', rest: Term): Term {
    return this.#terms.sequence(this.#terms.text('">'), this.#label, this.#terms.text(`</${tag}>`), rest);
  }

  #later(name: string, counts: readonly number[], make: () => Term): Term {
    return this.#terms.later(`${name} ${counts.join(' ')}`, make);
  }
}

/** One character or more that no reader takes for anything else, and that do not say the words of the count. */
function labelTerm(terms: Terms): Term {
  const allowed = without(anyCharacter, noLabel);
  const letters = [...new Set(countWords + countWords.toUpperCase())];
  const codes = letters.map((letter) => letter.charCodeAt(0)).sort((a, b) => a - b);
  const other = oneOf(
    terms,
    without(
      allowed,
      codes.map((code): CodeRange => [code, code]),
    ),
  );
  /** What follows a beginning of the words of this length, which are not said to the end. */
  const behind = (said: number): Term =>
    terms.later(`said ${said}`, () => terms.either(terms.empty, character(said)));
  const character = (said: number): Term => {
    const spelled = letters.map((letter) => {
      const next = longestBeginning(countWords, countWords.slice(0, said) + letter.toLowerCase());
      return next === countWords.length ? terms.never : terms.sequence(terms.text(letter), behind(next));
    });
    return terms.either(terms.sequence(other, behind(0)), ...spelled);
  };
  return character(0);
}

/** How much of some words a text ends with. */
function longestBeginning(words: string, text: string): number {
  let length = Math.min(words.length, text.length);
  while (length > 0 && !text.endsWith(words.slice(0, length))) length--;
  return length;
}
