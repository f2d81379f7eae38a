import { describe, expect, test } from 'vitest';
import { formats, guessedFormat, type FormatName } from '../../eval/readers/formats.ts';
import type { ReadContext } from '../../eval/readers/format.ts';
import { boxMask, maskShape, polygonMask, runsOf, runsText } from '../../eval/readers/masks.ts';
import { trainingAnswer } from '../../eval/readers/training-text.ts';
import { makeScene } from '../../eval/scenes/scene.ts';
import { sceneQuestions } from '../../eval/scenes/scene-questions.ts';
import { scoreAnswer } from '../../eval/score-answer.ts';
import { dice, type Dice } from '../../eval/scenes/random.ts';
import { pointsText } from '../../src/grounding/molmo-text.ts';
import type { Question } from '../../eval/question.ts';
import { Molmo2Error } from '../../src/errors.ts';
import { firstSeed, inputsOf } from '../hostile/each-seed.ts';

const lines = (...rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const video = { kind: 'video', video: 'clip.mp4', width: 320, height: 240, durationSec: 3 };
const pictures = { kind: 'images', images: [{ source: 'a.png', width: 4, height: 2 }] };

/** Runs of a mask of 4 x 3 pixels whose middle two columns are inside, except for one corner. */
const rle = runsText([3, 5, 4]);

/** A small file of each format, as it is written. */
const samples: Record<FormatName, string> = {
  json: JSON.stringify({
    format: 'molmo2-questions',
    version: 1,
    questions: [
      {
        id: 'p',
        media: pictures,
        prompt: 'Point to all cups.',
        style: 'pointing',
        label: 'cup',
        reference: {
          kind: 'points',
          points: [{ x: 1, y: 1, mask: { width: 4, height: 2, counts: [2, 3, 3] }, image: 1 }],
        },
      },
      {
        id: 'c',
        media: pictures,
        prompt: 'How many?',
        category: '0-4',
        reference: { kind: 'count', count: 2 },
      },
      {
        id: 'v',
        media: video,
        prompt: 'When?',
        reference: { kind: 'video-points', points: [{ x: 1, y: 2, timeSec: 0.5 }] },
      },
      {
        id: 't',
        media: { ...video, video: { frames: ['0.png', '1.png'], timestamps: [0, 0.5] } },
        prompt: 'Track the dog.',
        reference: {
          kind: 'tracks',
          tracks: [
            { id: 3, moments: [{ timeSec: 0, x: 5, y: 5, box: { x: 0, y: 0, width: 10, height: 10 } }] },
          ],
          timesSec: [0, 0.5],
        },
      },
      {
        id: 'm',
        media: video,
        prompt: 'Which?',
        reference: { kind: 'choice', choices: ['up', 'down'], right: 1 },
      },
      {
        id: 's',
        media: { kind: 'none' },
        prompt: 'Why?',
        reference: { kind: 'short', answers: ['so', 'thus'] },
      },
      {
        id: 'd',
        media: pictures,
        prompt: 'Describe.',
        reference: { kind: 'caption', statements: ['A cup.'] },
      },
    ],
  }),
  molmo2: lines(
    {
      image: 'mugs.png',
      sizes: [[640, 480]],
      message_list: [
        {
          prompt: 'Point to red mug',
          answer: '<points coords="1 1 555 169 2 649 154">red mug</points>',
          style: 'pointing',
          label: 'red mug',
        },
        {
          prompt: 'How many cups are there?',
          answer: 'Counting the <points coords="1 1 555 169">cups</points> shows a total of 1.',
          style: 'point_count',
          label: 'cups',
        },
        { prompt: 'Count the cups.', answer: '7', style: 'only_count' },
        { prompt: 'vases', answer: 'There are none.', style: 'pointing', label: 'vases' },
        { prompt: 'What is it?\nA. a cup\nB. a mug', answer: 'B. a mug', style: 'ai2_diagram' },
        { prompt: 'Colour?', answer: 'red', style: 'vqa2' },
        { prompt: 'Name?', answers: ['mug', 'cup', 'mug'], style: 'vqa2' },
        { prompt: 'Describe this image.', answer: 'A mug. It is red.', style: 'long_caption' },
      ],
    },
    {
      image: ['1.png', '2.png'],
      sizes: [
        [100, 100],
        [200, 100],
      ],
      message_list: [
        {
          prompt: 'Find dogs in all images.',
          answer: '<points coords="1 1 555 169;2 2 649 154 3 709 162">dogs</points>',
          style: 'multi_image_pointing',
          label: 'dogs',
        },
      ],
    },
    {
      video: 'clip.mp4',
      sizes: [[1920, 1080]],
      duration: 60,
      message_list: [
        {
          prompt: 'Point to shots',
          answer: '<points coords="13.5 1 444 699;14.0 2 445 752">shots</points>',
          style: 'video_point',
          label: 'shots',
        },
        {
          prompt: 'How many shots?',
          answer: 'There are 2 <points coords="13.5 1 444 699;14.0 2 445 752">shots</points>.',
          style: 'video_count_point',
          label: 'shots',
        },
        {
          prompt: 'Track the dog.',
          answer: '<tracks coords="0.0 1 635 522;0.5 1 606 490 2 511 124;1.0 2 515 1000">dog</tracks>',
          style: 'video_point_track_per_frame',
          label: 'dog',
        },
      ],
    },
    { message_list: [{ prompt: 'Two and two?', answer: 'Four', style: 'text_sft' }] },
  ),
  coco: JSON.stringify({
    images: [
      { id: 1, file_name: 'a.jpg', width: 4, height: 3 },
      { id: 2, file_name: 'b.jpg', width: 64, height: 48 },
    ],
    annotations: [
      {
        id: 1,
        image_id: 1,
        category_id: 1,
        iscrowd: 0,
        area: 5,
        bbox: [1, 0, 2, 3],
        segmentation: { size: [3, 4], counts: rle },
      },
      { id: 2, image_id: 1, category_id: 1, iscrowd: 0, area: 2, bbox: [0, 1, 1, 2] },
      {
        id: 3,
        image_id: 2,
        category_id: 2,
        iscrowd: 0,
        area: 200,
        bbox: [3, 4, 10, 20],
        keypoints: [5, 6, 2, 0, 0, 0, 9.5, 20, 2],
        num_keypoints: 2,
      },
      {
        id: 4,
        image_id: 2,
        category_id: 2,
        iscrowd: 0,
        area: 100,
        bbox: [30, 4, 10, 10],
        keypoints: [31, 6, 2, 33, 7, 2, 35, 8, 2],
        num_keypoints: 3,
      },
    ],
    categories: [
      { id: 1, name: 'cup' },
      { id: 2, name: 'person', keypoints: ['nose', 'left_eye', 'left_hand'] },
    ],
  }),
  mot: '1,1,10,20.5,30,40,1,1,1\n2,1,12,20.5,30,40,1,1,1\n1,2,100,50,20,20,1,3,1\n3,7,5,5,10,12,1,1,1\n',
  burst: JSON.stringify({
    sequences: [
      {
        width: 4,
        height: 3,
        id: 1,
        seq_name: 'part/one',
        dataset: 'HACS',
        fps: 2,
        all_image_paths: ['0.jpg', '1.jpg', '2.jpg'],
        annotated_image_paths: ['0.jpg', '2.jpg'],
        neg_category_ids: [2],
        not_exhaustive_category_ids: [],
        track_category_ids: { 1: 1, 4: 1 },
        segmentations: [
          { 1: { rle, is_gt: true } },
          { 1: { rle, is_gt: true }, 4: { rle: runsText([0, 2, 10]), is_gt: true } },
        ],
      },
    ],
    categories: [
      { id: 1, name: 'polar_bear' },
      { id: 2, name: 'owl' },
    ],
  }),
  tao: JSON.stringify({
    videos: [{ id: 1, name: 'val/BDD/x', width: 640, height: 480, neg_category_ids: [2] }],
    images: [
      { id: 1, video_id: 1, file_name: 'val/BDD/x/0.jpg', frame_index: 0 },
      { id: 2, video_id: 1, file_name: 'val/BDD/x/30.jpg', frame_index: 30 },
    ],
    tracks: [{ id: 8, video_id: 1, category_id: 1 }],
    annotations: [
      { id: 1, image_id: 1, track_id: 8, bbox: [1.5, 2, 30, 40.25], category_id: 1 },
      { id: 2, image_id: 2, track_id: 8, bbox: [11.5, 2, 30, 40.25], category_id: 1 },
    ],
    categories: [
      { id: 1, name: 'car' },
      { id: 2, name: 'zebra' },
    ],
  }),
  'pixmo-points': lines(
    {
      image_url: 'https://example.org/a.jpg',
      label: 'cups',
      points: [
        { x: 12.3, y: 45.6 },
        { x: 99.9, y: 0 },
      ],
      count: 2,
      collection_method: 'pointing',
      width: 641,
      height: 479,
    },
    {
      image_url: 'b.jpg',
      label: 'dogs',
      points: [],
      count: 0,
      collection_method: 'counting',
      width: 10,
      height: 10,
    },
  ),
  csv:
    'id,media,times,sizes,duration,prompt,style,label,category,kind,reference,moments\n' +
    '1,a.png|b.png,,640x480|32x16,,"Point to ""it"", please",pointing,it,,points,1 3.5 4|2 0 1,\n' +
    '2,a.png,,640x480,,How many?,,,,count,3,\n' +
    '3,c.mp4,,640x480,8.5,When?,,,,video-points,0.5 3 4,\n' +
    '4,0.png|1.png,0|0.5,64x48,1,Track it.,,,,tracks,1 0 3 4|1 0.5 5 6|2 0.5 1 1,0|0.5\n' +
    '5,,,,,Which?,,,sums,choice,2|one|two,\n' +
    '6,,,,,Why?,,,,short,so|thus,\n' +
    '7,a.png,,640x480,,"Say\nmuch",,,,caption,A cup.|It is red.,\n',
};

const context: ReadContext = {
  name: 'file',
  sequence: { frames: ['000001.jpg', '000002.jpg', '000003.jpg'], fps: 25, width: 1920, height: 1080 },
};
const names = Object.keys(samples) as FormatName[];
const read = (name: FormatName, text: string) => formats[name].read(text, context);

/** The content of a file, whatever its formatting. */
function content(name: FormatName, text: string): unknown {
  if (name === 'molmo2' || name === 'pixmo-points')
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as unknown);
  return name === 'csv' || name === 'mot' ? text.split('\n').toSorted() : (JSON.parse(text) as unknown);
}

