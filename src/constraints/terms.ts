// A language over bytes as terms: what may follow is a term again (partial derivatives, Antimirov 1996), so that counted
// repeats and grammars with counters need no expansion. Equal terms are one number, which makes states comparable.

import { invariant } from '../errors.ts';

/** A set of byte strings; a number of the `Terms` that made it. */
export type Term = number;

/** A byte from `low` to `high`, and what may follow it. */
export interface Arc {
  readonly low: number;
  readonly high: number;
  readonly to: Term;
}

type Node =
  | { readonly kind: 'empty' }
  | { readonly kind: 'bytes'; readonly low: number; readonly high: number }
  /** One character for each byte. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'sequence'; readonly first: Term; readonly rest: Term }
  | { readonly kind: 'either'; readonly of: readonly Term[] }
  | { readonly kind: 'repeat'; readonly of: Term; readonly least: number; readonly most: number }
  | { readonly kind: 'later'; readonly make: () => Term };

const utf8 = new TextEncoder();

export class Terms {
  readonly #nodes: Node[] = [];
  readonly #known = new Map<string, Term>();
  readonly #arcs: (readonly Arc[] | undefined)[] = [];
  readonly #endings: (boolean | undefined)[] = [];
  /** Nothing follows, and that is allowed. */
  readonly empty = this.#term('', () => ({ kind: 'empty' }));
  /** Nothing is allowed, not even to end. */
  readonly never = this.#term('|', () => ({ kind: 'either', of: [] }));

  /** One byte of a range. */
  bytes(low: number, high = low): Term {
    return this.#term(`b${low},${high}`, () => ({ kind: 'bytes', low, high }));
  }

  /** A text in UTF-8. */
  text(text: string): Term {
    return this.#written(Array.from(utf8.encode(text), (byte) => String.fromCharCode(byte)).join(''));
  }

  sequence(...parts: readonly Term[]): Term {
    return parts.reduceRight((rest, first) => this.#pair(first, rest), this.empty);
  }

  either(...choices: readonly Term[]): Term {
    const flat = choices.flatMap((term) => this.alternatives(term));
    const of = [...new Set(flat)].sort((a, b) => a - b);
    const [only] = of;
    if (of.length === 1 && only !== undefined) return only;
    return this.#term(`|${of.join(',')}`, () => ({ kind: 'either', of }));
  }

  optional(term: Term): Term {
    return this.either(this.empty, term);
  }

  /** At least `least` and at most `most` times in a row. */
  repeat(of: Term, least: number, most = Infinity): Term {
    if (most === 0 || of === this.empty) return this.empty;
    if (of === this.never) return least === 0 ? this.empty : this.never;
    if (least === 1 && most === 1) return of;
    return this.#term(`${of}*${least},${most}`, () => ({ kind: 'repeat', of, least, most }));
  }

  /** What is made when it is reached, once for each key: a grammar that counts has no end of terms. */
  later(key: string, make: () => Term): Term {
    return this.#term(`l${key}`, () => ({ kind: 'later', make }));
  }

  /** The terms that a choice is between; a list of the term itself where it is none. */
  alternatives(term: Term): readonly Term[] {
    const node = this.#node(term);
    return node.kind === 'either' ? node.of : [term];
  }

  /** Whether the text may end here. */
  mayEnd(term: Term): boolean {
    return (this.#endings[term] ??= this.#endsAt(this.#node(term)));
  }

  /** Every byte that may come next. */
  arcs(term: Term): readonly Arc[] {
    return (this.#arcs[term] ??= this.#arcsOf(this.#node(term)));
  }

  /** A term that has the same beginnings of at most so many bytes: counts that none of them can reach are alike. */
  upTo(term: Term, bytes: number): Term {
    const node = this.#node(term);
    if (node.kind === 'sequence')
      return this.#pair(this.upTo(node.first, bytes), this.upTo(node.rest, bytes));
    if (node.kind !== 'repeat') return term;
    const most = node.most > bytes ? Infinity : node.most;
    return this.repeat(node.of, Math.min(node.least, bytes + 1), most);
  }

  #written(text: string): Term {
    if (text === '') return this.empty;
    return this.#term(`t${text}`, () => ({ kind: 'text', text }));
  }

  #pair(first: Term, rest: Term): Term {
    if (first === this.empty) return rest;
    if (rest === this.empty || first === this.never) return first;
    if (rest === this.never) return rest;
    const node = this.#node(first);
    if (node.kind === 'sequence') return this.#pair(node.first, this.#pair(node.rest, rest));
    return this.#term(`${first}.${rest}`, () => ({ kind: 'sequence', first, rest }));
  }

  #endsAt(node: Node): boolean {
    switch (node.kind) {
      case 'empty':
        return true;
      case 'bytes':
      case 'text':
        return false;
      case 'sequence':
        return this.mayEnd(node.first) && this.mayEnd(node.rest);
      case 'either':
        return node.of.some((term) => this.mayEnd(term));
      case 'repeat':
        return node.least === 0 || this.mayEnd(node.of);
      case 'later':
        return this.mayEnd(node.make());
    }
  }

  #arcsOf(node: Node): readonly Arc[] {
    switch (node.kind) {
      case 'empty':
        return [];
      case 'bytes':
        return [{ low: node.low, high: node.high, to: this.empty }];
      case 'text': {
        const byte = node.text.charCodeAt(0);
        return [{ low: byte, high: byte, to: this.#written(node.text.slice(1)) }];
      }
      case 'sequence': {
        const arcs = this.#behind(node.first, node.rest);
        return this.mayEnd(node.first) ? [...arcs, ...this.arcs(node.rest)] : arcs;
      }
      case 'either':
        return node.of.flatMap((term) => this.arcs(term));
      case 'repeat': {
        // Where one of them may be empty, as many as are missing may be.
        const least = this.mayEnd(node.of) ? 0 : Math.max(0, node.least - 1);
        return this.#behind(node.of, this.repeat(node.of, least, node.most - 1));
      }
      case 'later':
        return this.arcs(node.make());
    }
  }

  #behind(first: Term, rest: Term): Arc[] {
    return this.arcs(first).map(({ low, high, to }) => ({ low, high, to: this.#pair(to, rest) }));
  }

  #node(term: Term): Node {
    const node = this.#nodes[term];
    invariant(node, `term ${term} is unknown`);
    return node;
  }

  #term(key: string, make: () => Node): Term {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const term = this.#nodes.push(make()) - 1;
    this.#known.set(key, term);
    return term;
  }
}
