// A small file of each format of questions, and what reads it.

import type { ReadContext } from '../../eval/readers/format.ts';
import { formats, type FormatName } from '../../eval/readers/formats.ts';
import { runsText } from '../../eval/readers/masks.ts';
import type { Question } from '../../eval/question.ts';

/** Rows as a file of one JSON text a line. */
export const lines = (...rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const video = { kind: 'video', video: 'clip.mp4', width: 320, height: 240, durationSec: 3 };
const pictures = { kind: 'images', images: [{ source: 'a.png', width: 4, height: 2 }] };

/** Runs of a mask of 4 x 3 pixels whose middle two columns are inside, except for one corner. */
export const rle = runsText([3, 5, 4]);

/** A small file of each format, as it is written. */
export const samples: Record<FormatName, string> = {
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
export const names = Object.keys(samples) as FormatName[];
export const read = (name: FormatName, text: string): Question[] => formats[name].read(text, context);

/** The content of a file, whatever its formatting. */
export function content(name: FormatName, text: string): unknown {
  if (name === 'molmo2' || name === 'pixmo-points')
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as unknown);
  return name === 'csv' || name === 'mot' ? text.split('\n').toSorted() : (JSON.parse(text) as unknown);
}
