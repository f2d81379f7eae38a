import { expect, test } from 'vitest';
import { clockTime, duration } from '../../demo/format.ts';
import { chooseMedia } from '../../demo/media.ts';
import { isPossible, presetPrompt } from '../../demo/preset-prompts.ts';
import { lanes, nextStop, stops } from '../../demo/timeline-marks.ts';

const file = (name: string, type: string) => new File(['x'], name, { type });

const cannotShow = () => Promise.resolve(false);

test('files are one picture, several pictures or one video', async () => {
  expect(await chooseMedia([file('a.png', 'image/png')])).toMatchObject({
    media: { kind: 'images', name: 'a.png' },
  });
  expect(await chooseMedia([file('a.png', 'image/png'), file('b.avif', '')])).toMatchObject({
    media: { kind: 'images', name: '2 pictures' },
  });
  expect(await chooseMedia([file('clip.mkv', '')])).toMatchObject({ media: { kind: 'video' } });
});

const png = file('a.png', 'image/png');
const mp4 = file('a.mp4', 'video/mp4');
const ftyp = (...brands: string[]) => `\0\0\0\x18ftyp${brands.join('')}`;
const refused = [
  { what: 'nothing', files: [], says: ['No file'] },
  { what: 'a text', files: [file('notes.txt', 'text/plain')], says: ['"notes.txt" is neither'] },
  { what: 'a video and a picture', files: [mp4, png], says: ['One video', 'a video among pictures'] },
  { what: 'two videos', files: [mp4, mp4], says: ['One video', '2 videos'] },
  { what: 'HEIC by its name', files: [file('IMG_1.HEIC', '')], says: ['HEIC', 'JPEG'] },
  {
    what: 'HEIC by its content',
    files: [new File([ftyp('mif1', '\0\0\0\0', 'mif1', 'heic')], 'a.jpg', { type: 'image/jpeg' })],
    says: ['HEIC', 'JPEG'],
  },
  {
    what: 'AVI by its content',
    files: [new File(['RIFF\0\0\0\0AVI '], 'a.mp4', { type: 'video/mp4' })],
    says: ['AVI', 'MP4 (H.264)'],
  },
];
test.each(refused)('$what is refused in words of its own', async ({ files, says }) => {
  const chosen = await chooseMedia(files, cannotShow);
  const problem = 'problem' in chosen ? chosen.problem : null;
  const text = [problem?.title, problem?.message, ...(problem?.help ?? [])].join(' ');
  for (const words of says) expect(text).toContain(words);
});

test('what only sounds like a format that browsers do not open is opened', async () => {
  const avif = new File([ftyp('avif', '\0\0\0\0', 'mif1')], 'a.avif', { type: 'image/avif' });
  for (const one of [avif, new File(['GIF89a'], 'a.heic', { type: 'image/heic' })])
    expect(await chooseMedia([one], cannotShow)).toHaveProperty('media');
  expect(await chooseMedia([file('a.heic', '')], () => Promise.resolve(true))).toHaveProperty('media');
});

const image = { kind: 'images', pictures: 1, builtIn: true } as const;
const clip = { kind: 'video', pictures: 1, builtIn: true } as const;

test('presets use the words that the model was trained with', () => {
  expect(presetPrompt('point', 'red cups', image)).toBe('Point to the red cups.');
  expect(presetPrompt('count', 'red cups', image)).toBe('How many red cups are there?');
  expect(presetPrompt('track', 'red cups', clip)).toBe('Track the red cups.');
  expect(presetPrompt('count', 'stars', clip)).toBe('How many stars appear in the video?');
  expect(presetPrompt('count', 'dogs', { ...clip, builtIn: false })).toBe(
    'How many dogs are there in the video?',
  );
  expect(presetPrompt('describe', '', clip)).toBe('Describe this video.');
  expect(presetPrompt('describe', '', image)).toBe('Describe this image.');
});

test('tracking is offered for a video alone', () => {
  expect([
    isPossible('track', 'images'),
    isPossible('track', 'video'),
    isPossible('point', 'images'),
  ]).toEqual([false, true, true]);
});

const points = [
  { x: 1, y: 1, id: 2, label: 'cup', timeSec: 2 },
  { x: 1, y: 1, id: 1, label: 'cup', timeSec: 0.5 },
  { x: 1, y: 1, id: 3, label: 'cup' },
];
const tracks = [{ id: 1, label: '', points: [0.5, 1].map((timeSec) => ({ timeSec, x: 0, y: 0 })) }];

test('points with a time share a lane, and each track has its own', () => {
  const all = lanes(points, tracks);
  expect(all.map((lane) => [lane.isTrack, lane.marks.map((m) => m.timeSec)])).toEqual([
    [false, [0.5, 2]],
    [true, [0.5, 1]],
  ]);
  expect(all[1]?.marks[0]?.text).toBe('object 1');
  expect(lanes([], [])).toEqual([]);
});

test('the arrow keys stop at every different time and at the ends', () => {
  const times = stops(lanes(points, tracks));
  expect(times).toEqual([0.5, 1, 2]);
  expect([0, 0.5, 1.99, 2].map((now) => nextStop(times, now, 1, 3))).toEqual([0.5, 1, 3, 3]);
  expect([3, 2, 0.5, 0].map((now) => nextStop(times, now, -1, 3))).toEqual([2, 1, 0, 0]);
});

test('times and durations read as people write them', () => {
  expect([0, 9.96, 59.97, 83.5].map(clockTime)).toEqual(['0:00.0', '0:10.0', '1:00.0', '1:23.5']);
  expect([35.4, 1234].map(duration)).toEqual(['35 ms', '1.2 s']);
});
