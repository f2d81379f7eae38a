// Which pictures move and for how long, read from bytes that anybody may have written.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { movingFrames } from '../../src/media/moving/moving-frames.ts';
import { frameAt, frameStarts, refuseEndless } from '../../src/media/moving/moving-times.ts';
import { damagedBytes } from '../hostile/damage-bytes.ts';
import { randomOf } from '../hostile/damage-json.ts';

const fixture = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../fixtures/media/${name}`, import.meta.url)));
const kinds = ['moving.gif', 'moving.png', 'moving.webp'] as const;

test.each(kinds)('%s: each frame for as long as it was written for', (name) => {
  const { width, height, durationsSec } = movingFrames(fixture(name)) ?? {};
  expect([width, height]).toEqual([96, 64]);
  // The last one lasts as long as its writer liked.
  expect(durationsSec?.slice(0, 19)).toEqual(Array.from({ length: 19 }, (_, n) => (n % 5 === 0 ? 0.4 : 0.1)));
  expect(durationsSec).toHaveLength(20);
});

test.each(['quarters.gif', 'quarters.png', 'quarters.webp', 'quarters.jpg', 'one-frame.mp4'])(
  '%s does not move',
  (name) => expect(movingFrames(fixture(name))).toBeNull(),
);

test('frames without a time of their own are shown for a tenth of a second, as browsers do', () => {
  const bytes = fixture('moving.gif');
  for (let at = 0; at + 8 < bytes.length; at++)
    if (bytes[at] === 0x21 && bytes[at + 1] === 0xf9 && bytes[at + 2] === 4) bytes.fill(0, at + 4, at + 6);
  expect(new Set(movingFrames(bytes)?.durationsSec)).toEqual(new Set([0.1]));
});

test.each(kinds)('of a %s that is cut off, the frames that are there', (name) => {
  const bytes = fixture(name);
  const whole = movingFrames(bytes)?.durationsSec ?? [];
  let before = 0;
  for (let end = 0; end <= bytes.length; end += 7) {
    const { durationsSec = [] } = movingFrames(bytes.subarray(0, end)) ?? {};
    expect(whole.slice(0, durationsSec.length)).toEqual(durationsSec);
    expect(durationsSec.length).toBeGreaterThanOrEqual(before);
    before = durationsSec.length;
  }
  expect(before).toBeGreaterThan(15);
});

test.each(kinds)('a damaged %s is read to an end, and has no more frames than bytes', (name) => {
  const bytes = fixture(name);
  for (let seed = 1; seed <= 300; seed++) {
    const damaged = damagedBytes(bytes, randomOf(seed));
    const frames = movingFrames(damaged)?.durationsSec ?? [];
    expect(frames.length).toBeLessThanOrEqual(damaged.length);
    expect(frames.every((sec) => sec > 0.01 && sec < 1e5)).toBe(true);
  }
});

describe('times', () => {
  test('the frame of a moment is the last that begins no later', () => {
    const { starts, endSec } = frameStarts([0.1, 0.2, 0.7]);
    expect([...starts, endSec]).toEqual([0, 0.1, 0.3, 1]);
    expect([0, 0.09, 0.1, 0.29, 0.3, 5].map((sec) => frameAt(starts, sec))).toEqual([0, 0, 1, 1, 2, 2]);
  });

  test('more frames than can be drawn in minutes are refused with their number', () => {
    const durationsSec = Array.from({ length: 10_000 }, () => 0.1);
    const size = { type: 'gif', width: 9000, height: 9000, durationsSec } as const;
    expect(() => refuseEndless(size, 'The video')).toThrow(
      /10000 frames of 9000 x 9000.*limit is 987 of that size/,
    );
    expect(() => refuseEndless({ ...size, width: 1000, height: 1000 }, 'The video')).not.toThrow();
  });
});
