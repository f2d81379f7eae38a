// The tags of an answer, read as they arrive: <points coords="...">label</points>, <tracks coords="...">label</tracks>,
// and the older <point x="..." y="..." alt="...">label</point>, in every spelling whose meaning is certain.

import type { WrittenPoint } from './coordinates.ts';
import { CoordsWords } from './coords-words.ts';
import { SignReader, type Sign } from './signs.ts';
import { CoordsStart, isQuote, TagAttributes } from './tag-attributes.ts';

export type TagName = 'points' | 'tracks';

export type TagEvent =
  /**
   * The places of a tag begin. In the form `coords` they follow while they are read; `attributes` is the older form,
   * whose places follow at once. `alt` is the text of an alt attribute before them.
   */
  | {
      readonly type: 'open';
      readonly name: TagName;
      readonly form: 'coords' | 'attributes';
      readonly alt: string;
    }
  | { readonly type: 'point'; readonly point: WrittenPoint }
  /**
   * The tag is whole. `odd` says that the published grammar reads it otherwise, or not at all; `hidesGroups`, that it
   * finds the first group only.
   */
  | { readonly type: 'closed'; readonly odd: boolean; readonly hidesGroups: boolean }
  /** An alt text behind the places, or the text between the tag and the next `<` or line end; never empty. */
  | { readonly type: 'label'; readonly label: string };

const tagNames: Readonly<Record<string, TagName>> = { point: 'points', points: 'points', tracks: 'tracks' };

/** Finds `<points`, `<tracks` and `<point`, with a sign behind them that ends the name. */
class TagStart {
  #name: string | null = null;
  #raw = '';
  /** The tag that was found last is not spelled as the published grammar wants it. */
  odd = false;
  /** Its bracket was written as an entity, or full-width. */
  isEscaped = false;

  push({ c, raw }: Sign): TagName | null {
    if (c === '<') {
      this.#name = '';
      this.#raw = raw;
      return null;
    }
    if (this.#name === null) return null;
    if (c === ' ' && this.#name === '') {
      this.#raw += raw;
      return null;
    }
    if (/^[\w:.-]$/.test(c)) {
      this.#name = this.#name.length < 'points'.length ? this.#name + c.toLowerCase() : null;
      this.#raw += raw;
      return null;
    }
    const name = this.#name;
    this.#name = null;
    this.odd = this.#raw !== '<points' && this.#raw !== '<tracks';
    this.isEscaped = !this.#raw.startsWith('<');
    return tagNames[name] ?? null;
  }
}

const coordsStart = ' coords="';

/**
 * Reads an answer in pieces and reports tags, points and labels as soon as they are certain.
 *
 * A tag begins with `<points`, `<tracks` or `<point` and ends with the next `>` that is not in quotes; `coords` may stand
 * anywhere in it. What a tag says counts even where it breaks off: its complete triples are known.
 */
export class TagReader {
  readonly #signs = new SignReader();
  readonly #start = new TagStart();
  #state: 'text' | 'tag' | 'coords' | 'label' = 'text';
  #name: TagName = 'points';
  #attributes = new TagAttributes(false);
  #coordsStart = new CoordsStart();
  #coords = new CoordsWords();
  /** The values of coords may stand without quotes. */
  #isQuoted = true;
  #isOpen = false;
  #alt = '';
  #hasCoords = false;
  #odd = false;
  #isEscaped = false;
  /** What was written last in the tag. */
  #tail = '';
  #label: string[] = [];

