// Datasets: what is alike stays together, what is written can be read again, and nobody's files are lost.

import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { datasetCommand } from '../../cli/dataset-command.ts';
import { datasetOptions } from '../../cli/dataset-options.ts';
import { UsageError } from '../../cli/failure.ts';
import type { Terminal } from '../../cli/terminal.ts';
import { areAlike, lookOf } from '../../eval/dataset/look.ts';
import { videoEnding, type MediaFile } from '../../eval/dataset/media-files.ts';
import { namedMedia } from '../../eval/dataset/named-media.ts';
import { contradiction } from '../../eval/dataset/repeats.ts';
import { splitQuestions } from '../../eval/dataset/splits.ts';
import { readManifest, type DatasetManifest } from '../../eval/dataset/dataset-manifest.ts';
import type { Question } from '../../eval/question.ts';
import { runsText } from '../../eval/readers/masks.ts';
import { dice } from '../../eval/scenes/random.ts';
import { makeScene } from '../../eval/scenes/scene.ts';

let folder: string;
const at = (...names: string[]) => join(folder, ...names);
const lines = (...rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const read = (...names: string[]) => readFileSync(at(...names), 'utf8');
const manifest = (name: string) => JSON.parse(read(name, 'dataset.json')) as DatasetManifest;

/** Runs the command; what it printed and noted. */
async function run(...args: string[]): Promise<{ printed: string; notes: string[] }> {
  const told = { printed: '', notes: [] as string[] };
  const terminal: Terminal = {
    print: (text) => (told.printed += text),
    note: (line) => told.notes.push(line),
    progress: () => {},
    flush: () => Promise.resolve(),
    broken: new AbortController().signal,
  };
  await datasetCommand(args, terminal, new AbortController().signal);
  return told;
}

/** Every file below a folder with a hash of its content. */
function content(name: string): Record<string, string> {
  const found = readdirSync(at(name), { recursive: true }) as string[];
  return Object.fromEntries(
    found
      .filter((file) => statSync(at(name, file)).isFile())
      .toSorted()
      .map((file) => [
        file,
        createHash('sha256')
          .update(readFileSync(at(name, file)))
          .digest('hex'),
      ]),
  );
}

const row = (image: string, ...answers: string[]) => ({
  image,
  sizes: [[240, 160]],
  message_list: answers.map((answer, i) => ({
    prompt: `Cup ${i}?`,
    answer,
    style: 'pointing',
    label: 'cup',
  })),
});
const cup = (x: number) => `<points coords="1 1 ${String(x).padStart(3, '0')} 500">cup</points>`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'molmo2-dataset-'));
  mkdirSync(at('in'));
  for (let i = 0; i < 10; i++) {
    // A scene of shapes each, so that no two look alike.
    const scene = makeScene({ seed: 5, index: i, kind: 'image' });
    if (scene.kind === 'video') throw new Error('the scene is a clip');
    const { data, width, height } = scene.pictures[0]?.pixels ?? { data: [], width: 0, height: 0 };
    await sharp(Buffer.from(data), { raw: { width, height, channels: 4 } })
      .resize(240, 160, { fit: 'fill' })
      .png()
      .toFile(at('in', `${i}.png`));
  }
  const rows = Array.from({ length: 10 }, (_, i) => row(`${i}.png`, cup(100 + i), cup(200 + i)));
  writeFileSync(at('in', 'rows.jsonl'), lines(...rows));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a dataset folder', () => {
  test('holds rows, media, questions and their hashes, the same for the same inputs', async () => {
    const { notes } = await run(
      at('in', 'rows.jsonl'),
      '--out',
      at('one'),
      '--split',
      '0.7,0.2,0.1',
      '--licence',
      'CC0',
    );
    expect(notes.at(-1)).toMatch(/18 files, \d+ bytes\.$/);
    const found = manifest('one');
    expect(found).toMatchObject({
      licence: 'CC0',
      source: null,
      seed: 1,
      inputs: [{ name: 'rows.jsonl', questions: 20 }],
    });
    expect(Object.values(found.splits).map(({ questions }) => questions)).toEqual([14, 4, 2]);
    const files = content('one');
    expect(Object.keys(files).toSorted()).toEqual(
      [...found.files.map(({ file }) => file), 'dataset.json'].toSorted(),
    );
    for (const { file, sha256, byteLength } of found.files) {
      expect(files[file], file).toBe(sha256);
      expect(statSync(at('one', file)).size).toBe(byteLength);
    }
    // No picture is in two parts, and every row's picture is there.
    const pictures = ['train', 'validation', 'test'].map((name) =>
      read('one', `${name}.jsonl`)
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { image: string }).image),
    );
    expect(new Set(pictures.flat()).size).toBe(10);
    expect(pictures.flat()).toHaveLength(10);
    for (const picture of pictures.flat()) expect(files[picture]).toBeDefined();
    await run(at('in', 'rows.jsonl'), '--out', at('two'), '--split', '0.7,0.2,0.1', '--licence', 'CC0');
    expect(content('two')).toEqual(files);
    await run(at('in', 'rows.jsonl'), '--out', at('two'), '--split', '0.7,0.2,0.1', '--seed', '2');
    expect(read('two', 'test.jsonl')).not.toBe(read('one', 'test.jsonl'));
  });

  test('becomes questions again, and a dataset of the same questions', async () => {
    await run(at('one'), '--to', 'json', '--out', at('back.json'));
    const { questions } = JSON.parse(read('back.json')) as { questions: Question[] };
    expect(questions).toHaveLength(20);
    for (const { name } of questions.flatMap(namedMedia))
      expect(existsSync(resolve(dirname(at('back.json')), name))).toBe(true);
    await run(at('back.json'), '--out', at('again'), '--split', '0.7,0.2,0.1');
    for (const name of ['train', 'validation', 'test']) {
      const sorted = (folderName: string) => read(folderName, `${name}.jsonl`).split('\n').toSorted();
      expect(sorted('again')).toEqual(sorted('one'));
    }
    const { printed } = await run(at('one'), '--to', 'csv');
    expect(printed.split('\n')).toHaveLength(22);
    await expect(run(at('one'), '--to', 'coco', '--skip')).rejects.toThrow(
      /^None of 20 questions has a place in coco/,
    );
    await expect(run(at('one'), '--out', at('none'), '--against', at('one'), '--drop-leaks')).rejects.toThrow(
      /^Of 20 questions none is left/,
    );
  });

  test('that was changed by hand is read as it is now, and says so', async () => {
    await run(at('in', 'rows.jsonl'), '--out', at('changed'));
    writeFileSync(
      at('changed', 'train.jsonl'),
      read('changed', 'train.jsonl').replaceAll('Cup 0?', 'Where?'),
    );
    const { printed, notes } = await run(at('changed'), '--to', 'json');
    expect(printed).toContain('"Where?"');
    expect(notes.join()).toMatch(/train\.jsonl was changed since it was written/);
  });

  test('keeps masks, which training text has no place for', async () => {
    const coco = {
      images: [{ id: 1, file_name: '0.png', width: 240, height: 160 }],
      annotations: [
        {
          id: 1,
          image_id: 1,
          category_id: 1,
          iscrowd: 0,
          area: 12,
          bbox: [1, 0, 6, 2],
          segmentation: {
            size: [160, 240],
            counts: runsText([160, 2, 158, 2, 158, 3, 157, 2, 158, 2, 158, 1, 160 * 239 - 160 * 5 - 1]),
          },
        },
      ],
      categories: [{ id: 1, name: 'Cup' }],
    };
    writeFileSync(at('in', 'coco.json'), JSON.stringify(coco));
    const { notes } = await run(at('in', 'coco.json'), '--out', at('masks'));
    expect(notes[0]).toMatch(/^note: validation gets nothing/);
    expect(read('masks', 'train.jsonl')).toMatch(
      /"answer":"<points coords=\\"1 1 \d{3} \d{3}\\">cup<\/points>"/,
    );
    await run(at('masks'), '--to', 'coco', '--out', at('masks.json'));
    const back = JSON.parse(read('masks.json')) as typeof coco;
    expect(back.annotations[0]?.segmentation).toEqual(coco.annotations[0]?.segmentation);
  });

  test('names media by what is in them, wherever a file says that they are', async () => {
    mkdirSync(at('odd/a b'), { recursive: true });
    const picture = readFileSync(at('in', '0.png'));
    writeFileSync(at('odd/a b', '..png'), picture);
    writeFileSync(at('odd', '0.jpg'), readFileSync(at('in', '1.png')));
    const names = ['a b/..png', 'a b/../0.jpg', '../in/2.png', at('in', '3.png')];
    writeFileSync(at('odd', 'rows.jsonl'), lines(...names.map((name) => row(name, cup(500)))));
    await run(at('odd', 'rows.jsonl'), '--out', at('named'), '--link');
    const files = Object.keys(content('named')).filter((file) => file.startsWith('media/'));
    expect(files).toHaveLength(4);
    for (const file of files) expect(file).toMatch(/^media\/[0-9a-f]{32}\.png$/);
    expect(statSync(at('named', files[0] ?? '')).nlink).toBeGreaterThan(1);
    writeFileSync(at('odd', 'rows.jsonl'), lines(row('../in/rows.jsonl', cup(1))));
    await expect(run(at('odd', 'rows.jsonl'), '--out', at('named'))).rejects.toThrow(
      /rows\.jsonl cannot be decoded/,
    );
  });

  test('clips become folders of frames, and MOT sequences again', async () => {
    mkdirSync(at('seq/gt'), { recursive: true });
    mkdirSync(at('seq/img1'));
    for (const i of [1, 2, 3])
      writeFileSync(at('seq/img1', `00000${i}.png`), readFileSync(at('in', `${i}.png`)));
    const info = {
      name: 'seq',
      imDir: 'img1',
      frameRate: 2,
      seqLength: 3,
      imWidth: 240,
      imHeight: 160,
      imExt: '.png',
    };
    writeFileSync(
      at('seq/seqinfo.ini'),
      `[Sequence]\n${Object.entries(info)
        .map((pair) => `${pair.join('=')}\n`)
        .join('')}`,
    );
    const gt = '1,1,10,20,30,40,1,1,1\n1,3,10,21,30,40,1,1,1\n'.replace('1,3', '3,1');
    writeFileSync(at('seq/gt/gt.txt'), gt);
    await run(at('seq'), '--out', at('clips'));
    const [media = ''] = readdirSync(at('clips/media'));
    expect(readdirSync(at('clips/media', media))).toEqual(['000001.png', '000002.png', '000003.png']);
    expect(read('clips', 'train.jsonl')).toContain('"timestamps":[0,0.5,1]');
    await run(at('clips'), '--to', 'mot', '--out', at('mot'));
    expect(read('mot/seq-01/gt/gt.txt')).toBe(gt);
    expect(content('mot/seq-01/img1')).toEqual(content('seq/img1'));
    await run(at('mot'), '--out', at('clips-2'));
    expect(read('clips-2', 'train.jsonl')).toBe(read('clips', 'train.jsonl'));
  });
});

