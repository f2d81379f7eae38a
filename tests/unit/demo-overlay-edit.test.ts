import { expect, test } from 'vitest';
import { documentEdit, overlayKey } from '../../demo/edit/overlay-edit.ts';
import { nearestSample, placeQuestion } from '../../demo/edit/place-question.ts';
import { isAnnotationFile } from '../../demo/export/open-file.ts';
import {
  answerOf,
  edited,
  mediaOf,
  readAnnotations,
  writeAnnotations,
} from '../../src/annotations/annotations.ts';
import type { AnnotationDocument } from '../../src/annotations/document/document.ts';
import { type Edit, withEdit } from '../../src/overlay/marks/edits.ts';
import { objectsOf } from '../../src/overlay/marks/objects.ts';
import { colorOf, palette } from '../../src/overlay/marks/palette.ts';
import { clipMedia, picturesMedia, RandomAnnotations } from './annotations-support.ts';

/** What a hand may do on an overlay that shows the document. */
function handEdit(random: RandomAnnotations, document: AnnotationDocument): Edit {
  const { points, tracks } = answerOf(document);
  const { x, y, ...when } = random.place(document.media);
  // Hands stay inside the picture.
  const inside = { x: Math.min(Math.max(x, 0), 300), y: Math.min(Math.max(y, 0), 240) };
  const timeSec = when.timeSec ?? 0;
  const choice = random.int(5);
  if (choice < 2 && points.length > 0) {
    const index = random.int(points.length);
    return choice === 0
      ? { action: 'move', kind: 'point', index, ...inside }
      : { action: 'delete', kind: 'point', index };
  }
  if (choice < 4 && tracks.length > 0) {
    const index = random.int(tracks.length);
    if (choice === 2) return { action: 'move', kind: 'track', index, timeSec, ...inside };
    const step = tracks[index]!.points[random.int(tracks[index]!.points.length)]!;
    return { action: 'delete', kind: 'track', index, ...(random.int(3) > 0 && { timeSec: step.timeSec }) };
  }
  return { action: 'add', kind: 'point', point: { ...inside, ...when, id: null, label: 'new' } };
}

/** Without ids and origins, and in one order: the document gives new objects ids. */
const marksOf = ({ points, tracks }: ReturnType<typeof answerOf>) => ({
  points: points
    .map(({ x, y, label, image, timeSec }) => JSON.stringify([x, y, label, image, timeSec]))
    .sort(),
  tracks: tracks.map(({ label, points: steps }) => JSON.stringify([label, steps.map((s) => [s.timeSec, s.x, s.y])])).sort(), // prettier-ignore
});

test.each([
  ['a video', clipMedia],
  ['pictures', picturesMedia],
])('what hands do on the overlay over %s is done to the document', (_, media) => {
  let compared = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const random = new RandomAnnotations(seed);
    let document = random.document(media, 10);
    for (let step = 0; step < 6; step++) {
      const edit = handEdit(random, document);
      const before = answerOf(document);
      // Two steps within a sixtieth of a second are one for hands; and interpolated steps follow their neighbours by themselves.
      const isPlain = document.objects.every(
        ({ points, kind }) =>
          kind === 'points' ||
          points.every(
            (point, i) =>
              point.origin !== 'interpolated' && !(point.timeSec! - (points[i - 1]?.timeSec ?? -1) < 1 / 30),
          ),
      );
      const change = documentEdit(document, edit);
      expect(change).not.toBeNull();
      document = edited(document, change!);
      if (!isPlain) continue;
      // A step that a hand moves keeps its time in the document; the overlay takes that of the frame.
      const wanted = withEdit({ ...before, media: mediaOf(document) }, edit);
      const isSnapped =
        edit.action === 'move' &&
        edit.kind === 'track' &&
        before.tracks[edit.index]!.points.some(
          ({ timeSec }) => timeSec !== edit.timeSec && Math.abs(timeSec - edit.timeSec) < 1 / 60,
        );
      if (isSnapped) continue;
      expect(marksOf(answerOf(document))).toEqual(marksOf(wanted));
      compared++;
    }
  }
  expect(compared).toBeGreaterThan(100);
});