  push(text: string): TagEvent[] {
    const events: TagEvent[] = [];
    for (const sign of this.#signs.push(text)) this.#take(sign, events);
    return events;
  }

  /** The answer is over. A number that is still open is not reported: it may have been cut. */
  end(): TagEvent[] {
    const events: TagEvent[] = [];
    for (const sign of this.#signs.end()) this.#take(sign, events);
    if (this.#state === 'label') this.#endLabel(events);
    else this.#leave(events);
    return events;
  }

  #take(sign: Sign, events: TagEvent[]): void {
    const name = this.#start.push(sign);
    if (name) this.#enter(name, events);
    if (this.#state === 'label') this.#readLabel(sign, events);
    else if (sign.c === '') this.#odd = true;
    else if (this.#state !== 'text') {
      this.#tail = (this.#tail + sign.raw).slice(-coordsStart.length);
      if (sign.c === '\n') this.#odd = true;
      if (this.#coordsStart.push(sign.c)) this.#openCoords(sign, events);
      else if (this.#state === 'tag') this.#readTag(sign, events);
      else this.#readCoords(sign, events);
    }
  }

  #enter(name: TagName, events: TagEvent[]): void {
    this.#leave(events);
    this.#state = 'tag';
    this.#name = name;
    this.#odd = this.#start.odd;
    this.#isEscaped = this.#start.isEscaped;
    this.#attributes = new TagAttributes(this.#isEscaped);
    this.#coordsStart = new CoordsStart();
    this.#tail = this.#alt = '';
    this.#isOpen = this.#hasCoords = false;
  }

  /** The tag breaks off. */
  #leave(events: TagEvent[]): void {
    if (this.#state === 'tag') this.#openAttributes(events);
    this.#state = 'text';
  }

  #readTag(sign: Sign, events: TagEvent[]): void {
    if (!this.#attributes.isQuoted) {
      if (sign.c === '>') {
        this.#close(events);
        return;
      }
      if (sign.c === '<') {
        this.#leave(events);
        return;
      }
    }
    if (this.#hasCoords && sign.c !== '/') this.#odd = true;
    this.#attributes.push(sign);
  }

  #openCoords(sign: Sign, events: TagEvent[]): void {
    if (this.#tail !== coordsStart) this.#odd = true;
    this.#attributes.startAgain();
    this.#coords = new CoordsWords();
    this.#isQuoted = isQuote(sign.c);
    this.#state = 'coords';
    if (!this.#isOpen) {
      this.#isOpen = true;
      this.#alt = this.#attributes.alt;
      events.push({ type: 'open', name: this.#name, form: 'coords', alt: this.#alt });
    }
    if (!this.#isQuoted) this.#readCoords(sign, events);
  }

  #readCoords(sign: Sign, events: TagEvent[]): void {
    const { c, raw } = sign;
    if (isQuote(c) || c === '>' || c === '<' || (!this.#isQuoted && (c === '/' || c === '='))) {
      this.#endCoords(sign, events);
      return;
    }
    // Without quotes the next attribute is known by its equals sign only.
    if (!this.#isQuoted) this.#attributes.push(sign);
    if (raw !== c || !/^[0-9\t:;, .]$/.test(c)) this.#odd = true;
    this.#report(this.#coords.push(c), events);
  }

  #endCoords(sign: Sign, events: TagEvent[]): void {
    this.#report(this.#coords.end(), events);
    if (this.#coords.odd || sign.raw !== '"') this.#odd = true;
    this.#hasCoords = true;
    this.#state = 'tag';
    if (!isQuote(sign.c)) this.#readTag(sign, events);
  }

  #report(point: WrittenPoint | null, events: TagEvent[]): void {
    if (point) events.push({ type: 'point', point });
  }

  #close(events: TagEvent[]): void {
    this.#openAttributes(events);
    this.#state = 'text';
    if (!this.#isOpen) return;
    if (this.#attributes.alt !== this.#alt) events.push({ type: 'label', label: this.#attributes.alt });
    events.push({ type: 'closed', odd: this.#odd, hidesGroups: this.#coords.hidesGroups });
    if (this.#tail.endsWith('/>') || this.#tail.endsWith('/&gt;')) return;
    this.#state = 'label';
    this.#label = [];
  }

  /** A tag without coords may say x and y. */
  #openAttributes(events: TagEvent[]): void {
    this.#attributes.end();
    if (this.#isOpen || this.#name !== 'points') return;
    const { points, alt } = this.#attributes;
    if (points.length === 0) return;
    this.#isOpen = true;
    this.#alt = alt;
    events.push({ type: 'open', name: this.#name, form: 'attributes', alt });
    for (const point of points) events.push({ type: 'point', point });
  }

  #readLabel({ c, raw, text }: Sign, events: TagEvent[]): void {
    // In a tag that is written plainly, an entity is a part of the label.
    const isTag = c === '<' && (raw === '<' || this.#isEscaped);
    if (isTag || c === '\n') this.#endLabel(events);
    else this.#label.push(this.#isEscaped ? text : raw);
  }

  #endLabel(events: TagEvent[]): void {
    this.#state = 'text';
    const label = this.#label.join('');
    if (label !== '') events.push({ type: 'label', label });
  }
}

/** A tag of a complete text. */
export interface ReadTag {
  readonly form: 'coords' | 'attributes';
  readonly points: readonly WrittenPoint[];
  readonly isClosed: boolean;
  readonly odd: boolean;
  readonly hidesGroups: boolean;
}

/** All tags with places of a complete text, in text order. */
export function readTags(text: string): ReadTag[] {
  const tags: (ReadTag & { readonly points: WrittenPoint[] })[] = [];
  const reader = new TagReader();
  for (const event of [...reader.push(text), ...reader.end()]) {
    if (event.type === 'open')
      tags.push({ form: event.form, points: [], isClosed: false, odd: false, hidesGroups: false });
    const tag = tags.at(-1);
    if (event.type === 'point') tag?.points.push(event.point);
    const { type, ...closed } = event;
    if (type === 'closed' && tag) Object.assign(tag, closed, { isClosed: true });
  }
  return tags;
}
