import { describe, expect, test } from 'vitest';
import { formats, guessedFormat, type FormatName } from '../../eval/readers/formats.ts';
import { trainingAnswer } from '../../eval/readers/training-text.ts';
import { makeScene } from '../../eval/scenes/scene.ts';
import { sceneQuestions } from '../../eval/scenes/scene-questions.ts';
import { scoreAnswer } from '../../eval/score-answer.ts';
import { pointsText } from '../../src/grounding/molmo-text.ts';
import { content, lines, names, read, rle, samples } from './eval-reader-samples.ts';

describe('readers of questions', () => {
  test.each(names)('what %s holds is written back equal', (name) => {
    const questions = read(name, samples[name]);
    expect(questions.length).toBeGreaterThan(1);
    const text = formats[name].write(questions);
    expect(content(name, text)).toEqual(content(name, samples[name]));
    expect(read(name, text)).toEqual(questions);
  });

  test('what is right scores full marks, whatever format it comes from', () => {
    // 25 frames a second are more than training text can tell apart.
    for (const name of names.filter((other) => other !== 'mot'))
      for (const question of read(name, samples[name])) {
        const scored = scoreAnswer(question, trainingAnswer(question));
        if (question.reference.kind !== 'caption')
          expect(scored?.score, `${name} ${question.id}: ${trainingAnswer(question)}`).toBeCloseTo(1, 9);
      }
    const [cups] = read('coco', samples.coco);
    if (!cups) throw new Error('no question');
    expect(scoreAnswer(cups, 'There are none.')?.score).toBe(0);
  });

  test('a format is known by its name and beginning', () => {
    const ends: Record<FormatName, string> = {
      json: '.json',
      molmo2: '.jsonl',
      coco: '.json',
      mot: '.txt',
      burst: '.json',
      tao: '.json',
      'pixmo-points': '.jsonl',
      csv: '.csv',
    };
    for (const name of names) expect(guessedFormat(`x${ends[name]}`, samples[name])).toBe(name);
    expect(guessedFormat('x.xml', '')).toBe(null);
    expect(guessedFormat('x.json', '{}')).toBe(null);
  });

  test('training rows are written so that the trainer asks and answers as they say', () => {
    const given = lines({
      images: ['1.png'],
      sizes: [[100, 50]],
      message_list: [
        { question: 'Describe.', text: 'A mug.', style: 'long_caption' },
        { question: 'Cups?', answer: '<points coords="1 1 500 500">Cups</points>' },
        { question: 'Which?\nA. one\nB. two', answer: 'A. one' },
        { question: 'What?', answer: 'This.' },
      ],
    });
    const questions = read('molmo2', given);
    const [first] = questions;
    if (!first) throw new Error('no question');
    const choice = { kind: 'choice' as const, choices: ['up', 'down'], right: 1 };
    // Each message has a style and a prompt: of a question, the trainer makes something else in some styles.
    expect(
      content(
        'molmo2',
        formats.molmo2.write([...questions, { ...first, prompt: 'Where?', reference: choice }]),
      ),
    ).toEqual([
      {
        image: '1.png',
        sizes: [[100, 50]],
        message_list: [
          { prompt: 'Describe.', answer: 'A mug.', style: 'long_caption' },
          {
            prompt: 'Cups?',
            answer: '<points coords="1 1 500 500">cups</points>',
            style: 'pointing',
            label: 'Cups',
          },
          { prompt: 'Which?\nA. one\nB. two', answer: 'A. one', style: 'a_okvqa_mc' },
          { prompt: 'What?', answer: 'This.', style: 'user_qa' },
          {
            prompt: 'Where?\nOnly return the correct answer option.\nA. up\nB. down',
            answer: 'B. down',
            style: 'long_caption',
          },
        ],
      },
    ]);
  });

  test('times are rounded as the trainer rounds them', () => {
    // What Python's round(x, 1) gives for each.
    const worked: [number, string][] = [
      [0.05, '0.1'],
      [0.15, '0.1'],
      [0.25, '0.2'],
      [0.35, '0.3'],
      [0.45, '0.5'],
      [0.75, '0.8'],
      [2.675, '2.7'],
    ];
    for (const [key, text] of worked)
      expect(pointsText([{ key, width: 10, height: 10, points: [{ x: 1, y: 1 }] }], 'a', true)).toBe(
        `<points coords="${text} 1 100 100">a</points>`,
      );
  });

  test('references are in pixels and seconds', () => {
    const [mugs] = read('molmo2', samples.molmo2);
    expect(mugs?.reference).toEqual({
      kind: 'points',
      points: [
        { x: expect.closeTo(355.2, 9) as number, y: 81.12, image: 1 },
        { x: 415.36, y: 73.92, image: 1 },
      ],
    });
    const [pedestrians, cars] = read('mot', samples.mot);
    expect(pedestrians?.reference).toMatchObject({
      tracks: [
        {
          id: 1,
          moments: [
            { timeSec: 0, x: 25, y: 40.5 },
            { timeSec: 0.04, x: 27 },
          ],
        },
        { id: 7, moments: [{ timeSec: 0.08 }] },
      ],
    });
    expect([pedestrians?.label, cars?.label]).toEqual(['pedestrian', 'car']);
    const [bears, owls] = read('burst', samples.burst);
    expect(bears?.reference).toMatchObject({
      tracks: [{ id: 1, moments: [{ timeSec: 0 }, { timeSec: 1 }] }, { id: 4 }],
    });
    expect(owls?.reference).toMatchObject({ tracks: [], timesSec: [0, 1] });
    const [cups] = read('pixmo-points', samples['pixmo-points']);
    expect(cups?.reference).toMatchObject({
      points: [
        { x: 78.843, y: 218.424 },
        { x: 640.359, y: 0 },
      ],
    });
  });

  test('polygons become masks that are read back equal', () => {
    const file = JSON.parse(samples.coco) as { annotations: Record<string, unknown>[] };
    file.annotations[0] = { image_id: 1, category_id: 1, segmentation: [[0, 0, 3, 0, 0, 3]] };
    const questions = read('coco', JSON.stringify(file));
    const [cups] = questions;
    expect(cups?.reference).toMatchObject({ points: [{ mask: { counts: [0, 2, 1, 1, 8] } }, {}] });
    expect(read('coco', formats.coco.write(questions))).toEqual(questions);
  });

  test('crowds and categories that were not annotated wholly are not asked about', () => {
    const crowd = samples.coco.replace('"iscrowd":0,"area":2', '"iscrowd":1,"area":2');
    expect(read('coco', crowd).map(({ label }) => label)).not.toContain('cup');
    const partly = samples.burst.replace(
      '"not_exhaustive_category_ids":[]',
      '"not_exhaustive_category_ids":[1]',
    );
    expect(read('burst', partly).map(({ label }) => label)).toEqual(['owl']);
  });

  test.each<[FormatName, string, string, RegExp]>([
    ['json', '"count":2', '"count":-2', /^file, key questions\.1\.reference\.count: -2: must be 0 or more/],
    ['json', '"id":"c"', '"id":"p"', /^file, id "p": two questions have this id/],
    ['json', '"image":1', '"image":2', /^file, question "p": a point is in picture 2, but there are 1/],
    ['json', '[2,3,3]', '[2,3,4]', /runs of a mask must add up/],
    ['json', '"version":1,', '"version":1', /^file, line 1: this is no JSON/],
    [
      'molmo2',
      'total of 1',
      'total of 2',
      /^file, line 1, key message_list\.1\.answer: the text says 2, but there are 1 points/,
    ],
    [
      'molmo2',
      '2 2 649 154',
      '3 2 649 154',
      /^file, line 2, key message_list\.0\.answer: a point is in picture 3/,
    ],
    ['molmo2', '1 555 169 2', '1 555 69 2', /^file, line 1, .*is not a time or picture with id, x and y/],
    ['molmo2', '</tracks>', '', /^file, line 3, .*tag is not written as in training/],
    ['molmo2', ',"duration":60', '', /^file, line 3: the video has no duration/],
    ['coco', '"image_id":2', '"image_id":9', /^file, key annotations\.2\.image_id: there is no image 9/],
    ['coco', '[3,4,10,20]', '[300,4,10,20]', /^file, key annotations\.2: nothing of the object lies inside/],
    ['coco', '9.5,20,2]', '9.5,20]', /^file, key annotations\.2\.keypoints: 8 numbers/],
    ['mot', '3,7,5', '4,7,5', /^file, line 4: frame 4, but the sequence has frames 1 to 3/],
    ['mot', '\n2,1,12', '\n1,1,12', /^file, line 2: object 1 is in frame 1 twice/],
    ['mot', '20.5', 'x', /^file, line 1: "x" is no number/],
    ['burst', '"2.jpg"]', '"7.jpg"]', /^file, key sequences\.0\./],
    ['burst', rle, '99', /^file, key sequences\.0\.segmentations\.0\.1\.rle: its runs are/],
    ['burst', '"1":{', '"__proto__":{', /^file, key __proto__: no format has such a key/],
    ['json', '"label"', '"\\u0063onstructor"', /^file, key constructor: no format has such a key/],
    ['tao', '"track_id":8', '"track_id":5', /^file, key annotations\.0\.track_id: there is no track 5/],
    ['pixmo-points', '"count":2', '"count":3', /^file, line 1, key count: 3, but there are 2 points/],
    ['pixmo-points', ',"width":10,"height":10', '', /^file, line 2: the size of "b\.jpg" is not known/],
    ['csv', '2|one|two', '3|one|two', /^file, line 6, column reference: choice 3 is right, but there are 2/],
    ['csv', 'Which?,', 'Which?,,', /^file, line 6: 13 cells, but the table has 12 columns/],
    ['csv', ',moments', ',remarks', /^file, line 1: there is no column "remarks"/],
  ])('%s refuses %j become %j', (name, from, to, message) => {
    expect(samples[name]).toContain(from);
    expect(() => read(name, samples[name].replace(from, to))).toThrow(message);
  });

  test('what a format has no place for is refused, not lost', async () => {
    const [shown] = await sceneQuestions(makeScene({ seed: 1, index: 0, kind: 'image' }));
    if (!shown) throw new Error('the scene has no question');
    expect(() => formats.json.write([shown])).toThrow(
      /cannot be written as JSON: its media have no file names/,
    );
    const all = read('json', samples.json);
    const write = (name: FormatName, id: string) => () =>
      formats[name].write(all.filter((question) => question.id === id));
    expect(write('csv', 'p')).toThrow(/"p" cannot be written as CSV: its masks or boxes would be lost/);
    expect(write('pixmo-points', 'p')).toThrow(/its masks would be lost/);
    expect(write('coco', 't')).toThrow(/does not point at objects in one picture/);
    expect(write('burst', 'p')).toThrow(/does not follow objects/);
    expect(write('mot', 't')).toThrow(/its label missing is none of the classes/);
    expect(write('tao', 't')).toThrow(/no label/);
  });
});
