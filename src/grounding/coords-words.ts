// Reads what stands between the quotes of coords="..." word by word, as a person would: blanks and line ends may stand
// around triples, a malformed number costs its own triple, and a time that is not certain is none.
//
//   coords = group ( separator group )*     separator is one of ; tab : ,
//   group  = key triple+                    a key with a fraction also begins a group behind a mere blank
//   triple = id x y                         x and y have three or four digits; two blanks between them are one too many,
//                                           as in the published evaluations

import type { WrittenPoint } from './coordinates.ts';
import { groupKey } from './group-key.ts';

const isInteger = (word: string) => /^\d+$/.test(word);
const fits = (word: string) => /^\d{3,4}$/.test(word);
/** Longer words are no numbers of this grammar; what follows in them is not kept. */
const longestWord = 400;

/** Give it the signs of one coords attribute in order, then `end()`. */
export class CoordsWords {
  #odd = false;
  #word = '';
  #isFirst = true;
  #needsKey = true;
  #key = NaN;
  /** A separator that could as well belong to the key before it, so that the next key means nothing. */
  #keyIsCut = false;
  #triples = 0;
  /** The words of the triple that is being read: its id, then x. */
  #before: string[] = [];
  /** Words that are left of a triple with a malformed number. */
  #skip = 0;
  /** Words since the last triple that belong to none. */
  #misfits = 0;
  /** Blanks since the last word, and whether a line ended among them. */
  #blanks = 0;
  #isLineStart = false;
  /** The same of the word that is being read. */
  #blanksBefore = 0;
  #startsLine = false;
  /** The word that begins a line and no triple: it may be the line's key. */
  #lineKey: string | null = null;
  /** The separator since the last word, if there is one, and a blank if one stands before it. */
  #separator = '';
  /** The separators between groups, with the blanks around them. */
  readonly #between = new Set<string>();

  /** The published grammar reads other points here, or the same points with other keys. */
  get odd(): boolean {
    return this.#odd || (this.#isSpaced && !this.hidesGroups);
  }

  /** `; ` throughout, or `, `: the published grammar finds no group behind them, and published cases say so. */
  get hidesGroups(): boolean {
    return this.#between.size === 1 && (this.#between.has('; ') || this.#between.has(', '));
  }

  get #isSpaced(): boolean {
    return [...this.#between].some((separator) => separator.endsWith(' '));
  }

  /** Takes one sign; returns the triple that it completes. */
  push(c: string): WrittenPoint | null {
    if (c === ' ' || c === '\n') {
      const point = this.#endWord();
      this.#blanks++;
      if (c === '\n') this.#isLineStart = this.#odd = true;
      return point;
    }
    if (c === ';' || c === '\t') return this.#endGroup(c);
    if (c === ':' || c === ',') return this.#isInsideKey() ? this.#addToWord(c) : this.#endGroup(c, true);
    return this.#addToWord(c);
  }

  /** The last triple, when the closing quote completes it. */
  end(): WrittenPoint | null {
    return this.#endWord();
  }

  #addToWord(c: string): null {
    if (this.#word === '') this.#startWord();
    if (this.#word.length < longestWord) this.#word += c;
    if (!/[\d.,:]/.test(c)) this.#odd = true;
    return null;
  }

  #startWord(): void {
    this.#startsLine = this.#isLineStart;
    this.#blanksBefore = this.#blanks;
    // Published readings find no key there, and so no point.
    if (this.#isFirst && this.#blanks > 0) this.#odd = true;
    if (this.#separator !== '') this.#between.add(this.#separator + ' '.repeat(Math.min(this.#blanks, 2)));
    this.#separator = '';
    this.#isFirst = this.#isLineStart = false;
    this.#blanks = 0;
  }

  /** A colon or comma within 1:23.5 or 0,5, and not one that separates groups. */
  #isInsideKey(): boolean {
    const mayBeKey = this.#needsKey || (this.#before.length === 0 && this.#skip === 0);
    if (!mayBeKey || !/^\d[\d.,:]*$/.test(this.#word)) return false;
    this.#odd = true;
    return true;
  }

  #endGroup(separator: string, mayCutKey = false): WrittenPoint | null {
    const point = this.#endWord();
    this.#separator = `${this.#blanks > 0 ? ' ' : ''}${separator}`;
    this.#blanks = 0;
    this.#keyIsCut = mayCutKey && !this.#needsKey && this.#triples === 0;
    if (this.#keyIsCut) this.#odd = true;
    this.#needsKey = true;
    this.#key = NaN;
    this.#startTriples();
    return point;
  }

  #startTriples(): void {
    this.#triples = this.#skip = this.#misfits = 0;
    this.#before = [];
    this.#lineKey = null;
  }

  #endWord(): WrittenPoint | null {
    const word = this.#word;
    this.#word = '';
    if (word === '') return null;
    if (this.#needsKey) {
      this.#key = this.#keyIsCut ? NaN : groupKey(word);
      this.#needsKey = this.#keyIsCut = false;
      return null;
    }
    if (this.#skip > 0) this.#skip--;
    else if (isInteger(word)) return this.#takeNumber(word);
    else this.#takeOther(word);
    return null;
  }

  #takeNumber(word: string): WrittenPoint | null {
    if (this.#blanksBefore > 1 && !this.#startsLine) this.#dropWords();
    const [id, x] = this.#before;
    if (id !== undefined && x !== undefined && fits(word)) return this.#complete(id, x, word);
    if (id !== undefined && x === undefined && fits(word)) {
      this.#before = [id, word];
      return null;
    }
    if (word.length > 4 && id !== undefined) this.#odd = true;
    this.#dropWords();
    this.#before = [word];
    if (this.#startsLine) this.#lineKey = word;
    return null;
  }

  /** A word that is no integer: the key of a group, words between numbers, or a malformed number. */
  #takeOther(word: string): void {
    const key = this.#before.length === 0 || this.#startsLine ? groupKey(word) : NaN;
    if (!Number.isNaN(key)) {
      // Right behind another key it would be the end of it: "1: 23.5".
      this.#key = this.#triples === 0 ? NaN : key;
      this.#startTriples();
      this.#odd = true;
    } else if (/\d/.test(word)) {
      this.#odd = true;
      this.#skip = 2 - this.#before.length;
      this.#misfits += 3;
      this.#before = [];
    } else this.#dropWords();
  }

  /** The words before are no triple. */
  #dropWords(): void {
    this.#misfits += this.#before.length;
    this.#before = [];
  }

  #complete(id: string, x: string, y: string): WrittenPoint {
    // Triples come in threes: a single word between them is a key, and only at the start of a line is it certain.
    if (this.#misfits % 3 === 1) {
      this.#key = this.#misfits === 1 && this.#lineKey !== null ? Number(this.#lineKey) : NaN;
      this.#odd = true;
    }
    this.#misfits = 0;
    this.#before = [];
    this.#lineKey = null;
    this.#triples++;
    const number = Number(id);
    const isCounted = Number.isSafeInteger(number);
    return { key: this.#key, id: isCounted ? number : null, x: Number(x), y: Number(y), scale: 1000 };
  }
}
