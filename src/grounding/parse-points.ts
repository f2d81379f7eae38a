// The current grammar as the published evaluations read it, to the letter: <points coords="..."> and <tracks coords="...">.

import type { WrittenPoint } from './coordinates.ts';
import { CoordsReader, isCoordsCharacter } from './coords-reader.ts';

type TagEvent =
  { readonly type: 'open' | 'closed' } | { readonly type: 'point'; readonly point: WrittenPoint };

type State = 'text' | 'tag' | 'coords' | 'quote' | 'slash';

/** How much of `pattern` is matched after `c`; its first character must not occur in it again. */
const advance = (pattern: string, matched: number, c: string): number =>
  pattern[matched] === c ? matched + 1 : pattern[0] === c ? 1 : 0;

const tagStarts = { points: '<points', tracks: '<tracks' } as const;
const coordsStart = ' coords="';

/**
 * A tag begins with `<points` or `<tracks`; anything may follow on the same line up to ` coords="`, then at least one
 * coordinate character, the closing quote, an optional slash and `>`. When that fails the search for ` coords="` goes
 * on from there, up to the end of the line. Reading by character keeps the time linear.
 */
class PublishedReader {
  #state: State = 'text';
  #matchedPoints = 0;
  #matchedTracks = 0;
  #matchedCoords = 0;
  #coords = new CoordsReader();
  #previous = '';

  push(text: string): TagEvent[] {
    const events: TagEvent[] = [];
    for (const c of text) {
      this.#take(c, events);
      this.#previous = c;
    }
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
        else this.#close(c, events);
        break;
      case 'slash':
        this.#close(c, events);
        break;
    }
  }

  /** Looks for the beginning of a tag; true when `c` completes one. */
  #findTag(c: string): boolean {
    this.#matchedPoints = advance(tagStarts.points, this.#matchedPoints, c);
    this.#matchedTracks = advance(tagStarts.tracks, this.#matchedTracks, c);
    const isPoints = this.#matchedPoints === tagStarts.points.length;
    if (!isPoints && this.#matchedTracks !== tagStarts.tracks.length) return false;
    this.#matchedCoords = 0;
    this.#state = 'tag';
    return true;
  }

  #findCoords(c: string, events: TagEvent[]): void {
    if (c === '\n') {
      this.#state = 'text';
      return;
    }
    if (this.#findTag(c)) return;
    this.#matchedCoords = advance(coordsStart, this.#matchedCoords, c);
    if (this.#matchedCoords < coordsStart.length) return;
    this.#matchedCoords = 0;
    this.#coords = new CoordsReader();
    this.#state = 'coords';
    events.push({ type: 'open' });
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

  #close(c: string, events: TagEvent[]): void {
    if (c !== '>') {
      this.#break(c, events);
      return;
    }
    this.#state = 'text';
    events.push({ type: 'closed' });
  }

  /** Goes on looking for coordinates of the same tag, from `c` on, or from a blank right before it. */
  #break(c: string, events: TagEvent[]): void {
    this.#state = 'tag';
    this.#matchedCoords = this.#previous === ' ' ? 1 : 0;
    this.#findCoords(c, events);
  }
}

/** All points of well-formed tags of a complete text, in text order. Points of tags that are not closed do not count. */
export function parsePoints(text: string): WrittenPoint[] {
  const points: WrittenPoint[] = [];
  let tag: WrittenPoint[] = [];
  for (const event of new PublishedReader().push(text)) {
    if (event.type === 'open') tag = [];
    else if (event.type === 'point') tag.push(event.point);
    else if (event.type === 'closed') for (const point of tag) points.push(point);
  }
  return points;
}
