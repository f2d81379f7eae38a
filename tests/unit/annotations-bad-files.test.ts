// Files of annotations that are wrong or damaged: refused with one clear error, or read for what can be made out.

import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/decoder/sampling.ts';
import { readText, writeText } from '../../src/annotations/formats/formats.ts';
import { Molmo2Error } from '../../src/errors.ts';
import {
  clipMedia,
  documents,
  exact,
  expectSound,
  picturesMedia,
  RandomAnnotations,
} from './annotations-support.ts';

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

  // ANNOTATION_FAULTS tries more of them.
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
