import { describe, expect, test } from 'vitest';
import { coco as evalCoco } from '../../eval/readers/coco.ts';
import { seededRandom } from '../../src/decoder/sampling.ts';
import type { AnnotationDocument, AnnotationMedia } from '../../src/annotations/document/document.ts';
import { fileOf, placeKey } from '../../src/annotations/document/document.ts';
import { edited } from '../../src/annotations/document/edit.ts';
import { type AnnotationFormat, readText, writeText } from '../../src/annotations/formats/formats.ts';
import { Molmo2Error } from '../../src/errors.ts';
import { clipMedia, expectSound, picturesMedia, RandomAnnotations } from './annotations-support.ts';

const media: readonly [string, AnnotationMedia][] = [
  ['a video', clipMedia],
  ['pictures', picturesMedia],
];
const exact: readonly AnnotationFormat[] = ['json', 'csv', 'coco', 'svg', 'webvtt'];
const byId = ({ objects }: AnnotationDocument) => objects.toSorted((a, b) => a.id - b.id);

function documents(of: AnnotationMedia, count: number): AnnotationDocument[] {
  return Array.from({ length: count }, (_, i) => new RandomAnnotations(i + 1).document(of, 2 + (i % 25)));
}

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

const good = () => new RandomAnnotations(5).document(clipMedia, 12);
/** A file that anything can be written into. */
type Loose = Record<string, unknown> & {
  media: { files: { width: unknown }[]; timestamps: unknown[] };
  objects: (Record<string, unknown> & { points: Record<string, unknown>[] })[];
};
const json = (change: (file: Loose) => void): string => {
  const file = JSON.parse(writeText(good(), { format: 'json' })) as Loose;
  change(file);
  return JSON.stringify(file);
};
const first = (file: Loose) => file.objects[0]!;

