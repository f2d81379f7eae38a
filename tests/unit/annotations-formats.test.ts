// Annotations written in each format: read again by ours, and by readers that know nothing of ours.

import { describe, expect, test } from 'vitest';
import { coco as evalCoco } from '../../eval/readers/coco.ts';
import type { AnnotationDocument } from '../../src/annotations/document/document.ts';
import { fileOf, placeKey } from '../../src/annotations/document/document.ts';
import { edited } from '../../src/annotations/document/edit.ts';
import { readText, writeText } from '../../src/annotations/formats/formats.ts';
import { clipMedia, documents, exact, expectSound, media, picturesMedia } from './annotations-support.ts';

const byId = ({ objects }: AnnotationDocument) => objects.toSorted((a, b) => a.id - b.id);

describe('what is written is read again', () => {
  test.each(
    media.flatMap(([name, of]) =>
      exact
        .filter((format) => format !== 'webvtt' || of.kind === 'video')
        .map((format) => [format, name, of] as const),
    ),
  )('%s about %s gives the same objects, to the last bit', (format, _, of) => {
    for (const document of documents(of, 26)) {
      const text = writeText(document, { format });
      const back = readText(text, { media: of });
      expectSound(back);
      expect(byId(back)).toEqual(byId(document));
      expect(readText(text, { format, media: of })).toEqual(back);
    }
  });

  test.each(media)('JSON and SVG about %s are the whole document', (_, of) => {
    for (const document of documents(of, 10)) {
      expect(readText(writeText(document, { format: 'json' }))).toEqual(document);
      expect(readText(writeText(document, { format: 'svg' }))).toEqual(document);
      const { asked: _asked, ...rest } = document;
      // What is about nothing has no frames that a time could be written to.
      const { asked: _none, ...back } = readText(writeText(document, { format: 'coco' }));
      expect(back).toEqual(rest);
    }
  });

  test.each(media)(
    'training text about %s gives the places to a thousandth and a tenth of a second',
    (_, of) => {
      for (const document of documents(of, 26)) {
        const back = readText(writeText(document, { format: 'training-text' }), {
          format: 'training-text',
          media: of,
        });
        expectSound(back);
        expect(places(back)).toEqual(places(document, { isRounded: true }));
      }
    },
  );
});

/** Python's round(). */
function rounded(value: number): number {
  const below = Math.floor(value);
  if (value - below === 0.5) return below % 2 === 0 ? below : below + 1;
  return Math.round(value);
}

const tenth = (timeSec: number) => {
  const isTie = (timeSec * 4) % 1 === 0;
  return isTie ? rounded(timeSec * 10) / 10 : Number(timeSec.toFixed(1));
};

/** Every place as one line, sorted: by kind and label, its picture or tenth of a second, and thousandths. */
function places(
  { media: of, objects }: AnnotationDocument,
  { isRounded = false }: { isRounded?: boolean } = {},
): string[] {
  const lines = objects.flatMap(({ id, kind, label, points }) => {
    const seen = new Set<number>();
    return points.flatMap((point) => {
      const { width, height } = fileOf(of, point)!;
      const key = of.kind === 'video' && isRounded ? tenth(placeKey(point)) : placeKey(point);
      // Of several moments of a track in one tenth of a second, the first is written.
      if (kind === 'track' && isRounded && seen.has(key)) return [];
      seen.add(key);
      const name = label.replaceAll(/[<>\n\r]/g, ' ').trim();
      const at = [rounded((1000 * point.x) / width), rounded((1000 * point.y) / height)];
      // Ids of tracks tell objects apart within a label; they begin anew in each tag.
      return [{ line: `${kind} "${name}" ${key} ${at.join(' ')}`, id }];
    });
  });
  return lines.map(({ line }) => line).sort();
}