test('objects that are renamed together are renamed in one step, and the overlay knows them by the same names', () => {
  const document = new RandomAnnotations(4).document(clipMedia, 12);
  const marks = { ...answerOf(document), media: mediaOf(document) };
  const shown = objectsOf(marks, new Set(), palette);
  const visible = document.objects.filter((object) => object.visible);
  expect([...new Set(shown.map(({ key }) => key))].sort()).toEqual(visible.map(overlayKey).sort());
  const keys = visible.slice(0, 2).map(overlayKey);
  const edit = documentEdit(document, { action: 'rename', keys, label: 'both' });
  const { objects } = edited(document, edit!);
  expect(objects.filter(({ label }) => label === 'both')).toHaveLength(2);
});

test('a place that was clicked is asked about as the model writes places', () => {
  const click = { x: 320, y: 36, timeSec: 0.6, image: 1, mark: null };
  const media = mediaOf({ media: clipMedia, asked: [], objects: [] });
  expect(placeQuestion(click, media)).toBe('What is this? <points coords="0.5 1 500 100">this</points>');
  const pictures = mediaOf({ media: picturesMedia, asked: [], objects: [] });
  expect(placeQuestion({ ...click, image: 2, timeSec: null }, pictures)).toContain('"2 1 457 120"');
  expect(nearestSample(2.9, clipMedia.timestamps)).toBe(2.966);
  expect(nearestSample(2.9, [])).toBe(2.9);
});

test('files of annotations are told from media by their names, texts by the tags in them', async () => {
  const tags = '<tracks coords="0.0 1 500 500">red circle</tracks>';
  const files = ['a.json', 'b.CSV', 'c.vtt', 'e.shared.html', 'd.txt', 'f.png', 'g.mp4', 'h.svg', 'json'];
  const isOne = await Promise.all(files.map((name) => isAnnotationFile(new File([tags], name))));
  expect(isOne).toEqual(files.map((_, i) => i < 5));
  expect(await isAnnotationFile(new File(['Points to remember'], 'notes.txt'))).toBe(false);
});

test('objects that are given a colour have it in the document, on the overlay and in files, and lose it again', async () => {
  const document = new RandomAnnotations(5).document(clipMedia, 12);
  const visible = document.objects.filter((object) => object.visible);
  const keys = visible.slice(0, 2).map(overlayKey);
  const seen = ({ objects }: AnnotationDocument): ReadonlyMap<string, string> => {
    const marks = { ...answerOf({ objects }), media: mediaOf(document) };
    return new Map(objectsOf(marks, new Set(), palette).map(({ key, color }) => [key, color]));
  };
  const colored = edited(document, documentEdit(document, { action: 'recolor', keys, color: '#ffe135' })!);
  for (const object of visible)
    expect(seen(colored).get(overlayKey(object))).toBe(
      keys.includes(overlayKey(object)) ? '#ffe135' : (object.color ?? colorOf(object.id)),
    );
  const files = await Promise.all(
    (['json', 'csv', 'coco', 'webvtt', 'svg'] as const).map(async (format) =>
      readAnnotations(await writeAnnotations(colored, { format }), { media: document.media }),
    ),
  );
  for (const { objects } of files) expect(objects.filter(({ color }) => color === '#ffe135')).toHaveLength(2);
  const plain = edited(colored, documentEdit(colored, { action: 'recolor', keys, color: null })!);
  const first = visible[0]!;
  expect(seen(plain).get(keys[0]!)).toBe(colorOf(first.id));
  expect(documentEdit(document, { action: 'recolor', keys: ['nobody'], color: null })).toBeNull();
});
