// Reads what stands between the quotes of coords="...", one character at a time.
//
//   coords = group ( separator group )*     separator is one of ; tab : ,
//   group  = key ' ' triple ( ' ' triple )*
//   triple = id ' ' x ' ' y                 x and y have three or four digits
//
// A triple is looked for from left to right wherever it can begin, so a malformed number costs its triple and not the
// rest of the group. Reading by character keeps the time linear in the text and lets points appear while it arrives.

import type { WrittenPoint } from './coordinates.ts';

const isDigit = (c: string) => c >= '0' && c <= '9';
const isSeparator = (c: string) => c === ';' || c === '\t' || c === ':' || c === ',';

/** Characters that may stand in coords; any other ends it. */
export const isCoordsCharacter = (c: string) => isDigit(c) || isSeparator(c) || c === ' ' || c === '.';

/** Give it the characters of one coords attribute in order, then `end()`. */
export class CoordsReader {
  /** A group whose key is missing is hidden up to the next separator: so is one behind a separator and a blank. */
  #place: 'key' | 'body' | 'hidden' = 'key';
  #key = '';
  /** The finished numbers of the triple that `#word` would complete. */
  #before: string[] = [];
  /** The run of digits being read. */
  #word = '';

  /** Takes one character of coords; returns the triple that it completes. */
  push(c: string): WrittenPoint | null {
    if (isSeparator(c)) {
      const point = this.#finish();
      this.#key = '';
      this.#place = 'key';
      return point;
    }
    if (this.#place === 'key') this.#readKey(c);
    else if (this.#place === 'body') return this.#readBody(c);
    return null;
  }

  /** The last triple, when the character behind coords (or the closing quote) completes it. */
  end(): WrittenPoint | null {
    return this.#finish();
  }

  #readKey(c: string): void {
    if (c !== ' ') this.#key += c;
    else this.#place = this.#key === '' ? 'hidden' : 'body';
  }

  #readBody(c: string): WrittenPoint | null {
    if (isDigit(c)) {
      // A number ends after four digits; what follows begins another one.
      const point = this.#before.length === 2 && this.#word.length === 4 ? this.#finish() : null;
      this.#word += c;
      return point;
    }
    return this.#finish(c === ' ');
  }

  /**
   * Ends the current run of digits. `joined` says that one blank follows, so that the run may begin or continue a
   * triple; otherwise the triple ends here, complete or not.
   */
  #finish(joined = false): WrittenPoint | null {
    const word = this.#word;
    const [id, x] = this.#before;
    const fits = word.length >= 3 && word.length <= 4;
    this.#word = '';
    if (id !== undefined && x !== undefined && fits) {
      this.#before = [];
      const number = Number(id);
      return {
        key: Number(this.#key),
        id: Number.isSafeInteger(number) ? number : null,
        x: Number(x),
        y: Number(word),
        scale: 1000,
      };
    }
    if (!joined || word === '') this.#before = [];
    else this.#before = id !== undefined && x === undefined && fits ? [id, word] : [word];
    return null;
  }
}
