// What the page saves is what the readers of evaluations read, and training text says it as the model did.

import { expect, test } from 'vitest';
import { questionsFile, type AskedTurn } from '../../demo/export/question-export.ts';
import { ownJson } from '../../eval/readers/own-json.ts';
import { trainingAnswer } from '../../eval/readers/training-text.ts';
import type { MediaInfo } from '../../src/index.ts';

const sizes = [
  { width: 640, height: 480 },
  { width: 200, height: 100 },
];
const picture: MediaInfo = { kind: 'images', sizes: sizes.slice(0, 1), timestamps: [], durationSec: null };
const pictures: MediaInfo = { ...picture, sizes };
const clip: MediaInfo = { kind: 'video', sizes: sizes.slice(0, 1), timestamps: [0, 0.5], durationSec: 0.9 };

const turn = (
  media: MediaInfo | null,
  text: string,
  marks: Partial<Pick<AskedTurn['answer'], 'points' | 'tracks'>> = {},
): AskedTurn => ({
  prompt: 'The question?',
  answer: { text, points: [], tracks: [], ...marks },
  media,
  fileNames: media ? media.sizes.map((_, i) => `${i}.${media.kind === 'video' ? 'mp4' : 'png'}`) : [],
});
const read = (turns: readonly AskedTurn[]) => ownJson.read(questionsFile(turns), { name: 'saved' });

/** Answers as they are written, with what the engine makes of them. */
const asTrained: [string, AskedTurn][] = [
  [
    'points',
    turn(picture, '<points coords="1 1 250 500 2 500 250">cup</points>', {
      points: [
        { x: 160, y: 240, id: 1, label: 'cup', image: 1 },
        { x: 320, y: 120, id: 2, label: 'cup', image: 1 },
      ],
    }),
  ],
  [
    'a count',
    turn(picture, 'Counting the <points coords="1 1 250 500">cup</points> shows a total of 1.', {
      points: [{ x: 160, y: 240, id: 1, label: 'cup', image: 1 }],
    }),
  ],
  [
    'points in pictures',
    turn(pictures, '<points coords="1 1 250 500;2 2 500 250">cup</points>', {
      points: [
        { x: 160, y: 240, id: 1, label: 'cup', image: 1 },
        { x: 100, y: 25, id: 2, label: 'cup', image: 2 },
      ],
    }),
  ],
  [
    'a count in a video',
    turn(clip, 'Counting the <points coords="0.5 1 250 500">cup</points> shows a total of 1.', {
      points: [{ x: 160, y: 240, id: 1, label: 'cup', timeSec: 0.5 }],
    }),
  ],
  [
    'tracks',
    turn(clip, '<tracks coords="0.0 1 250 500 2 500 250;0.5 1 260 500">cup</tracks>', {
      tracks: [
        {
          id: 1,
          label: 'cup',
          points: [
            { timeSec: 0, x: 160, y: 240 },
            { timeSec: 0.5, x: 166.4, y: 240 },
          ],
        },
        { id: 2, label: 'cup', points: [{ timeSec: 0, x: 320, y: 120 }] },
      ],
    }),
  ],
  ['nothing', turn(picture, 'There are none.')],
  ['nothing in a video', turn(clip, 'There are none.')],
  ['a number', turn(picture, '3')],
  ['a word', turn(null, 'Yes.')],
  ['a sentence', turn(picture, 'There is a green square at the center.')],
];
test.each(asTrained)('%s: saved, read, and written as the model wrote it', (_, asked) => {
  const [question] = read([asked]);
  if (!question) throw new Error('nothing was read');
  expect(trainingAnswer(question)).toBe(asked.answer.text);
  expect(question.prompt).toBe('The question?');
});

test('media are named as the files, with their sizes and duration', () => {
  const media = [picture, pictures, clip].map((info) => read([turn(info, 'Yes.')])[0]?.media);
  expect(media).toEqual([
    { kind: 'images', images: [{ source: '0.png', width: 640, height: 480 }] },
    {
      kind: 'images',
      images: [
        { source: '0.png', width: 640, height: 480 },
        { source: '1.png', width: 200, height: 100 },
      ],
    },
    { kind: 'video', video: '0.mp4', width: 640, height: 480, durationSec: 0.9 },
  ]);
  expect(read([turn(null, 'Four')])[0]).toMatchObject({
    media: { kind: 'none' },
    reference: { kind: 'short', answers: ['Four'] },
  });
});

test('the turns of a conversation are questions about the same media, later ones marked', () => {
  const questions = read([turn(picture, 'Yes.'), turn(picture, '2')]);
  expect(questions.map(({ id, category, media }) => [id, category, media.kind])).toEqual([
    ['0.png:1', undefined, 'images'],
    ['0.png:2', 'follow-up', 'images'],
  ]);
});

test('what a model may write and no file can hold is set right: ids twice or missing, times twice', () => {
  const point = (timeSec: number) => ({ timeSec, x: 1, y: 2 });
  const tracks = [
    { id: 1, label: '', points: [point(0), point(0), point(0.5)] },
    { id: 1, label: '', points: [point(0)] },
    { id: null, label: '', points: [point(0)] },
  ];
  const [question] = read([turn(clip, '<tracks ...>', { tracks })]);
  expect(question?.reference).toMatchObject({
    tracks: [
      { id: 1, moments: [{ timeSec: 0 }, { timeSec: 0.5 }] },
      { id: 2, moments: [{ timeSec: 0 }] },
      { id: 3, moments: [{ timeSec: 0 }] },
    ],
  });
  expect(question).not.toHaveProperty('label');
});
