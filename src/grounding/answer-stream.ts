// From the text of an answer, as it arrives, to points, tracks and a count in pixels and seconds of the original.

import type { AskEvent, MediaInfo, Point, Track } from '../api.ts';
import { invariant } from '../errors.ts';
import { placedPoint, type PlacedPoint, type PointMedia, type WrittenPoint } from './coordinates.ts';
import { clickPoints, legacyBlockPoints, legacyTrackPoints } from './legacy-points.ts';
import { StatedCount } from './stated-count.ts';
import { TagReader, type TagEvent, type TagName } from './tag-reader.ts';

/** One tag of the answer, or what an older form yielded: either points or tracks are filled. */
interface Tag {
  readonly name: TagName;
  label: string;
  /** x and y are attributes: an older form, which counts at the end if nothing else was found. */
  readonly isOlder: boolean;
  readonly points: PlacedPoint[];
  /** By object id, in order of first appearance; each list is ascending in time. */
  readonly tracks: Map<number | null, { timeSec: number; x: number; y: number }[]>;
}

function pointMedia(media: MediaInfo): PointMedia | null {
  const [first] = media.sizes;
  if (media.kind === 'none' || !first) return null;
  if (media.kind === 'images' && media.sizes.length > 1) return { kind: 'multi', sizes: media.sizes };
  return { kind: media.kind === 'video' ? 'video' : 'image', ...first };
}

/**
 * Reads an answer in pieces, cut anywhere, and yields events as soon as they are certain.
 *
 * A `<points` tag fills `points`, a `<tracks` tag fills `tracks`, each tag its own. A point is yielded when its triple
 * is complete, that is when the next character shows that its last number has ended. The label stands behind the
 * coordinates: yielded points and tracks carry the tag's alt text or an empty label, `points` and `tracks` the final
 * label, and nothing is yielded again when it becomes known. A track is yielded once per new time, as far as it goes.
 * What was yielded stays: a tag that breaks off, or is cut by the end of the answer, keeps its complete triples.
 *
 * Tags are read in every spelling whose meaning is certain; docs/answer-text.md lists them. Older forms are read at the
 * end, if nothing else was found, and x and y only inside a `<point` or `<points` tag; forms in which bare numbers are a
 * point are not read.
 * Points in a picture that was not shown, beyond the edge, or without a time in a video do not exist. Without pictures
 * there are no points at all.
 */
export class AnswerStream {
  readonly #media: PointMedia | null;
  readonly #timeOffsetSec: number;
  readonly #reader = new TagReader();
  readonly #stated = new StatedCount();
  readonly #text: string[] = [];
  readonly #tags: Tag[] = [];
  readonly #older: { readonly tag: Tag; readonly written: WrittenPoint[] }[] = [];
  #countYielded = false;
  #ended = false;

  /** `timeOffsetSec` is added to every time, for a video that was shown from a later moment on. */
  constructor(media: MediaInfo, options: { readonly timeOffsetSec?: number } = {}) {
    this.#media = pointMedia(media);
    this.#timeOffsetSec = options.timeOffsetSec ?? 0;
  }

  push(text: string): AskEvent[] {
    invariant(!this.#ended, 'AnswerStream.push after end');
    this.#text.push(text);
    this.#stated.push(text);
    const events = this.#reader.push(text).flatMap((event) => this.#take(event));
    return [...events, ...this.#countEvent()];
  }

  end(): AskEvent[] {
    if (this.#ended) return [];
    this.#ended = true;
    const events = this.#reader.end().flatMap((event) => this.#take(event));
    const answer = this.#text.join('');
    if (this.#tags.every((tag) => tag.points.length === 0 && tag.tracks.size === 0))
      for (const event of this.#readLegacy(answer)) events.push(event);
    this.#stated.end(answer);
    return [...events, ...this.#countEvent()];
  }

  /** In the order of the text. */
  get points(): readonly Point[] {
    return this.#tags.flatMap((tag) => tag.points.map((point) => this.#point(point, tag.label)));
  }

  /** In order of first appearance. */
  get tracks(): readonly Track[] {
    return this.#tags.flatMap((tag) =>
      Array.from(tag.tracks, ([id, points]) => ({ id, label: tag.label, points: [...points] })),
    );
  }

  /** The number that the text states; at the end also the number of points, if there are any. Otherwise null. */
  get count(): number | null {
    if (this.#stated.value !== null || !this.#ended) return this.#stated.value;
    const points = this.#tags.reduce((sum, tag) => sum + tag.points.length, 0);
    return points > 0 ? points : null;
  }

  #countEvent(): AskEvent[] {
    const count = this.count;
    if (count === null || this.#countYielded) return [];
    this.#countYielded = true;
    return [{ type: 'count', count }];
  }

  #open(name: TagName, label = '', isOlder = false): Tag {
    const tag: Tag = { name, label, isOlder, points: [], tracks: new Map() };
    this.#tags.push(tag);
    if (isOlder) this.#older.push({ tag, written: [] });
    return tag;
  }

  #take(event: TagEvent): AskEvent[] {
    if (event.type === 'open') this.#open(event.name, event.alt, event.form === 'attributes');
    const tag = this.#tags.at(-1);
    if (event.type === 'label' && tag) tag.label = event.label;
    if (event.type !== 'point' || !tag) return [];
    if (!tag.isOlder) return this.#add(event.point, tag);
    this.#older.at(-1)?.written.push(event.point);
    return [];
  }

  #add(written: WrittenPoint, tag: Tag): AskEvent[] {
    const place = this.#media && placedPoint(written, this.#media);
    if (!place) return [];
    if (tag.name === 'tracks') return this.#addToTrack(place, tag);
    tag.points.push(place);
    return [{ type: 'point', point: this.#point(place, tag.label) }];
  }

  #addToTrack({ key, id, x, y }: PlacedPoint, tag: Tag): AskEvent[] {
    const timeSec = (key ?? 0) + this.#timeOffsetSec;
    const points = tag.tracks.get(id) ?? [];
    tag.tracks.set(id, points);
    let at = points.length;
    while (at > 0 && (points[at - 1]?.timeSec ?? 0) > timeSec) at--;
    // An object is at one place at a time: the first one counts.
    if (points[at - 1]?.timeSec === timeSec) return [];
    points.splice(at, 0, { timeSec, x, y });
    return [{ type: 'track', track: { id, label: tag.label, points: [...points] } }];
  }

  #point({ key, id, x, y }: PlacedPoint, label: string): Point {
    if (this.#media?.kind === 'video') return { x, y, id, label, timeSec: (key ?? 0) + this.#timeOffsetSec };
    return { x, y, id, label, image: this.#media?.kind === 'multi' ? (key ?? 1) : 1 };
  }

  #readLegacy(answer: string): AskEvent[] {
    if (!this.#media) return [];
    if (this.#media.kind === 'image') return this.#readOlderImage(answer);
    const pointTag = this.#open('points');
    const events = legacyBlockPoints(answer).flatMap((point) => this.#add(point, pointTag));
    if (events.length > 0 || this.#media.kind !== 'video') return events;
    const trackTag = this.#open('tracks');
    return legacyTrackPoints(answer).flatMap((point) => this.#add(point, trackTag));
  }

  #readOlderImage(answer: string): AskEvent[] {
    const clicks = clickPoints(answer);
    if (clicks.length === 0)
      return this.#older.flatMap(({ tag, written }) => written.flatMap((point) => this.#add(point, tag)));
    const tag = this.#open('points');
    return clicks.flatMap((point) => this.#add(point, tag));
  }
}
