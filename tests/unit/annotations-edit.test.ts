import { describe, expect, test } from 'vitest';
import type { MediaInfo } from '../../src/api.ts';
import type { AnnotationDocument, AnnotationObject } from '../../src/annotations/document/document.ts';
import { type AnnotationEdit, edited, pointIndex } from '../../src/annotations/document/edit.ts';
import { annotationsOf, answerOf, mediaOf } from '../../src/annotations/document/from-answer.ts';
import { historyOf, redo, undo, withEdit } from '../../src/annotations/document/history.ts';
import { clipMedia, expectSound, picturesMedia, RandomAnnotations } from './annotations-support.ts';

const clip: MediaInfo = {
  kind: 'video',
  sizes: [{ width: 640, height: 360 }],
  timestamps: [0, 0.5, 1],
  durationSec: 1.5,
};
const pictures: MediaInfo = {
  kind: 'images',
  sizes: [
    { width: 320, height: 240 },
    { width: 700, height: 300 },
  ],
  timestamps: [],
  durationSec: null,
};

const track = (id: number | null, ...points: [number, number, number][]) => ({
  id,
  label: 'dog',
  points: points.map(([timeSec, x, y]) => ({ timeSec, x, y })),
});

function clipWith(...objects: Partial<AnnotationObject>[]): AnnotationDocument {
  const whole = objects.map((object, i): AnnotationObject => ({
    id: i + 1,
    label: `object ${i + 1}`,
    kind: 'track',
    visible: true,
    color: null,
    points: [],
    ...object,
  }));
  return { media: clipMedia, asked: [], objects: whole };
}

const at = (timeSec: number, x: number, y = 0, origin: 'sampled' | 'made' | 'interpolated' = 'sampled') => ({
  x,
  y,
  timeSec,
  origin,
});

function only(document: AnnotationDocument): AnnotationObject {
  expect(document.objects).toHaveLength(1);
  return document.objects[0]!;
}

describe('the document of an answer', () => {
  test('has an object for each point and each track, with the ids of the answer', () => {
    const document = annotationsOf(
      { text: '...', points: [], tracks: [track(3, [0, 1, 2], [0.5, 3, 4]), track(1, [0, 5, 6])] },
      clip,
      { names: ['dog.mp4'], prompt: 'Track the dog.' },
    );
    expect(document.objects.map(({ id, kind, points }) => [id, kind, points.length])).toEqual([
      [3, 'track', 2],
      [1, 'track', 1],
    ]);
    expect(document.media.files).toEqual([{ name: 'dog.mp4', width: 640, height: 360 }]);
    expect(document.asked).toEqual([{ prompt: 'Track the dog.', text: '...' }]);
    expect(mediaOf(document)).toEqual(clip);
    expectSound(document);
  });

  test('gives new ids where those of an answer are missing, repeated or no count', () => {
    const ids = [1, null, 1, -4, 0.5, 7, Number.MAX_SAFE_INTEGER];
    const points = ids.map((id) => ({ x: 1, y: 1, id, label: 'cup', image: 2 }));
    const document = annotationsOf({ text: '', points, tracks: [] }, pictures);
    expect(document.objects.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 7, 8]);
    expect(document.media.files.map(({ name }) => name)).toEqual(['picture-1', 'picture-2']);
    expectSound(document);
  });

  test('keeps the first of several places at one time, as the overlay does', () => {
    const document = annotationsOf(
      { text: '', points: [], tracks: [track(1, [0.5, 9, 9], [0, 1, 1], [0.5, 7, 7])] },
      clip,
    );
    expect(only(document).points.map(({ timeSec, x }) => [timeSec, x])).toEqual([
      [0, 1],
      [0.5, 9],
    ]);
  });

  test('goes back to the same points and tracks, without what is hidden', () => {
    const answer = {
      text: '',
      points: [{ x: 3, y: 4, id: 2, label: 'cat', timeSec: 0.5 }],
      tracks: [track(1, [0, 1, 2], [0.5, 3, 4])],
    };
    const document = annotationsOf(answer, clip);
    expect(answerOf(document)).toEqual({ points: answer.points, tracks: answer.tracks });
    expect(answerOf(edited(document, { type: 'show', id: 2, visible: false })).points).toEqual([]);
  });
});

