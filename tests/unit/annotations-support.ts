// Documents and edits at random, what they are about, and what must hold of every document.

import { expect } from 'vitest';
import { seededRandom } from '../../src/decoder/sampling.ts';
import type {
  AnnotationDocument,
  AnnotationMedia,
  AnnotationObject,
  AnnotationPoint,
} from '../../src/annotations/document/document.ts';
import { fileOf, placeKey } from '../../src/annotations/document/document.ts';
import type { AnnotationEdit, Place } from '../../src/annotations/document/edit.ts';
import { edited } from '../../src/annotations/document/edit.ts';
import type { AnnotationFormat } from '../../src/annotations/formats/formats.ts';

export const clipMedia: AnnotationMedia = {
  kind: 'video',
  files: [{ name: 'clip, "one".mp4', width: 640, height: 360 }],
  timestamps: [0, 0.5, 1, 1.5, 2, 2.5, 2.966],
  durationSec: 3,
};

export const picturesMedia: AnnotationMedia = {
  kind: 'images',
  files: [
    { name: 'a.png', width: 320, height: 240 },
    { name: 'b & <c>.png', width: 700, height: 301 },
  ],
  timestamps: [],
  durationSec: null,
};

const labels = ['dog', 'red, "shiny" car', 'Füße\nund <Hände> & mehr', '-->', ' ', '東京', '=1+2'];

export class RandomAnnotations {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** A whole number from 0 to `below` - 1. */
  int(below: number): number {
    return Math.floor(this.#random() * below);
  }

  one<T>(list: readonly T[]): T {
    return list[this.int(list.length)]!;
  }

  place(media: AnnotationMedia): Place {
    const image = 1 + this.int(media.files.length);
    const { width, height } = fileOf(media, media.kind === 'images' ? { image } : {})!;
    // Some lie on an edge, some beyond it.
    const x = (this.#random() * 1.2 - 0.1) * width;
    const y = Math.round((this.#random() * 1.2 - 0.1) * height);
    if (media.kind === 'images') return { x, y, image };
    return { x, y, timeSec: this.int(3) === 0 ? this.#random() * 3 : this.one(media.timestamps) };
  }

  places(media: AnnotationMedia, most = 6): Place[] {
    return Array.from({ length: 1 + this.int(most) }, () => this.place(media));
  }

  /** An edit that can be made; some change nothing. */
  edit(document: AnnotationDocument): AnnotationEdit {
    const { media, objects } = document;
    const isVideo = media.kind === 'video';
    const create: AnnotationEdit = {
      type: 'create',
      label: this.one(labels),
      kind: isVideo && this.int(2) === 0 ? 'track' : 'points',
      points: this.places(media),
    };
    if (objects.length === 0 || (objects.length < 12 && this.int(5) === 0)) return create;
    const object = this.one(objects);
    const { id } = object;
    const index = this.int(object.points.length);
    const place = this.place(media);
    switch (this.int(13)) {
      case 0:
        return { type: 'add', id, point: place };
      case 1:
        return { type: 'move', id, index, x: place.x, y: place.y };
      case 2:
        return { type: 'remove', id, index };
      case 3:
        return this.int(3) === 0 ? { type: 'delete', id } : create;
      case 4:
        return { type: 'rename', id, label: this.one(labels) };
      case 5:
        return { type: 'show', id, visible: this.int(2) === 0 };
      case 6:
        return { type: 'recolor', id, color: this.one([null, '#00ff7f', '#123456']) };
      case 7: {
        const other = this.one(objects).id;
        return other === id ? create : { type: 'merge', ids: [id, other, this.one(objects).id] };
      }
      case 8:
        return index === 0 ? create : { type: 'split', id, index };
      case 9:
        return isVideo ? { type: 'follow', id, points: this.places(media, 7) } : create;
      case 10:
        return object.kind === 'track'
          ? { type: 'fill', id, timesSec: [...media.timestamps, this.#random() * 3] }
          : create;
      case 11:
        return { type: 'all', edits: [create, { type: 'rename', id, label: 'all' }] };
      default:
        return { type: 'append', objects: this.objects(document) };
    }
  }

  /** A few objects of the document once more, as another file about the same media may hold them. */
  private objects({ objects }: AnnotationDocument): AnnotationObject[] {
    return objects.filter(() => this.int(3) === 0).slice(0, 3);
  }

  document(media: AnnotationMedia, steps: number): AnnotationDocument {
    let document: AnnotationDocument = {
      media,
      asked: [{ prompt: 'Track the "dog".', text: '<tracks coords="0.0 1 001 002">dog</tracks>' }],
      objects: [],
    };
    for (let i = 0; i < steps; i++) document = edited(document, this.edit(document));
    return document;
  }
}

/** What is wrong with an object of a document; one expectation a document is enough, and thousands of them are slow. */
function faults({ id, kind, points }: AnnotationObject, media: AnnotationMedia): string[] {
  const said = points.filter(({ origin }) => origin !== 'interpolated');
  const keys = points.map(placeKey);
  const isOut = (point: AnnotationPoint) => {
    const { width, height } = fileOf(media, point)!;
    const isInside = point.x >= 0 && point.x <= width && point.y >= 0 && point.y <= height;
    const isTimed = point.timeSec !== undefined && point.image === undefined;
    return !isInside || isTimed !== (media.kind === 'video');
  };
  const isOffLine = (point: AnnotationPoint) => {
    if (point.origin !== 'interpolated') return false;
    const from = said.findLast((one) => placeKey(one) < placeKey(point));
    const to = said.find((one) => placeKey(one) > placeKey(point));
    if (kind !== 'track' || !from || !to) return true;
    const share = (placeKey(point) - placeKey(from)) / (placeKey(to) - placeKey(from));
    const [x, y] = [from.x + share * (to.x - from.x), from.y + share * (to.y - from.y)];
    return Math.hypot(x - point.x, y - point.y) > 1e-6;
  };
  return [
    ...(Number.isSafeInteger(id) && id >= 1 ? [] : [`its id is ${id}`]),
    ...(points.length > 0 ? [] : ['it has no points']),
    ...(keys.every((key, i) => i === 0 || key >= keys[i - 1]!) ? [] : ['its points are not in order']),
    ...(kind === 'track' && new Set(keys).size < keys.length ? ['it is twice at one time'] : []),
    ...(points.some(isOut) ? ['a point is outside its picture or has no such key'] : []),
    ...(points.some(isOffLine) ? ['an interpolated point is off its line'] : []),
  ].map((fault) => `object ${id}: ${fault}`);
}

/** Throws where a document is none. */
export function expectSound({ media, objects }: AnnotationDocument): void {
  const isUnique = new Set(objects.map(({ id }) => id)).size === objects.length;
  const wrong = objects.flatMap((object) => faults(object, media));
  if (!isUnique || wrong.length > 0) expect([isUnique, ...wrong]).toEqual([true]);
}

export const media: readonly [string, AnnotationMedia][] = [
  ['a video', clipMedia],
  ['pictures', picturesMedia],
];
/** Formats that keep a document to the last bit. */
export const exact: readonly AnnotationFormat[] = ['json', 'csv', 'coco', 'svg', 'webvtt'];

export function documents(of: AnnotationMedia, count: number): AnnotationDocument[] {
  return Array.from({ length: count }, (_, i) => new RandomAnnotations(i + 1).document(of, 2 + (i % 25)));
}
