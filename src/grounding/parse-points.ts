// The current grammar: <points coords="...">label</points> and <tracks coords="...">label</tracks>, read as it arrives.

import type { WrittenPoint } from './coordinates.ts';
import { CoordsReader, isCoordsCharacter } from './coords-reader.ts';

export type TagName = 'points' | 'tracks';

export type TagEvent =
  /** coords begin; `alt` is the text of an alt attribute before them. */
  | { readonly type: 'open'; readonly name: TagName; readonly alt: string }
  | { readonly type: 'point'; readonly point: WrittenPoint }
  /** The tag is well formed: quote and bracket are closed. */
  | { readonly type: 'closed' }
  /** It is not: what was read since `open` is not the current grammar. */
  | { readonly type: 'broken' }
  /** The text between the tag and the next `<` or line end; not sent when it is empty. */
  | { readonly type: 'label'; readonly label: string };

type State = 'text' | 'tag' | 'coords' | 'quote' | 'slash' | 'label';

/** How much of `pattern` is matched after `c`; its first character must not occur in it again. */
const advance = (pattern: string, matched: number, c: string): number =>
  pattern[matched] === c ? matched + 1 : pattern[0] === c ? 1 : 0;

const tagStarts = { points: '<points', tracks: '<tracks' } as const;
const coordsStart = ' coords="';
/** An attribute text longer than this is cut: only alt="..." is read from it. */
const longestAttributes = 2000;

/**
 * Reads an answer in pieces and reports tags, points and labels as soon as they are certain.
 *
 * A tag begins with `<points` or `<tracks`; anything may follow on the same line up to ` coords="`, then at least one
 * coordinate character, the closing quote, an optional slash and `>`. When that fails the search for ` coords="` goes
 * on from there, up to the end of the line.
 */
export class TagReader {
  #state: State = 'text';
  #name: TagName = 'points';
  #matchedPoints = 0;
  #matchedTracks = 0;
  #matchedCoords = 0;
  #attributes = '';
  #coords = new CoordsReader();
  #previous = '';
  #label = '';

  push(text: string): TagEvent[] {
    const events: TagEvent[] = [];
    for (const c of text) {
      this.#take(c, events);
      this.#previous = c;
    }
    return events;
  }

  /** The answer is over. A number that is still open is not reported: it may have been cut. */
  end(): TagEvent[] {
    const events: TagEvent[] = [];
    if (this.#state === 'label') this.#endLabel(events);
    else if (this.#state !== 'text' && this.#state !== 'tag') events.push({ type: 'broken' });
    this.#state = 'text';
    return events;
  }

  #take(c: string, events: TagEvent[]): void {
    switch (this.#state) {
      case 'text':
        this.#findTag(c);
        break;
      case 'tag':
        this.#findCoords(c, events);
        break;
      case 'coords':
        this.#readCoords(c, events);
        break;
      case 'quote':
        if (c === '/') this.#state = 'slash';
        else this.#close(c, 'label', events);
        break;
      case 'slash':
        this.#close(c, 'text', events);
        break;
      case 'label':
        this.#readLabel(c, events);
        break;
    }
  }

  /** Looks for the beginning of a tag; true when `c` completes one. */
  #findTag(c: string): boolean {
    this.#matchedPoints = advance(tagStarts.points, this.#matchedPoints, c);
    this.#matchedTracks = advance(tagStarts.tracks, this.#matchedTracks, c);
    const isPoints = this.#matchedPoints === tagStarts.points.length;
    if (!isPoints && this.#matchedTracks !== tagStarts.tracks.length) return false;
    this.#name = isPoints ? 'points' : 'tracks';
    this.#attributes = '';
    this.#matchedCoords = 0;
    this.#state = 'tag';
    return true;
  }

  #findCoords(c: string, events: TagEvent[]): void {
    if (c === '\n') {
      this.#state = 'text';
      return;
    }
    // The nearest tag before the coordinates gives them its name.
    if (this.#findTag(c)) return;
    if (this.#attributes.length < longestAttributes) this.#attributes += c;
    this.#matchedCoords = advance(coordsStart, this.#matchedCoords, c);
    if (this.#matchedCoords < coordsStart.length) return;
    this.#matchedCoords = 0;
    this.#coords = new CoordsReader();
    this.#state = 'coords';
    const alt = /\salt="([^"]*)"/.exec(this.#attributes)?.[1] ?? '';
    events.push({ type: 'open', name: this.#name, alt });
  }

  #readCoords(c: string, events: TagEvent[]): void {
    const inside = isCoordsCharacter(c);
    const point = inside ? this.#coords.push(c) : this.#coords.end();
    if (point) events.push({ type: 'point', point });
    if (inside) return;
    const empty = this.#previous === '"';
    if (c === '"' && !empty) this.#state = 'quote';
    else this.#break(c, events);
  }

  #close(c: string, next: State, events: TagEvent[]): void {
    if (c !== '>') {
      this.#break(c, events);
      return;
    }
    this.#state = next;
    this.#label = '';
    events.push({ type: 'closed' });
  }

  /** Goes on looking for coordinates of the same tag, from `c` on, or from a blank right before it. */
  #break(c: string, events: TagEvent[]): void {
    events.push({ type: 'broken' });
    this.#state = 'tag';
    this.#attributes = '';
    this.#matchedCoords = this.#previous === ' ' ? 1 : 0;
    this.#findCoords(c, events);
  }

  #readLabel(c: string, events: TagEvent[]): void {
    if (c !== '<' && c !== '\n') {
      this.#label += c;
      return;
    }
    this.#endLabel(events);
    this.#findTag(c);
  }

  #endLabel(events: TagEvent[]): void {
    this.#state = 'text';
    if (this.#label !== '') events.push({ type: 'label', label: this.#label });
  }
}

/** All points of well-formed tags of a complete text, in text order. Points of tags that are not closed do not count. */
export function parsePoints(text: string): WrittenPoint[] {
  const points: WrittenPoint[] = [];
  let tag: WrittenPoint[] = [];
  for (const event of new TagReader().push(text)) {
    if (event.type === 'open') tag = [];
    else if (event.type === 'point') tag.push(event.point);
    else if (event.type === 'closed') for (const point of tag) points.push(point);
  }
  return points;
}