describe('edits', () => {
  test('a point that is moved was made by hand, and stays inside the picture', () => {
    const document = edited(clipWith({ points: [at(0, 5, 5)] }), {
      type: 'move',
      id: 1,
      index: 0,
      x: 700,
      y: -3,
    });
    expect(only(document).points).toEqual([at(0, 640, 0, 'made')]);
  });

  test('a place that is added to a track at a time that it has replaces the one there', () => {
    const document = edited(clipWith({ points: [at(0, 5), at(1, 7)] }), {
      type: 'add',
      id: 1,
      point: { x: 9, y: 1, timeSec: 1 },
    });
    expect(only(document).points).toEqual([at(0, 5), at(1, 9, 1, 'made')]);
    expect(pointIndex(only(document), 1)).toBe(1);
    expect(pointIndex(only(document), 0.98, 0.05)).toBe(1);
    expect(pointIndex(only(document), 0.9, 0.05)).toBe(-1);
  });

  test('an object goes with its last point', () => {
    const document = clipWith({ points: [at(0, 5)] });
    expect(edited(document, { type: 'remove', id: 1, index: 0 }).objects).toEqual([]);
  });

  test('interpolated places follow when a neighbour is moved, and go when one is taken away', () => {
    const filled = edited(clipWith({ points: [at(0, 0), at(2, 20), at(3, 20)] }), {
      type: 'fill',
      id: 1,
      timesSec: [-1, 0, 1, 2.5, 9],
    });
    expect(only(filled).points.map(({ timeSec, x, origin }) => [timeSec, x, origin])).toEqual([
      [0, 0, 'sampled'],
      [1, 10, 'interpolated'],
      [2, 20, 'sampled'],
      [2.5, 20, 'interpolated'],
      [3, 20, 'sampled'],
    ]);
    const moved = edited(filled, { type: 'move', id: 1, index: 0, x: 10, y: 0 });
    expect(only(moved).points[1]).toEqual(at(1, 15, 0, 'interpolated'));
    const shorter = edited(filled, { type: 'remove', id: 1, index: 0 });
    expect(only(shorter).points.map(({ timeSec }) => timeSec)).toEqual([2, 2.5, 3]);
  });

  test('merging tracks keeps what was made by hand, else the earlier named', () => {
    const document = clipWith(
      { points: [at(0, 1), at(1, 1)] },
      { points: [at(0, 2, 0, 'made'), at(1, 2), at(2, 2)] },
    );
    const merged = only(edited(document, { type: 'merge', ids: [1, 2] }));
    expect(merged).toMatchObject({ id: 1, label: 'object 1', kind: 'track' });
    expect(merged.points.map(({ x }) => x)).toEqual([2, 1, 2]);
  });

  test('splitting a track gives the rest a new id, and keeps the interpolated place at the cut', () => {
    const filled = edited(clipWith({ points: [at(0, 0), at(2, 20)] }), {
      type: 'fill',
      id: 1,
      timesSec: [0.5, 1],
    });
    const { objects } = edited(filled, { type: 'split', id: 1, index: 2 });
    expect(objects.map(({ id, points }) => [id, points.map(({ timeSec }) => timeSec)])).toEqual([
      [1, [0, 0.5]],
      [2, [1, 2]],
    ]);
    expect(objects.flatMap(({ points }) => points).every(({ origin }) => origin !== 'interpolated')).toBe(
      true,
    );
  });

  test('following takes the way of the model and keeps what was made by hand', () => {
    const document = clipWith({ kind: 'points', points: [at(0.5, 5, 5, 'made'), at(1, 9)] });
    const followed = only(
      edited(document, {
        type: 'follow',
        id: 1,
        points: [0, 0.5, 1].map((timeSec) => ({ timeSec, x: 100, y: 0 })),
      }),
    );
    expect(followed.kind).toBe('track');
    expect(followed.points).toEqual([at(0, 100), at(0.5, 5, 5, 'made'), at(1, 100)]);
  });

  test.each<[string, AnnotationDocument, AnnotationEdit, string]>([
    ['an object that is not there', clipWith(), { type: 'delete', id: 4 }, 'no object 4'],
    [
      'a point that is not there',
      clipWith({ points: [at(0, 1)] }),
      { type: 'remove', id: 1, index: 1 },
      'from 0 to 0',
    ],
    [
      'a place that is no number',
      clipWith({ points: [at(0, 1)] }),
      { type: 'move', id: 1, index: 0, x: NaN, y: 0 },
      'finite',
    ],
    [
      'a place without a time',
      clipWith({ points: [at(0, 1)] }),
      { type: 'add', id: 1, point: { x: 1, y: 1 } },
      'timeSec',
    ],
    [
      'an object of no place',
      clipWith(),
      { type: 'create', label: '', kind: 'points', points: [] },
      'one place',
    ],
    [
      'a track in pictures',
      { ...clipWith(), media: picturesMedia },
      { type: 'create', label: '', kind: 'track', points: [] },
      'needs a video',
    ],
    [
      'a picture that is not there',
      { ...clipWith(), media: picturesMedia },
      { type: 'create', label: '', kind: 'points', points: [{ x: 1, y: 1, image: 3 }] },
      'picture 3',
    ],
    ['merging one', clipWith({ points: [at(0, 1)] }), { type: 'merge', ids: [1, 1] }, 'two objects'],
    [
      'a split before the first',
      clipWith({ points: [at(0, 1)] }),
      { type: 'split', id: 1, index: 0 },
      '1 or more',
    ],
    [
      'a colour that is none',
      clipWith({ points: [at(0, 1)] }),
      { type: 'recolor', id: 1, color: 'url(x)' },
      '#rrggbb',
    ],
  ])('%s is refused', (_, document, edit, message) => {
    expect(() => edited(document, edit)).toThrow(RangeError);
    expect(() => edited(document, edit)).toThrow(message);
  });
});

