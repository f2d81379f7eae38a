// Training text as references, strictly: what does not read as the model was taught to write is refused, not skipped.

import type { PicturePoint, Reference, ReferenceTrack, TrackMoment, VideoPoint } from '../question.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** What the answer is about: pictures, or one video (`durationSec` marks it). */
export type AnswerMedia =
  { readonly kind: 'images'; readonly images: readonly Size[] } | ({ readonly kind: 'video' } & Size);

export interface ReadAnswer {
  readonly reference: Reference;
  readonly label?: string;
  /** How the points are told, where the text shows it. */
  readonly form?: 'point' | 'point-count' | 'count-point' | 'track';
}

interface Tag {
  readonly name: string;
  readonly label: string;
  readonly places: readonly {
    readonly key: number;
    readonly id: number;
    readonly x: number;
    readonly y: number;
  }[];
}

const tagPattern = /<(points|tracks)(?: alt="[^"]*")? coords="([^"]*)">([^<>]*)<\/\1>/g;
const groupPattern = /^(\d+(?:\.\d+)?)((?: \d+ \d{3,4} \d{3,4})+)$/;

/** The only tag of a text; null where it has none. Throws what is wrong with it. */
function onlyTag(text: string): Tag | null {
  const tags = [...text.matchAll(tagPattern)];
  const begun = text.match(/<(?:points|tracks)/g)?.length ?? 0;
  if (begun !== tags.length)
    throw new SyntaxError('a <points> or <tracks> tag is not written as in training');
  if (tags.length > 1) throw new SyntaxError(`${tags.length} tags; one is read`);
  const [[, name = '', coords = '', label = ''] = []] = tags;
  if (tags.length === 0) return null;
  const places = coords.split(/[;\t]/).flatMap((group) => {
    const [, key, body] = groupPattern.exec(group) ?? [];
    if (key === undefined || body === undefined)
      throw new SyntaxError(`"${group.slice(0, 40)}" is not a time or picture with id, x and y of points`);
    const numbers = body.trim().split(' ').map(Number);
    return Array.from({ length: numbers.length / 3 }, (_, i) => {
      const [id = 0, x = 0, y = 0] = numbers.slice(i * 3, i * 3 + 3);
      if (x > 1000 || y > 1000)
        throw new SyntaxError(`the point ${x} ${y} lies outside, coordinates end at 1000`);
      return { key: Number(key), id, x, y };
    });
  });
  return { name, label, places };
}

function tracksOf({ places }: Tag, { width, height }: Size): ReferenceTrack[] {
  const tracks = new Map<number, TrackMoment[]>();
  for (const { key, id, x, y } of places.toSorted((a, b) => a.key - b.key)) {
    const moments = tracks.get(id) ?? [];
    tracks.set(id, moments);
    if (moments.at(-1)?.timeSec === key) throw new SyntaxError(`object ${id} is at two places at ${key} s`);
    moments.push({ timeSec: key, x: (x / 1000) * width, y: (y / 1000) * height });
  }
  return [...tracks].map(([id, moments]) => ({ id, moments })).toSorted((a, b) => a.id - b.id);
}

function videoPoints({ places }: Tag, { width, height }: Size): VideoPoint[] {
  return places.map(({ key, x, y }) => ({ timeSec: key, x: (x / 1000) * width, y: (y / 1000) * height }));
}

function picturePoints({ places }: Tag, images: readonly Size[]): PicturePoint[] {
  return places.map(({ key, x, y }) => {
    const size = images[key - 1];
    if (!size) throw new SyntaxError(`a point is in picture ${key}, but there are ${images.length}`);
    return { x: (x / 1000) * size.width, y: (y / 1000) * size.height, image: key };
  });
}

/** A number that the text around a tag states, by one of the two sentences that do. */
function statedCount(
  text: string,
): { readonly count: number; readonly form: 'point-count' | 'count-point' } | null {
  const [, after] = /^Counting the <[^]*> shows a total of (\d+)\.$/.exec(text) ?? [];
  if (after !== undefined) return { count: Number(after), form: 'point-count' };
  const [, before] = /^There (?:are|is) (\d+) <[^]*>\.$/.exec(text) ?? [];
  return before === undefined ? null : { count: Number(before), form: 'count-point' };
}

/** Points, counts or tracks that a text tells; null where it tells something else. Throws a SyntaxError with what is wrong. */
export function readAnswer(text: string, media: AnswerMedia, style = ''): ReadAnswer | null {
  const isTrack = style.includes('track');
  if (text === 'There are none.' || text === 'No tracks available.') {
    if (isTrack || text === 'No tracks available.')
      return { reference: { kind: 'tracks', tracks: [] }, form: 'track' };
    if (isCountOnly(style)) return { reference: { kind: 'count', count: 0 } };
    if (media.kind === 'video') return { reference: { kind: 'video-points', points: [] } };
    return { reference: { kind: 'points', points: [] } };
  }
  const tag = onlyTag(text);
  if (!tag) return isCountOnly(style) ? plainCount(text) : null;
  if (tag.name === 'tracks') {
    if (media.kind !== 'video') throw new SyntaxError('tracks, but there is no video');
    return { reference: { kind: 'tracks', tracks: tracksOf(tag, media) }, label: tag.label, form: 'track' };
  }
  const wrongId = tag.places.findIndex(({ id }, i) => id !== i + 1);
  if (wrongId >= 0) throw new SyntaxError(`point ${wrongId + 1} has the id ${tag.places[wrongId]?.id ?? ''}`);
  const stated = statedCount(text);
  if (stated && stated.count !== tag.places.length)
    throw new SyntaxError(`the text says ${stated.count}, but there are ${tag.places.length} points`);
  const reference: Reference =
    media.kind === 'video'
      ? { kind: 'video-points', points: videoPoints(tag, media) }
      : { kind: 'points', points: picturePoints(tag, media.images) };
  return { reference, label: tag.label, form: stated?.form ?? 'point' };
}

/** Styles whose answer is a number alone. */
function isCountOnly(style: string): boolean {
  return ['only_count', 'video_count', 'multi_image_counting'].includes(style);
}

function plainCount(text: string): ReadAnswer {
  if (!/^\d{1,9}$/.test(text)) throw new SyntaxError(`"${text.slice(0, 40)}" is no number`);
  return { reference: { kind: 'count', count: Number(text) } };
}
