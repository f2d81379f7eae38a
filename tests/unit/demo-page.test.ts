import { expect, test } from 'vitest';
import { clockTime, duration } from '../../demo/format.ts';
import { chooseMedia } from '../../demo/media/media.ts';
import { isAnimated } from '../../demo/media/media-formats.ts';
import { isPossible, presetPrompt } from '../../demo/ask/preset-prompts.ts';
import { samplingOf } from '../../demo/player/sampling.ts';

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

const animated = [
  { what: 'a GIF that repeats', head: 'GIF89a' + '\0'.repeat(40) + 'NETSCAPE2.0', moves: true },
  { what: 'a GIF of one frame', head: 'GIF89a' + '\0'.repeat(60), moves: false },
  { what: 'a GIF with one delay', head: 'GIF89a\0\x21\xf9\x04\0\x0a\0\0\0\x2c', moves: false },
  { what: 'a GIF that plays once', head: 'GIF89a' + '\x21\xf9\x04\0\x0a\0\0\0\x2c'.repeat(2), moves: true },
  { what: 'an animated WebP', head: 'RIFF\0\0\0\0WEBPVP8X' + '\0'.repeat(14) + 'ANIM', moves: true },
  { what: 'a WebP', head: 'RIFF\0\0\0\0WEBPVP8 ', moves: false },
  { what: 'an animated PNG', head: '\x89PNG\r\n' + '\0'.repeat(30) + 'acTL', moves: true },
];
test.each(animated)('$what is known by its head', async ({ head, moves }) => {
  const bytes = Uint8Array.from(head, (character) => character.charCodeAt(0));
  expect(await isAnimated(new File([bytes], 'a'))).toBe(moves);
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

test('what a question will look at is told, and that more can be seen where it is little', () => {
  const every = (sec: number, count: number) => Array.from({ length: count }, (_, i) => i * sec);
  expect(samplingOf(every(0.5, 7), false)).toEqual({
    text: 'The model will see 7 frames, one each 0.5 s.',
    isCoarse: false,
  });
  expect(samplingOf(every(7.83, 24), false)).toEqual({
    text: 'The model will see 24 frames, one each 7.8 s: raise their number, or choose a part.',
    isCoarse: true,
  });
  expect(samplingOf(every(12, 3), true).text).toContain('3 frames of the chosen part, one each 12 s');
  expect(samplingOf([], false)).toEqual({ text: '', isCoarse: false });
});

test('times and durations read as people write them', () => {
  expect([0, 9.96, 59.97, 83.5].map(clockTime)).toEqual(['0:00.0', '0:10.0', '1:00.0', '1:23.5']);
  expect([35.4, 1234].map(duration)).toEqual(['35 ms', '1.2 s']);
});
