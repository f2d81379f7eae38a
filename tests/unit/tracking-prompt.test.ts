import { expect, test } from 'vitest';
import { trackPointPrompt } from '../../src/text/tracking-prompt.ts';

const input = { label: 'dog', timeSec: 0, x: 355.2, y: 121.68, width: 640, height: 720, fps: 2 };

test('the question is worded as in training, with its style', () => {
  expect(trackPointPrompt(input)).toEqual({
    prompt: 'Track <points coords="0.0 1 555 169">dog</points> in 2 FPS.',
    style: 'video_single_point_track_per_frame',
  });
});

test.each([
  [{ x: 0, y: 720 }, '0.0 1 000 1000'],
  [{ x: 0.32, y: 1.08 }, '0.0 1 000 002'], // 0.5 and 1.5 thousandths: ties go to the even number
  [{ timeSec: 12.25 }, '12.2 1 555 169'],
])('%o is written %s', (change, coords) => {
  expect(trackPointPrompt({ ...input, ...change }).prompt).toContain(`coords="${coords}"`);
});

test('the rate is written as an integer', () => {
  expect(trackPointPrompt({ ...input, fps: 1.9 }).prompt).toContain('in 1 FPS');
  expect(trackPointPrompt({ ...input, fps: 0.5 }).prompt).toContain('in 1 FPS');
});

test.each([[{ x: -1 }], [{ x: 641 }], [{ y: 721 }], [{ y: Number.NaN }], [{ timeSec: -1 }]])(
  'a point outside the video is refused: %o',
  (change) => {
    expect(() => trackPointPrompt({ ...input, ...change })).toThrow(
      expect.objectContaining({ code: 'bad-request' }),
    );
  },
);