describe('undo and redo', () => {
  test('an edit that changes nothing is not remembered', () => {
    const history = historyOf(clipWith({ points: [at(0, 1)] }));
    expect(withEdit(history, { type: 'rename', id: 1, label: 'object 1' })).toBe(history);
    expect(withEdit(history, { type: 'move', id: 1, index: 0, x: 1, y: 0 })).toBe(history);
    expect(undo(history).document).toBe(history.document);
    expect(redo(history).document).toBe(history.document);
  });

  test('a new edit forgets what was undone', () => {
    const first = withEdit(historyOf(clipWith({ points: [at(0, 1)] })), {
      type: 'rename',
      id: 1,
      label: 'a',
    });
    const second = withEdit(undo(first), { type: 'rename', id: 1, label: 'b' });
    expect(redo(second)).toEqual(second);
    expect(only(second.document).label).toBe('b');
  });

  test.each([
    ['a video', clipMedia],
    ['pictures', picturesMedia],
  ])('of any edits of %s give every document back', (_, media) => {
    for (let seed = 1; seed <= 25; seed++) {
      const random = new RandomAnnotations(seed);
      let history = historyOf(random.document(media, random.int(8)));
      const seen = [JSON.stringify(history.document)];
      for (let step = 0; step < 30; step++) {
        const next = withEdit(history, random.edit(history.document));
        expectSound(next.document);
        // Nothing that was handed out changes.
        if (JSON.stringify(history.document) !== seen.at(-1)) expect.fail(`seed ${seed}, step ${step}`);
        if (next !== history) seen.push(JSON.stringify(next.document));
        history = next;
      }
      const back: string[] = [];
      for (; ; history = undo(history)) {
        back.unshift(JSON.stringify(history.document));
        if (history.done.length === 0) break;
      }
      expect(back).toEqual(seen);
      const forth: string[] = [];
      for (; ; history = redo(history)) {
        forth.push(JSON.stringify(history.document));
        if (history.undone.length === 0) break;
      }
      expect(forth).toEqual(seen);
    }
  });
});