const moments = (found: readonly Question[]) =>
  found
    .flatMap(({ reference }) => (reference.kind === 'tracks' ? reference.tracks : []))
    .reduce((sum, track) => sum + track.moments.length, 0);

/** What a file says of how much it holds, counted without our readers; null where that is not so simple. */
const stated: Record<FormatName, (text: string, questions: readonly Question[]) => [number, number] | null> =
  {
    json: (text, found) => [(JSON.parse(text) as { questions: [] }).questions.length, found.length],
    molmo2: (text, found) => [
      (content('molmo2', text) as { message_list: [] }[]).reduce(
        (sum, row) => sum + row.message_list.length,
        0,
      ),
      found.length,
    ],
    'pixmo-points': (text, found) => [(content('pixmo-points', text) as []).length, found.length],
    csv: (text, found) => (text.includes('"') ? null : [text.trim().split('\n').length - 1, found.length]),
    mot: (text, found) => [
      text.split('\n').filter((line) => line.trim() !== '' && Number(line.split(',')[6]) !== 0).length,
      moments(found),
    ],
    coco: (text, found) => {
      const { annotations } = JSON.parse(text) as { annotations: { iscrowd?: number }[] };
      if (annotations.some(({ iscrowd }) => iscrowd === 1)) return null;
      const whole = found.filter(({ category }) => category !== 'keypoint');
      const points = whole.flatMap(({ reference }) => (reference.kind === 'points' ? reference.points : []));
      // An annotation of keypoints alone is no object to point at.
      return 'bbox' in (annotations[2] ?? {}) && 'bbox' in (annotations[3] ?? {})
        ? [annotations.length, points.length]
        : null;
    },
    burst: (text, found) => {
      const { sequences } = JSON.parse(text) as {
        sequences: { not_exhaustive_category_ids: []; segmentations: Record<string, { rle: string }>[] }[];
      };
      if (sequences.some((sequence) => sequence.not_exhaustive_category_ids.length > 0)) return null;
      const masks = sequences
        .flatMap(({ segmentations }) => segmentations)
        .flatMap((frame) => Object.values(frame));
      const seen = masks.filter((mask) => runsOf(mask.rle)?.some((run, i) => i % 2 === 1 && run > 0));
      return [seen.length, moments(found)];
    },
    tao: (text, found) => [(JSON.parse(text) as { annotations: [] }).annotations.length, moments(found)],
  };