/** Training text by regular expressions alone, as `olmo/preprocessing/point_formatter.py` describes it. */
function independentText(
  text: string,
): { name: string; label: string; key: number; id: number; x: number; y: number }[] {
  return [...text.matchAll(/<(points|tracks) coords="([^"]+)">([^<]*)<\/\1>/g)].flatMap(
    ([, name = '', coords = '', label = '']) =>
      coords.split(';').flatMap((group) => {
        const [key, ...numbers] = group.split(' ');
        expect(key).toMatch(name === 'tracks' || key!.includes('.') ? /^\d+\.\d$/ : /^\d+$/);
        return Array.from({ length: numbers.length / 3 }, (_, i) => {
          const [id, x, y] = numbers.slice(3 * i, 3 * i + 3);
          expect([x, y].every((value) => /^(\d{3}|1000)$/.test(value ?? ''))).toBe(true);
          return { name, label, key: Number(key), id: Number(id), x: Number(x), y: Number(y) };
        });
      }),
  );
}

describe('independent readers', () => {
  test.each(media)('training text about %s says the same places, in the order of training', (_, of) => {
    for (const document of documents(of, 15)) {
      const text = writeText(document, { format: 'training-text' });
      const read = independentText(text);
      const lines = read.map(
        ({ name, label, key, x, y }) =>
          `${name === 'tracks' ? 'track' : 'points'} "${label}" ${key} ${x} ${y}`,
      );
      expect(lines.sort()).toEqual(places(document, { isRounded: true }));
      for (const line of text.split('\n')) {
        const ids = independentText(line).filter(({ name }) => name === 'points');
        expect(ids.map(({ id }) => id)).toEqual(ids.map((__, i) => i + 1));
      }
    }
  });

  test('training text of one track is what training text of it is', () => {
    const track = { id: 4, label: 'dog', kind: 'track', visible: true, color: null } as const;
    const points = [0, 0.5].map((timeSec) => ({
      x: 64 + 64 * timeSec,
      y: 360,
      timeSec,
      origin: 'sampled' as const,
    }));
    const document = { media: clipMedia, asked: [], objects: [{ ...track, points }] };
    expect(writeText(document, { format: 'training-text' })).toBe(
      '<tracks coords="0.0 1 100 1000;0.5 1 150 1000">dog</tracks>\n',
    );
    expect(writeText({ ...document, objects: [] }, { format: 'training-text' })).toBe('There are none.\n');
  });

  test.each(media)('COCO about %s has every point as a keypoint of its picture', (_, of) => {
    for (const document of documents(of, 15)) {
      const file = JSON.parse(writeText(document, { format: 'coco' })) as {
        images: { id: number; file_name: string; width: number; height: number; time_sec?: number }[];
        categories: { id: number; name: string; keypoints: string[] }[];
        annotations: {
          id: number;
          image_id: number;
          category_id: number;
          keypoints: number[];
          num_keypoints: number;
        }[];
      };
      for (const list of [file.images, file.categories, file.annotations])
        expect(new Set(list.map(({ id }) => id)).size).toBe(list.length);
      expect(new Set(file.images.map(({ file_name: name }) => name)).size).toBe(file.images.length);
      const found = file.annotations.map((annotation) => {
        const image = file.images.find(({ id }) => id === annotation.image_id)!;
        const category = file.categories.find(({ id }) => id === annotation.category_id)!;
        expect(annotation.keypoints).toHaveLength(3 * category.keypoints.length);
        const [x, y, marked] = annotation.keypoints;
        expect(marked).toBe(2);
        expect([image.width, image.height]).toEqual(
          of.kind === 'video' ? [640, 360] : [of.files[image.id - 1]!.width, of.files[image.id - 1]!.height],
        );
        return [category.name, image.time_sec ?? image.id, x, y];
      });
      const wanted = document.objects.flatMap(({ label, points }) =>
        points.map((point) => [label, placeKey(point), point.x, point.y]),
      );
      expect(found).toEqual(wanted);
    }
  });

  test("COCO about pictures is read by the evaluation's reader of COCO", () => {
    const [document] = documents(picturesMedia, 20).slice(-1);
    const questions = evalCoco.read(writeText(document!, { format: 'coco' }), { name: 'a.json' });
    const read = questions.flatMap(({ media: of, reference }) => {
      const source = of.kind === 'images' ? (of.images[0]!.source as string) : '';
      return reference.kind === 'points' ? reference.points.map(({ x, y }) => `${source} ${x} ${y}`) : [];
    });
    const wanted = document!.objects.flatMap(({ points }) =>
      points.map((point) => `${fileOf(picturesMedia, point)!.name} ${point.x} ${point.y}`),
    );
    expect(read.sort()).toEqual(wanted.sort());
  });

  test('COCO of another tool is read: every marked keypoint, named with its part', () => {
    const file = {
      images: [{ id: 7, file_name: 'x.jpg', width: 100, height: 50, license: 1 }],
      categories: [{ id: 1, name: 'person', supercategory: 'person', keypoints: ['nose', 'eye'] }],
      annotations: [
        { id: 9, image_id: 7, category_id: 1, bbox: [0, 0, 9, 9], keypoints: [5, 6, 2, 0, 0, 0] },
      ],
    };
    const { objects, media: of } = readText(JSON.stringify(file));
    expect(of.files).toEqual([{ name: 'x.jpg', width: 100, height: 50 }]);
    expect(objects).toEqual([
      {
        id: 1,
        label: 'person: nose',
        kind: 'points',
        visible: true,
        color: null,
        points: [{ x: 5, y: 6, image: 1, origin: 'made' }],
      },
    ]);
  });

  test('the circles of an SVG are where the points are', () => {
    for (const document of documents(clipMedia, 10)) {
      const text = writeText(document, { format: 'svg' });
      const circles = [...text.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)];
      const shown = document.objects.filter(({ visible }) => visible).flatMap(({ points }) => points);
      expect(circles).toHaveLength(shown.length);
      circles.forEach(([, x, y], i) => {
        expect(Math.hypot(Number(x) - shown[i]!.x, Number(y) - shown[i]!.y)).toBeLessThan(0.001);
      });
      // Nothing of a label is markup, and XML forbids control characters.
      expect(text.match(/<Hände>/)).toBeNull();
    }
  });

  test('the cues of a WebVTT file lie between neighbouring times', () => {
    const [document] = documents(clipMedia, 9).slice(-1);
    const text = writeText(document!, { format: 'webvtt' });
    const cues = [...text.matchAll(/^(\d\d):(\d\d):(\d\d\.\d{3}) --> (\d\d):(\d\d):(\d\d\.\d{3})$/gm)];
    const seconds = (h?: string, m?: string, s?: string) => Number(h) * 3600 + Number(m) * 60 + Number(s);
    const starts = cues.map(([, h, m, s]) => seconds(h, m, s));
    const ends = cues.map(([, , , , h, m, s]) => seconds(h, m, s));
    expect(cues.length).toBeGreaterThan(3);
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
    cues.forEach((_, i) => {
      expect(ends[i]).toBeGreaterThan(starts[i]!);
      if (i > 0) expect(starts[i]).toBeGreaterThanOrEqual(ends[i - 1]!);
    });
    // WebVTT ends a cue at an arrow or an empty line.
    expect(text.split('\n').filter((line) => line.includes('-->'))).toHaveLength(cues.length);
  });

  test('cues for people name objects and escape what is markup', () => {
    const document = edited(
      { media: clipMedia, asked: [], objects: [] },
      { type: 'create', label: 'a <b> & c', kind: 'points', points: [{ x: 1.4, y: 2.6, timeSec: 2.966 }] },
    );
    expect(writeText(document, { format: 'webvtt', cues: 'text' })).toBe(
      'WEBVTT\n\n00:00:02.966 --> 00:00:03.216\na &lt;b&gt; &amp; c 1 (1, 3)\n',
    );
  });
});
