// The signs that tags and numbers are made of, however they are spelled: quotes of all kinds, HTML entities, quotes behind
// a backslash as in JSON, full-width and other digits, any kind of blank, line end and minus.

/** One sign of an answer. */
export interface Sign {
  /** What it stands for: ASCII where there is such a sign, `\n` for every line end, nothing for invisible characters. */
  readonly c: string;
  /** As it was written. */
  readonly raw: string;
  /** As it was meant to be read: entities and backslashes are taken away, nothing else. */
  readonly text: string;
}

const doubleQuotes = '“”„‟«»″';
const singleQuotes = '‘’‚‛‹›′`';
const minuses = '‐‑‒–—−';
const lineEnds = '\r\v\f\u0085\u2028\u2029';
const marks: Readonly<Record<string, string>> = { '،': ',', '、': ',', '؛': ';', '٫': '.' };

const entities: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  ldquo: '“',
  rdquo: '”',
  lsquo: '‘',
  rsquo: '’',
  minus: '−',
  equals: '=',
  amp: '&',
};
/** `&` and the longest name, without the semicolon. */
const longestEntity = 8;
/** More than one backslash stands before a quote that was escaped more than once. */
const longestEscape = 8;

const isDecimalDigit = (code: number) => /^\p{Nd}$/u.test(String.fromCodePoint(code));

/** The value of a decimal digit of any script: the ten digits of a script follow each other from its zero. */
function digitOf(c: string): string {
  const code = c.codePointAt(0) ?? 0;
  let zero = code;
  while (code - zero < 9 && isDecimalDigit(zero - 1)) zero--;
  return String(code - zero);
}

/** The ASCII sign that `c` stands for, or `c` itself. */
function plainSign(c: string): string {
  if (c === '`') return "'";
  if (c >= ' ' && c <= '~') return c;
  if (lineEnds.includes(c)) return '\n';
  if (c >= '！' && c <= '～') return plainSign(String.fromCharCode(c.charCodeAt(0) - 0xfee0));
  if (doubleQuotes.includes(c)) return '"';
  if (singleQuotes.includes(c)) return "'";
  if (minuses.includes(c)) return '-';
  if (c !== '\n' && c !== '\t' && /^\s$/.test(c)) return ' ';
  if (/^\p{Cf}$/u.test(c)) return '';
  return /^\p{Nd}$/u.test(c) ? digitOf(c) : (marks[c] ?? c);
}

function entityText(name: string): string | undefined {
  const [, hex, decimal] = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(name) ?? [];
  if (hex === undefined && decimal === undefined) return entities[name.toLowerCase()];
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}

const written = (c: string): Sign => ({ c: plainSign(c), raw: c, text: c });
/** What a backslash and a letter stand for in JSON, as far as it may stand between numbers. */
const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** Takes an answer in pieces and gives its signs; an entity that is not complete waits for the next piece. */
export class SignReader {
  #held = '';

  push(text: string): Sign[] {
    const signs: Sign[] = [];
    for (const c of text) this.#take(c, signs);
    return signs;
  }

  /** The answer is over: what waited was no entity. */
  end(): Sign[] {
    return this.#letGo();
  }

  #take(c: string, signs: Sign[]): void {
    if (this.#held === '') {
      if (c === '&' || c === '\\') this.#held = c;
      else signs.push(written(c));
    } else if (this.#held.startsWith('&')) this.#takeEntity(c, signs);
    else this.#takeEscape(c, signs);
  }

  #takeEntity(c: string, signs: Sign[]): void {
    const text = c === ';' ? entityText(this.#held.slice(1)) : undefined;
    if (text !== undefined) {
      signs.push({ c: plainSign(text), raw: `${this.#held};`, text });
      this.#held = '';
    } else if (this.#held.length < longestEntity && /^[#0-9a-z]$/i.test(c)) this.#held += c;
    else this.#again(c, signs);
  }

  #takeEscape(c: string, signs: Sign[]): void {
    const text = escapes[c] ?? (/^["']$/.test(plainSign(c)) ? c : undefined);
    if (text !== undefined) {
      signs.push({ c: plainSign(text), raw: this.#held + c, text });
      this.#held = '';
    } else if (c === '\\' && this.#held.length < longestEscape) this.#held += c;
    else this.#again(c, signs);
  }

  #again(c: string, signs: Sign[]): void {
    for (const sign of this.#letGo()) signs.push(sign);
    this.#take(c, signs);
  }

  #letGo(): Sign[] {
    const signs = Array.from(this.#held, written);
    this.#held = '';
    return signs;
  }
}