describe('what was there', () => {
  test('is refused unless it is a dataset of this command alone', async () => {
    mkdirSync(at('mine'));
    writeFileSync(at('mine', 'thesis.txt'), 'text');
    const make = (...args: string[]) => run(at('in', 'rows.jsonl'), ...args);
    await expect(make('--out', at('mine'))).rejects.toThrow(
      /mine is no dataset that this command has written/,
    );
    await expect(make('--out', at('mine'), '--dry-run')).rejects.toThrow(/is no dataset/);
    await make('--out', at('own'));
    writeFileSync(at('own', 'thesis.txt'), 'text');
    await expect(make('--out', at('own'))).rejects.toThrow(
      /own holds thesis\.txt, which is not of the dataset/,
    );
    await expect(make('--out', at('in', '0.png'))).rejects.toThrow(/0\.png is no folder/);
    await expect(run(at('back.json'), '--to', 'json', '--out', at('back.json'))).rejects.toThrow(
      /would be lost/,
    );
    mkdirSync(at('empty'));
    await make('--out', at('empty'));
    expect(existsSync(at('empty', 'train.jsonl'))).toBe(true);
  });

  test('stays as it was when writing fails, and nothing half lies beside it', async () => {
    await run(at('in', 'rows.jsonl'), '--out', at('kept'));
    const before = content('kept');
    const controller = new AbortController();
    const terminal: Terminal = {
      print: () => {},
      note: () => {},
      // Ctrl-C in the middle of writing.
      progress: (line) =>
        line.startsWith('Writing: 5') && controller.abort(new DOMException('Interrupted.', 'AbortError')),
      flush: () => Promise.resolve(),
      broken: controller.signal,
    };
    const args = [at('in', 'rows.jsonl'), '--out', at('kept'), '--seed', '9'];
    await expect(datasetCommand(args, terminal, controller.signal)).rejects.toThrow('Interrupted.');
    expect(content('kept')).toEqual(before);
    expect(readdirSync(folder).filter((name) => /part|old/.test(name))).toEqual([]);
  });

  test('a dry run tells all files and writes none', async () => {
    const { printed, notes } = await run(at('in', 'rows.jsonl'), '--out', at('dry'), '--dry-run');
    expect(existsSync(at('dry'))).toBe(false);
    expect(printed.match(/^media\/[0-9a-f]{32}\.png {2}\d+ bytes, of /gm)).toHaveLength(10);
    expect(printed).toMatch(/^dataset\.json {2}\d+ bytes$/m);
    expect(notes.at(-1)).toMatch(/^Nothing was written: --dry-run\. 16 files/);
  });
});

