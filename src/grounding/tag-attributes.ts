// Reads the attributes of a tag, sign by sign: their values, and where the value of `coords` begins.

import type { WrittenPoint } from './coordinates.ts';
import type { Sign } from './signs.ts';

export const isQuote = (c: string) => c === '"' || c === "'";
const isBlank = (c: string) => c === ' ' || c === '\t' || c === '\n';
const isNameSign = (c: string) => /^[\w:.-]$/.test(c);

/** Finds `coords =` wherever it stands, even in the value of an attribute whose quote was never closed. */
export class CoordsStart {
  /** Letters of the word that are there; one more when the equals sign is. */
  #matched = 0;
  #previous = '';

  /** True for the first sign of the value: a quote or a digit. */
  push(c: string): boolean {
    const word = 'coords';
    const before = this.#previous;
    const lower = c.toLowerCase();
    this.#previous = c;
    if (this.#matched > word.length) {
      if (isBlank(c)) return false;
      this.#matched = 0;
      if (isQuote(c) || /\d/.test(c)) return true;
    }
    if (this.#matched === word.length) {
      if (c === '=') this.#matched++;
      if (c === '=' || isBlank(c)) return false;
      this.#matched = 0;
    }
    const goesOn = lower === word[this.#matched] && (this.#matched > 0 || !isNameSign(before));
    this.#matched = goesOn ? this.#matched + 1 : 0;
    return false;
  }
}

interface Attribute {
  readonly name: string;
  /** In plain signs, for numbers. */
  readonly signs: string;
  /** As it was written, or as it was before all of the tag was escaped. */
  readonly text: string;
}

type Place = 'between' | 'name' | 'equals' | 'value' | 'bare value';

/** More signs of a tag than this hold no attributes that are read. */
const mostSigns = 100_000;

/** Collects `name="value"`, with quotes of any kind or none and blanks around the equals sign. */
export class TagAttributes {
  readonly #isEscaped: boolean;
  readonly #found: Attribute[] = [];
  #place: Place = 'between';
  #name = '';
  #quote = '';
  #signs: string[] = [];
  #text: string[] = [];
  #count = 0;

  /** `isEscaped` says that the tag's own bracket was written as an entity. */
  constructor(isEscaped: boolean) {
    this.#isEscaped = isEscaped;
  }

  /** Whether the next sign belongs to a value in quotes, where brackets mean nothing. */
  get isQuoted(): boolean {
    return this.#place === 'value';
  }

  push(sign: Sign): void {
    if (this.#count++ > mostSigns) return;
    const { c } = sign;
    if (this.#place === 'value' || this.#place === 'bare value') this.#readValue(sign);
    else if (this.#place === 'equals') {
      if (isBlank(c)) return;
      this.#quote = isQuote(c) ? c : '';
      this.#place = this.#quote === '' ? 'bare value' : 'value';
      if (this.#quote === '') this.#readValue(sign);
    } else if (c === '=' && this.#name !== '') this.#place = 'equals';
    else if (!isBlank(c)) {
      const goesOn = this.#place === 'name' && isNameSign(c);
      this.#name = goesOn ? this.#name + c.toLowerCase() : isNameSign(c) ? c.toLowerCase() : '';
      this.#place = 'name';
    } else this.#place = 'between';
  }

  /** The value of coords begins, which is read elsewhere: attributes begin again, and an open value is none. */
  startAgain(): void {
    this.#place = 'between';
    this.#name = '';
    this.#signs = [];
    this.#text = [];
  }

  /** The tag is over. */
  end(): void {
    if (this.#place === 'bare value') this.#endValue();
  }

  get alt(): string {
    return this.#found.find(({ name }) => name === 'alt')?.text ?? '';
  }

  /** `x="10" y="20"` or `x1= y1= x2= y2=` in any order: percent of the picture. */
  get points(): WrittenPoint[] {
    const waiting = new Map<string, { x?: number; y?: number }>();
    const points: WrittenPoint[] = [];
    for (const { name, signs } of this.#found) {
      const [, axis, number = ''] = /^([xy])(\d{0,4})$/.exec(name) ?? [];
      const value = /^\s*(\d+(?:[.,]\d+)?)\s*%?\s*$/.exec(signs)?.[1];
      if (axis === undefined || value === undefined) continue;
      const pair = { ...waiting.get(number), [axis]: Number(value.replace(',', '.')) };
      if (pair.x === undefined || pair.y === undefined) waiting.set(number, pair);
      else {
        waiting.delete(number);
        points.push({ key: NaN, id: null, x: pair.x, y: pair.y, scale: 100 });
      }
    }
    return points;
  }

  #readValue({ c, raw, text }: Sign): void {
    const isOver = this.#quote === '' ? isBlank(c) || c === '/' : c === this.#quote;
    if (isOver) {
      this.#endValue();
      return;
    }
    this.#signs.push(c);
    this.#text.push(this.#isEscaped ? text : raw);
  }

  #endValue(): void {
    if (this.#place === 'value' || this.#place === 'bare value')
      this.#found.push({ name: this.#name, signs: this.#signs.join(''), text: this.#text.join('') });
    this.startAgain();
  }
}
