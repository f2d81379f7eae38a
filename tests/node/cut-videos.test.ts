// Files whose end is missing: everything up to the last whole frame is there, and what is missing is told.

import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { frameNumber } from '../numbered-frames.ts';
import { allFrames, failure, record, temporary, videoTest, x264 } from './make-videos.ts';
import { withEdits, withIndexFirst } from './rewrite-boxes.ts';

/** A copy of the first `length` bytes, or without the last ones where it is negative. */
function cut(path: string, length: number): string {
  const out = temporary(`cut-${path.replace(/.*\./, '.')}`);
  writeFileSync(out, readFileSync(path).subarray(0, length));
  return out;
}

/** How many frames of 1/25 s it is shown with; the last one carries the number that follows from it. */
async function shownFrames(path: string, first = 0): Promise<{ count: number; notices: readonly string[] }> {
  const { video, pictures } = await allFrames(path);
  const count = Math.round(video.durationSec * 25);
  expect(video.durationSec).toBeCloseTo(count / 25, 2);
  const numbers = pictures.map((picture) => frameNumber(picture) - first);
  expect(numbers.slice(0, -1)).toEqual(numbers.slice(0, -1).map((_, k) => Math.floor(k * 12.5)));
  expect(numbers.at(-1)).toBe(count - 1);
  return { count, notices: video.notices ?? [] };
}

const notice = (path: string, count: number) =>
  `video (${path}) is cut off: what follows ${(count / 25).toFixed(2)} s is missing. Download it again to ask about all of it.`;

const plain = [...x264.slice(0, -1), '0', '-g', '25', '-sc_threshold', '0'];
const recording = { count: 100, isTextured: true };
const indexFirst = (ending = 'mp4') =>
  withIndexFirst(record(`stored.${ending}`, recording, plain), `first.${ending}`);

describe('an index at the front that names frames whose bytes are missing', () => {
  for (const ending of ['mp4', 'mov'])
    videoTest(`half of an ${ending.toUpperCase()}`, async () => {
      const whole = indexFirst(ending);
      expect(await shownFrames(whole)).toEqual({ count: 100, notices: [] });
      const path = cut(whole, readFileSync(whole).length * 0.5);
      const { count, notices } = await shownFrames(path);
      expect(Math.abs(count - 50)).toBeLessThan(8);
      expect(notices).toEqual([notice(path, count)]);
    });

  videoTest('the last byte is missing', async () => {
    const path = cut(indexFirst(), -1);
    expect(await shownFrames(path)).toEqual({ count: 99, notices: [notice(path, 99)] });
  });

  videoTest('reordered frames end with the last one that is there', async () => {
    const whole = withIndexFirst(record('reordered.mp4', recording, [...x264, '-g', '25']), 'first.mp4');
    const { video, pictures } = await allFrames(cut(whole, readFileSync(whole).length * 0.6));
    const last = Math.round(video.durationSec * 25) - 1;
    expect(last).toBeGreaterThan(40);
    expect(last).toBeLessThan(80);
    expect(frameNumber(pictures.at(-1)!)).toBe(last);
    expect(video.notices).toHaveLength(1);
  });

  videoTest('a part that is shown and whole lacks nothing; one that is not is told', async () => {
    const part = { mediaSec: 0.4, durationSec: 1.2 };
    const edited = withIndexFirst(
      withEdits(record('stored.mp4', recording, plain), 'edited.mp4', [part]),
      'first.mp4',
    );
    const { length } = readFileSync(edited);
    expect(await shownFrames(cut(edited, length * 0.8), 10)).toEqual({ count: 30, notices: [] });
    const path = cut(edited, length * 0.3);
    const { count, notices } = await shownFrames(path, 10);
    expect(count).toBeLessThan(30);
    expect(notices).toEqual([notice(path, count)]);
  });

  videoTest('without one whole frame it is an error', async () => {
    const whole = indexFirst();
    const media = readFileSync(whole).indexOf('mdat') + 4;
    for (const length of [media, media + 100])
      expect((await failure(cut(whole, length))).message).toMatch(
        /without a whole frame.*is damaged or cut off/,
      );
  });

  videoTest('cut inside it, it is an error', async () => {
    const whole = indexFirst();
    const { message } = await failure(cut(whole, readFileSync(whole).indexOf('stbl')));
    expect(message).toMatch(/cannot be opened: \d+ bytes, not recognised as a video|without a whole frame/);
  });
});

describe('other containers', () => {
  videoTest('an AVI whose head announces more', async () => {
    const path = record('whole.avi', recording, plain);
    expect((await shownFrames(path)).notices).toEqual([]);
    const { notices } = await shownFrames(cut(path, readFileSync(path).length * 0.6));
    expect(notices).toHaveLength(1);
  });

  videoTest('MKV: the notice counts frames, not the index behind them', async () => {
    const whole = record('whole.mkv', recording, plain);
    const bytes = readFileSync(whole);
    const cues = bytes.lastIndexOf(Buffer.from([0x1c, 0x53, 0xbb, 0x6b]));
    expect(await shownFrames(cut(whole, cues + 8))).toEqual({ count: 100, notices: [] });
    const path = cut(whole, cues - 1);
    expect(await shownFrames(path)).toEqual({ count: 99, notices: [notice(path, 99)] });
  });

  const fragmented = () =>
    record('fragments.mp4', recording, [...plain, '-movflags', 'frag_keyframe+empty_moov']);
  videoTest('a fragmented MP4 whose last fragment is cut', async () => {
    const whole = fragmented();
    const bytes = readFileSync(whole);
    const media = bytes.lastIndexOf('mdat');
    const index = bytes.lastIndexOf('moof');
    expect((await shownFrames(whole)).notices).toEqual([]);
    expect(await shownFrames(cut(whole, bytes.lastIndexOf('mfra') + 4))).toEqual({ count: 100, notices: [] });
    for (const length of [media + 4, index + 30, index + 60, media - 8]) {
      const path = cut(whole, length);
      expect(await shownFrames(path)).toEqual({ count: 75, notices: [notice(path, 75)] });
    }
    const path = cut(whole, bytes.lastIndexOf('mfra') - 5);
    expect(await shownFrames(path)).toEqual({ count: 99, notices: [notice(path, 99)] });
  });
});