describe('doubts', () => {
  test('what is asked twice is left out, contradictions, wrong sizes and places outside are told', async () => {
    const twice = { ...row('0.png', cup(500), cup(500)), message_list: row('0.png', cup(500)).message_list };
    writeFileSync(
      at('in', 'doubts.jsonl'),
      lines(
        twice,
        twice,
        { ...twice, message_list: [{ ...twice.message_list[0], answer: 'There are none.' }] },
        { ...row('1.png', cup(500)), sizes: [[640, 480]] },
      ),
    );
    const { printed } = await run(at('in', 'doubts.jsonl'), '--out', at('doubts'), '--json');
    const told = JSON.parse(printed) as { doubts: { kind: string; text: string }[]; leftOut: number };
    expect(told.leftOut).toBe(1);
    expect(told.doubts.map(({ kind }) => kind)).toEqual(['contradiction', 'wrong-size', 'repeated']);
    expect(told.doubts.map(({ text }) => text)).toEqual([
      '"doubts.jsonl:1:1" and "doubts.jsonl:3:1" ask the same, and their references contradict each other: 1 objects and 0 objects.',
      expect.stringMatching(/refers to 640 x 480 pixels, but .*1\.png has 240 x 160/),
      '"doubts.jsonl:2:1" repeats "doubts.jsonl:1:1" and is left out.',
    ]);
    await expect(run(at('in', 'doubts.jsonl'), '--out', at('strict'), '--strict')).rejects.toThrow(
      /^Nothing was written: 2 doubts, the first: "doubts/,
    );
    expect(existsSync(at('strict'))).toBe(false);
  });

  test('media of an evaluation set are found, also when they were scaled and compressed anew', async () => {
    mkdirSync(at('test'));
    await sharp(at('in', '3.png')).resize(120, 80).jpeg({ quality: 80 }).toFile(at('test', 'x.jpg'));
    writeFileSync(at('test', 'y.png'), readFileSync(at('in', '7.png')));
    const rows = [{ ...row('x.jpg', cup(1)), sizes: [[120, 80]] }, row('y.png', cup(1))];
    writeFileSync(at('test', 'rows.jsonl'), lines(...rows));
    const against = ['--against', at('test', 'rows.jsonl'), '--json'];
    const { printed } = await run(at('in', 'rows.jsonl'), '--out', at('leaks'), ...against);
    const { doubts } = JSON.parse(printed) as { doubts: { kind: string; text: string }[] };
    expect(doubts.map(({ text }) => text.replaceAll(folder, ''))).toEqual([
      '/in/7.png is /test/y.png of the evaluation set.',
      '/in/3.png looks like /test/x.jpg of the evaluation set.',
    ]);
    const dropped = await run(at('in', 'rows.jsonl'), '--out', at('leaks'), ...against, '--drop-leaks');
    expect(JSON.parse(dropped.printed)).toMatchObject({
      leftOut: 4,
      doubts: [],
      statistics: { questions: 16 },
    });
  });

  test('references contradict each other in what they count or choose, not in where they point', () => {
    const points = (...xs: number[]) => ({
      kind: 'points' as const,
      points: xs.map((x) => ({ x, y: 1, image: 1 })),
    });
    expect(contradiction(points(1, 2), points(3, 4))).toBe(null);
    expect(contradiction(points(1, 2), { kind: 'count', count: 3 })).toBe('2 objects and 3 objects');
    const choice = (right: number) => ({ kind: 'choice' as const, choices: ['up', 'down'], right });
    expect(contradiction(choice(0), choice(1))).toBe('"up", "down"');
    expect(contradiction({ kind: 'short', answers: ['a', 'b'] }, { kind: 'short', answers: ['b'] })).toBe(
      null,
    );
    expect(contradiction({ kind: 'short', answers: ['a'] }, { kind: 'short', answers: ['b'] })).toBe(
      '"a" and "b"',
    );
    expect(
      contradiction({ kind: 'caption', statements: ['a'] }, { kind: 'caption', statements: ['b'] }),
    ).toBe(null);
  });
});

