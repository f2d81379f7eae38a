import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refuseMissingMedia, sourcesOf } from '../../cli/questions/media-paths.ts';
import { openQuestions } from '../../cli/questions/open-questions.ts';

let folder: string;
const at = (...names: string[]) => join(folder, ...names);

const pixmo = { image_url: 'pictures/a.jpg', label: 'cat', points: [{ x: 50, y: 25 }] };
const csv = [
  'id,media,times,sizes,duration,prompt,style,label,category,kind,reference,moments',
  'q1,pictures/a.jpg,,60x40,,How many?,,,,count,2,',
].join('\n');
const seqinfo = `[Sequence]
name=made
imDir=img1
frameRate=2
seqLength=3
imWidth=640
imHeight=480
imExt=.jpg
`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'molmo2-questions-'));
  for (const name of ['pictures', 'mixed', 'empty', 'mot', 'mot/made-1', 'mot/made-1/gt'])
    mkdirSync(at(name));
  // 60 x 40 as stored, 40 x 60 as it is shown.
  await sharp({ create: { width: 60, height: 40, channels: 3, background: '#808080' } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toFile(at('pictures', 'a.jpg'));
  writeFileSync(at('points.jsonl'), `${JSON.stringify(pixmo)}\n`);
  writeFileSync(at('mixed', 'counts.csv'), csv);
  writeFileSync(at('mixed', 'package.json'), '{"name": "something else"}');
  writeFileSync(at('mot', 'made-1', 'seqinfo.ini'), seqinfo);
  writeFileSync(at('mot', 'made-1', 'gt', 'gt.txt'), '1,1,10,20,30,40,1,1,1\n3,1,20,20,30,40,1,1,1\n');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('files and folders of questions', () => {
  test('sizes that a file lacks are those of its pictures, upright', async () => {
    const { name, files, questions } = await openQuestions(at('points.jsonl'));
    expect({ name, files }).toEqual({
      name: 'points.jsonl',
      files: [{ file: at('points.jsonl'), format: 'pixmo-points' }],
    });
    expect(questions).toMatchObject([
      {
        id: 'points.jsonl:1',
        media: { images: [{ source: at('pictures', 'a.jpg'), width: 40, height: 60 }] },
        reference: { points: [{ x: 20, y: 15 }] },
      },
    ]);
    await refuseMissingMedia(questions, name);
  });

  test('of a folder every file of a known format is read, and media from another folder where that is given', async () => {
    const { questions } = await openQuestions(at('mixed'), { mediaFolder: folder });
    expect(questions.map(({ id, media }) => [id, sourcesOf(media)])).toEqual([
      ['q1', [at('pictures', 'a.jpg')]],
    ]);
    const here = await openQuestions(at('mixed'));
    await expect(refuseMissingMedia(here.questions, here.name)).rejects.toMatchObject({
      code: 'bad-dataset',
      message: expect.stringContaining(
        `1 of the 1 media files of mixed are not there; the first is ${at('mixed', 'pictures', 'a.jpg')}`,
      ),
    });
  });

  test('a sequence of MOT Challenge is found from its folder, its file and the folder of all', async () => {
    for (const path of [at('mot'), at('mot', 'made-1'), at('mot', 'made-1', 'gt', 'gt.txt')]) {
      const { questions } = await openQuestions(path);
      expect(questions).toMatchObject([{ id: 'made-1:pedestrian', media: { durationSec: 1.5 } }]);
      expect(questions.flatMap(({ media }) => sourcesOf(media))).toEqual(
        [1, 2, 3].map((i) => at('mot', 'made-1', 'img1', `00000${i}.jpg`)),
      );
    }
  });

  test('what is no file of questions is refused with what to do', async () => {
    await expect(openQuestions(at('empty'))).rejects.toThrow(
      /empty holds no file of questions\. Formats: json,/,
    );
    await expect(openQuestions(at('nowhere.json'))).rejects.toThrow(/nowhere\.json cannot be read/);
    await expect(openQuestions(at('mixed', 'package.json'))).rejects.toThrow(/--format/);
    await expect(openQuestions(at('pictures', 'a.jpg'))).rejects.toThrow(/it is not UTF-8 text/);
  });
});