/** One small damage to a text: what is cut, doubled, or replaced by something else. */
function damaged(text: string, own: Dice): string {
  const at = own.whole(0, text.length);
  const end = Math.min(text.length, at + own.whole(1, 12));
  const tokens = [...text.matchAll(/-?\d+(?:\.\d+)?|"[^"]*"/g)];
  const token = tokens[own.whole(0, tokens.length)];
  const strange = own.pick([
    'null',
    '-1',
    '"x"',
    '1e99',
    '[]',
    '{}',
    '0.5',
    '',
    '99999999',
    'NaN',
    '"__proto__"',
    'true',
  ]);
  switch (own.whole(0, 6)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + text.slice(end);
    case 2:
      return text.slice(0, end) + text.slice(at);
    case 3:
      return (
        text.slice(0, at) +
        own.pick(['\0', '"', ',', '\n', '{', '}', '[', ' ', '|', '\uD800', '9']) +
        text.slice(at + 1)
      );
    default:
      if (!token) return text;
      return text.slice(0, token.index) + strange + text.slice(token.index + token[0].length);
  }
}

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

  test('masks are coded as COCO does', () => {
    // Worked by hand: five bits a character from "0" on, from the fourth run on as differences to the one two before.
    const worked: [number[], string][] = [
      [[6, 3, 2, 3, 2, 3, 6], '6320004'],
      [[42, 1], 'Z11'],
      [[1, 2, 2, 1], '122O'],
    ];
    for (const [counts, text] of worked) {
      expect(runsText(counts)).toBe(text);
      expect(runsOf(text)).toEqual(counts);
    }
    expect(runsOf('6P')).toBe(null);
    expect(runsOf('6 3')).toBe(null);
    const size = { width: 6, height: 5 };
    expect(maskShape(boxMask(size, { x: 1, y: 2, width: 3, height: 2 }))).toEqual({
      area: 6,
      box: { x: 1, y: 2, width: 3, height: 2 },
      isBox: true,
      x: 2,
      y: 3,
    });
    // An L of two bars: its centre of mass lies outside, the place that stands for it inside.
    const corner = maskShape(polygonMask(size, [[0, 0, 1, 0, 1, 4, 6, 4, 6, 5, 0, 5]]));
    expect(corner).toMatchObject({ area: 10, isBox: false, box: { x: 0, y: 0, width: 6, height: 5 } });
    expect(corner && (corner.x === 0 || corner.y === 4)).toBe(true);
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

  // HOSTILE_INPUTS tries more of each format, HOSTILE_SEED others.
  test.each(names)('500 damaged files of %s are read for what they say, or refused with a place', (name) => {
    const inputs = inputsOf(500);
    let refused = 0;
    for (let seed = firstSeed; seed < firstSeed + inputs; seed++) {
      const text = damaged(samples[name], dice(seed, names.indexOf(name)));
      const about = `HOSTILE_SEED=${seed}: ${text}`;
      try {
        const questions = read(name, text);
        const counts = stated[name](text, questions);
        if (counts) expect(counts[1], about).toBe(counts[0]);
        const written = formats[name].write(questions);
        const again = read(name, written);
        // Training text gives a style to questions that have none, and puts those about one medium side by side.
        if (name === 'molmo2') expect(formats.molmo2.write(again), about).toBe(written);
        else expect(again, about).toEqual(questions);
      } catch (error) {
        if (!(error instanceof Molmo2Error)) throw new Error(about, { cause: error });
        expect(error.code).toBe('bad-dataset');
        expect(error.message).toMatch(
          /^file, (?:line \d+|key |question "|id ")|^The question "[^]*" cannot be written as /,
        );
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(inputs / 4);
    expect(refused).toBeLessThan(inputs);
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