describe('parts', () => {
  const file = (sha256: string): MediaFile => ({
    name: sha256,
    kind: 'picture',
    sha256,
    byteLength: 1,
    ending: '.png',
    width: 1,
    height: 1,
    look: null,
  });
  const about = (id: string, ...sources: string[]): Question => ({
    id,
    media: { kind: 'images', images: sources.map((source) => ({ source, width: 1, height: 1 })) },
    prompt: id,
    reference: { kind: 'count', count: 1 },
  });

  test('never share a file, whatever is asked about what', () => {
    for (let seed = 0; seed < 60; seed++) {
      const own = dice(seed, 0);
      const names = Array.from({ length: own.whole(2, 12) }, (_, i) => `file-${i}`) as [string, ...string[]];
      const questions = Array.from({ length: own.whole(1, 30) }, (_, i) =>
        about(`q${i}`, ...Array.from({ length: own.chance(0.2) ? 2 : 1 }, () => own.pick(names))),
      );
      const files = new Map(names.map((name) => [name, file(name)]));
      const shares = own.chance(0.5) ? [0.9, 0.1] : [0.5, 0.3, 0.2];
      const cut = (list: readonly Question[]) => splitQuestions(list, files, [], { shares, seed });
      const splits = cut(questions);
      expect(splits.size).toBe(questions.length);
      const places = new Map<string, string>();
      for (const [question, split] of splits)
        for (const { name } of namedMedia(question)) {
          expect(places.get(name) ?? split).toBe(split);
          places.set(name, split);
        }
      const turned = cut(questions.toReversed());
      for (const question of questions) expect(turned.get(question)).toBe(splits.get(question));
    }
  });

  test('have the shares that were asked for, and something each where there is enough', () => {
    const names = Array.from({ length: 100 }, (_, i) => `file-${i}`);
    const files = new Map(names.map((name) => [name, file(name)]));
    const count = (questions: readonly Question[], shares: readonly number[]) => {
      const splits = [...splitQuestions(questions, files, [], { shares, seed: 3 }).values()];
      return ['train', 'validation', 'test'].map((name) => splits.filter((one) => one === name).length);
    };
    const questions = names.map((name) => about(name, name));
    expect(count(questions, [0.9, 0.1])).toEqual([90, 10, 0]);
    expect(count(questions, [0.5, 0.25, 0.25])).toEqual([50, 25, 25]);
    expect(count(questions.slice(0, 3), [0.98, 0.01, 0.01])).toEqual([1, 1, 1]);
    expect(count(questions.slice(0, 1), [0.9, 0.1])).toEqual([1, 0, 0]);
  });
});