describe('files that are wrong are refused with one clear error', () => {
  test.each<[string, string, string]>([
    ['nothing', '', 'none of the formats'],
    ['no JSON', '{"format": ', 'this is no JSON'],
    ['another format', json((f) => (f['format'] = 'molmo2-chat')), 'key "format": "molmo2-chat"'],
    ['a later version', json((f) => (f['version'] = 2)), 'key "version": 2, this release reads 1'],
    ['a list', '[]', 'none of the formats'],
    [
      'a text for x',
      json((f) => (first(f).points[0]!['x'] = '1')),
      'key "objects.0.points.0.x": "1": must be a number',
    ],
    ['no y', json((f) => delete first(f).points[0]!['y']), 'objects.0.points.0.y'],
    [
      'x that is null, as NaN is written',
      json((f) => (first(f).points[0]!['x'] = NaN)),
      'objects.0.points.0.x": null',
    ],
    [
      'x beyond all numbers',
      json((f) => (first(f).points[0]!['x'] = 0)).replace('"x":0', '"x":1e999'),
      'must be a finite number',
    ],
    [
      'x beyond the picture',
      json((f) => (first(f).points[0]!['x'] = 641)),
      'outside the picture of 640 x 360',
    ],
    ['a picture in a video', json((f) => (first(f).points[0]!['image'] = 1)), 'this is a video'],
    [
      'points that are not in order',
      json((f) => first(f).points.push({ x: 1, y: 1, timeSec: 0, origin: 'made' })),
      'does not come after',
    ],
    ['an id that is there twice', json((f) => f.objects.push(first(f))), 'is there twice'],
    [
      'an id that leaves none behind it',
      json((f) => (first(f)['id'] = Number.MAX_SAFE_INTEGER)),
      'must be 1000000000 or less',
    ],
    ['an id of 0', json((f) => (first(f)['id'] = 0)), 'objects.0.id'],
    ['a colour with more in it', json((f) => (first(f)['color'] = '#000000" onload="x')), 'must be #rrggbb'],
    ['no points', json((f) => (first(f)['points'] = [])), 'it has no points'],
    ['no media', json((f) => delete (f as Partial<Loose>).media), 'key "media"'],
    ['a huge picture', json((f) => (f.media.files[0]!.width = 1e9)), 'media.files.0.width'],
    ['two videos', json((f) => f.media.files.push(f.media.files[0]!)), 'one video'],
    ['times that descend', json((f) => f.media.timestamps.push(0)), 'media.timestamps.7'],
    [
      'lists within lists',
      `{"format":"molmo2-annotations","version":1,"media":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
      'key "media',
    ],
    ['a drawing', '<svg xmlns="http://www.w3.org/2000/svg"><circle r="1"/></svg>', 'only a drawing'],
    ['subtitles', 'WEBVTT\n\n00:00.000 --> 00:01.000\nHello', 'subtitles hold no points'],
    ['a table of something else', 'name,object,price\nx,1,2', 'there is no column "name"'],
    ['a table without places', 'object,kind\n1,points', 'the column x is missing'],
    [
      'a cell that is no number',
      'object,kind,x,y,time_s\n1,points,NaN,2,0',
      'line 2, column x: "NaN" is no number',
    ],
    ['a row too short', 'object,kind,x,y\n1,points,2', 'line 2: 3 cells'],
    ['a table of pictures', 'object,kind,x,y,image\n1,points,2,3,1', 'line 2: it has a picture (1)'],
    [
      'an object that changes',
      'object,kind,x,y,time_s\n1,points,2,3,0\n1,track,2,3,1',
      'line 3: object 1 is another one in line 2',
    ],
    [
      'a keypoint of no picture',
      '{"images":[{"id":1,"file_name":"a","width":5,"height":5}],"categories":[],"annotations":[{"image_id":2,"category_id":1}]}',
      'there is no picture 2',
    ],
    ['COCO without pictures', '{"images":[],"categories":[],"annotations":[]}', 'there are no pictures'],
  ])('%s', (_, text, message) => {
    // prettier-ignore
    const error = refusal(() => readText(text, { media: clipMedia }));
    expect(error?.message).toContain(message);
    expect(error?.message.length).toBeLessThan(500);
  });

  test('annotations about other media than those that are open', () => {
    const text = writeText(good(), { format: 'json' });
    const error = refusal(() => readText(text, { media: picturesMedia }));
    expect(error?.message).toContain(
      'about a video of 640 x 360, open is 2 pictures of 320 x 240, 700 x 301',
    );
  });

  test('a text that is far too long, before it is looked at', () => {
    const error = refusal(() => readText(' '.repeat(64_000_001)));
    expect(error?.message).toContain('64000001 characters');
  });

  test('formats that have no place for it say so', () => {
    const [pictures] = documents(picturesMedia, 1);
    expect(refusal(() => writeText(pictures!, { format: 'webvtt' }))?.message).toContain(
      'these are pictures',
    );
    expect(refusal(() => writeText(pictures!, { format: 'svg', svg: { image: 3 } }))?.message).toContain(
      'no picture 3 of 2',
    );
  });

  // `soak` runs more of them by this variable.
  const runs = Number(process.env['ANNOTATION_FAULTS'] ?? 100);
  test.each([...exact, 'training-text' as const])(
    `${runs} damaged files of %s are read or refused`,
    (format) => {
      const random = seededRandom(77);
      const text = writeText(good(), { format });
      let refused = 0;
      for (let run = 0; run < runs; run++) {
        const damaged = damage(text, random);
        const error = refusal(() => expectSound(readText(damaged, { format, media: clipMedia })));
        if (error) refused++;
      }
      // The model's own text is read for what can be made out.
      if (format !== 'training-text') expect(refused).toBeGreaterThan(runs / 10);
    },
  );
});

/** The error of `read`; null where there is none. Any other kind of error fails the test. */
function refusal(read: () => unknown): Molmo2Error | null {
  try {
    read();
    return null;
  } catch (error) {
    if (!(error instanceof Molmo2Error) || error.code !== 'bad-annotations') throw error;
    return error;
  }
}

const scraps = [
  'NaN',
  '-1',
  '1e999',
  'null',
  '"',
  '{',
  '[',
  '}',
  ',',
  '\n',
  '0',
  '99999999999999999999',
  '<',
  '\u0000',
  '-->',
];

/** Cuts, repeats, swaps or replaces a few parts of a text. */
function damage(text: string, random: () => number): string {
  let result = text;
  for (let left = 1 + Math.floor(random() * 3); left > 0; left--) {
    const at = Math.floor(random() * result.length);
    const length = 1 + Math.floor(random() * (random() < 0.2 ? result.length / 3 : 6));
    const part = result.slice(at, at + length);
    const scrap = scraps[Math.floor(random() * scraps.length)]!;
    const choice = Math.floor(random() * 4);
    const middle =
      choice === 0 ? '' : choice === 1 ? part + part : choice === 2 ? scrap : [...part].reverse().join('');
    result = result.slice(0, at) + middle + result.slice(at + length);
  }
  return result;
}
