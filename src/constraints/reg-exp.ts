// A regular expression -> the terms of the texts that it matches. What cannot be decided byte by byte is refused by name.

import { classRanges } from './character-class.ts';
import type { Term, Terms } from './terms.ts';
import { anyCharacter, oneOf, type CodeRange } from './utf8-ranges.ts';

export interface RegExpOptions {
  /** What the expression is called in errors. */
  readonly name: string;
  /** `whole`: the text is a match, as if between ^ and $. `part`: it has a match somewhere. */
  readonly match: 'whole' | 'part';
  /** The term of one character; default its UTF-8. */
  readonly character?: (ranges: readonly CodeRange[]) => Term;
}

const refusedGroups: readonly (readonly [opening: string, name: string])[] = [
  ['(?=', 'a lookahead'],
  ['(?!', 'a negative lookahead'],
  ['(?<=', 'a lookbehind'],
  ['(?<!', 'a negative lookbehind'],
];
const refusedFlags: readonly (readonly [flag: string, name: string])[] = [
  ['m', 'multiline'],
  ['v', 'unicodeSets'],
];
const escape =
  /\\(?:[pP]\{[^}]*\}|u\{[0-9a-f]+\}|u[dD][89ab][0-9a-f]{2}\\u[dD][c-f][0-9a-f]{2}|u[0-9a-f]{4}|x[0-9a-f]{2}|c[a-z]|.)/isuy;
const quantifier = /(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??/y;
const group = /\((?:\?(?::|<[^=!>][^>]*>))?/y;

/** Throws RangeError naming what is not supported, and where it stands. */
export function regExpTerm(terms: Terms, { source: written, flags }: RegExp, options: RegExpOptions): Term {
  const { name } = options;
  const source = withoutIdleEscapes(written);
  for (const [flag, word] of refusedFlags)
    if (flags.includes(flag))
      throw new RangeError(`${name} has the flag "${flag}" (${word}), which is not supported. Leave it out.`);
  const own = `${flags.includes('i') ? 'i' : ''}${flags.includes('s') ? 's' : ''}u` as const;
  try {
    RegExp(source, own);
  } catch (cause) {
    throw new RangeError(
      `${name} is read with the flag "u", and /${written}/u is no regular expression (${cause instanceof Error ? cause.message : String(cause)}). Escape its signs, such as \\{ and \\}.`,
      { cause },
    );
  }
  return new Reader(terms, source, own, options).read();
}

/** Backslashes before signs that mean nothing else, as in \" and \-, which the flag u forbids, as escapes that it allows. */
function withoutIdleEscapes(source: string): string {
  return source.replaceAll(/\\([^])/gu, (whole, sign: string) => {
    const isIdle = sign >= ' ' && sign <= '~' && !/[a-zA-Z0-9^$.*+?()[\]{}|/\\]/.test(sign);
    return isIdle ? `\\x${sign.charCodeAt(0).toString(16)}` : whole;
  });
}

class Reader {
  readonly #terms: Terms;
  readonly #source: string;
  readonly #flags: 'u' | 'iu' | 'su' | 'isu';
  readonly #options: RegExpOptions;
  readonly #character: (ranges: readonly CodeRange[]) => Term;
  #at = 0;
  #depth = 0;

  constructor(terms: Terms, source: string, flags: 'u' | 'iu' | 'su' | 'isu', options: RegExpOptions) {
    this.#terms = terms;
    this.#source = source;
    this.#flags = flags;
    this.#options = options;
    this.#character = options.character ?? ((ranges) => oneOf(terms, ranges));
  }

  read(): Term {
    return this.#alternatives();
  }

  #alternatives(): Term {
    const found = [this.#alternative()];
    while (this.#take('|')) found.push(this.#alternative());
    return this.#terms.either(...found);
  }

  #alternative(): Term {
    const isTop = this.#depth === 0;
    const begins = isTop && this.#take('^');
    const parts: Term[] = [];
    while (this.#at < this.#source.length && !this.#isAt('|') && !this.#isAt(')')) {
      if (isTop && this.#isAt('$') && /^\$(?:\||$)/.test(this.#source.slice(this.#at))) break;
      parts.push(this.#quantified(this.#atom()));
    }
    const ends = isTop && this.#take('$');
    if (!isTop || this.#options.match === 'whole') return this.#terms.sequence(...parts);
    const anything = this.#terms.repeat(this.#character(anyCharacter), 0);
    return this.#terms.sequence(
      begins ? this.#terms.empty : anything,
      ...parts,
      ends ? this.#terms.empty : anything,
    );
  }

  #quantified(atom: Term): Term {
    const [whole, sign, least, comma, most] = this.#match(quantifier) ?? [];
    if (whole === undefined) return atom;
    if (sign !== undefined)
      return this.#terms.repeat(atom, sign === '+' ? 1 : 0, sign === '?' ? 1 : Infinity);
    const from = Number(least);
    if (comma === undefined) return this.#terms.repeat(atom, from, from);
    return this.#terms.repeat(atom, from, most === '' ? Infinity : Number(most));
  }

  #atom(): Term {
    const c = this.#source[this.#at];
    if (c === '(') return this.#group();
    if (c === '\\') return this.#escaped();
    if (c === '[') return this.#class(/\[(?:\\.|[^\]\\])*\]/suy);
    if (c === '.') return this.#class(/\./y);
    if (c === '^' || c === '$')
      this.#refuse(`the anchor "${c}" inside`, 'It may stand at the very beginning or end only');
    return this.#literal(/[^]/uy);
  }

  #group(): Term {
    for (const [opening, name] of refusedGroups)
      if (this.#source.startsWith(opening, this.#at)) this.#refuse(`${name}, "${opening}"`);
    if (!this.#match(group) || this.#isAt('?')) this.#refuse('a group with modifiers of its own');
    this.#depth += 1;
    const term = this.#alternatives();
    this.#depth -= 1;
    this.#take(')');
    return term;
  }

  #escaped(): Term {
    const next = this.#source[this.#at + 1] ?? '';
    if (/[1-9]/.test(next)) this.#refuse(`a backreference, "\\${next}"`);
    if (next === 'k') this.#refuse('a named backreference, "\\k"');
    if (next === 'b' || next === 'B') this.#refuse(`a word boundary, "\\${next}"`);
    return /[!-/:-@[-`{-~]/.test(next) ? this.#literal(/\\[^]/uy) : this.#class(escape);
  }

  /** A sign that stands for itself, perhaps behind a backslash. */
  #literal(pattern: RegExp): Term {
    const [text = ''] = this.#match(pattern) ?? [];
    const code = text.replace(/^\\(?=.)/, '').codePointAt(0) ?? 0;
    if (this.#flags.includes('i') && /^\p{L}|[^ -~]/u.test(text))
      return this.#character(classRanges(text, this.#flags));
    return this.#character([[code, code]]);
  }

  #class(pattern: RegExp): Term {
    const [atom = ''] = this.#match(pattern) ?? [];
    return this.#character(classRanges(atom, this.#flags));
  }

  #isAt(sign: string): boolean {
    return this.#source[this.#at] === sign;
  }

  #take(sign: string): boolean {
    if (!this.#isAt(sign)) return false;
    this.#at += 1;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source);
    if (found) this.#at += found[0].length;
    return found;
  }

  #refuse(what: string, why = 'Only what can be decided character by character is'): never {
    throw new RangeError(
      `${this.#options.name} has ${what} at character ${this.#at + 1} of /${this.#source}/, which is not supported. ${why}.`,
    );
  }
}