test('a picture is known again after compression, and no other is taken for it', async () => {
  const looks = await Promise.all(
    Array.from({ length: 10 }, async (_, i) => {
      const look = async (image: Sharp) => {
        const { data, info } = await image
          .removeAlpha()
          .toColourspace('srgb')
          .raw()
          .toBuffer({ resolveWithObject: true });
        return lookOf({ ...info, data });
      };
      const copy = await sharp(at('in', `${i}.png`))
        .resize(150, 100)
        .jpeg({ quality: 75 })
        .toBuffer();
      return { own: await look(sharp(at('in', `${i}.png`))), copy: await look(sharp(copy)) };
    }),
  );
  looks.forEach(({ own }, i) =>
    looks.forEach(({ copy }, j) => expect(areAlike(own, copy), `${i} and ${j}`).toBe(i === j)),
  );
});

test.each([
  ['a file elsewhere', '"file": "folder_dataset.py"', '"file": "../folder_dataset.py"', /key files\.0\.file/],
  ['rows elsewhere', '"file": "train.jsonl"', '"file": "/etc/passwd"', /key splits\.train\.file/],
  ['another version', '"version": 1', '"version": 2', /key version: 2: must be 1, which this release reads/],
])('a manifest that names %s is refused', (_, from, to, message) => {
  const text = read('one', 'dataset.json');
  expect(text).toContain(from);
  expect(() => readManifest(text.replace(from, to), 'dataset.json')).toThrow(message);
});

test('a video is what its first bytes say', () => {
  const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
  expect(videoEnding(bytes('\0\0\0\u0018ftypmp42'), 'a.webm')).toBe('.mp4');
  expect(videoEnding(bytes('\0\0\0\u0018ftypqt  '), 'a')).toBe('.mov');
  expect(videoEnding(bytes('\u001AE\u00DF\u00A3\u009FB\u0086webm'), 'a')).toBe('.webm');
  expect(videoEnding(bytes('\u001AE\u00DF\u00A3\u009FB\u0086matroska'), 'a')).toBe('.mkv');
  expect(videoEnding(bytes('root:x:0:0:root'), 'passwd.mp4')).toBe(null);
});

test.each<[string, string[], string]>([
  ['no input', ['--out', 'x'], 'There is nothing to read'],
  ['no place', ['a.json'], 'Where to write is not said'],
  [
    'shares that are not a whole',
    ['a.json', '--out', 'x', '--split', '0.9,0.2'],
    '--split takes up to three shares',
  ],
  ['four shares', ['a.json', '--out', 'x', '--split', '0.4,0.2,0.2,0.2'], '--split takes up to three'],
  ['an unknown format', ['a.json', '--to', 'voc'], '--to must be one of json, molmo2, coco'],
  ['a seed of a file', ['a.json', '--to', 'csv', '--seed', '1'], '--seed is about dataset folders'],
  ['links of a file', ['a.json', '--to', 'csv', '--link'], '--link is about media'],
  [
    'a sequence to standard output',
    ['a.json', '--to', 'mot'],
    '--to mot needs a place here. Write --out FOLDER',
  ],
  ['leaks of nothing', ['a.json', '--out', 'x', '--drop-leaks'], '--drop-leaks needs an evaluation set'],
  ['room in a folder', ['a.json', '--out', 'x', '--skip'], '--skip is about other formats'],
])('%s is refused', (_, args, message) => {
  expect(() => datasetOptions(args)).toThrow(UsageError);
  expect(() => datasetOptions(args)).toThrow(message);
});
