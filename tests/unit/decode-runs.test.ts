import { expect, test } from 'vitest';
import { decodable, decodeRuns } from '../../src/media/container/decode-runs.ts';
import type { StoredPacket } from '../../src/media/container/stored-packet.ts';

/** Packets in decoding order from the places at which they are shown; an asterisk marks a key frame. */
function packets(...places: readonly (number | `${number}*`)[]): StoredPacket[] {
  return places.map((place, sequence) => ({
    sequence,
    startSec: parseInt(String(place), 10),
    durationSec: 1,
    isKey: String(place).endsWith('*'),
    isShown: true,
  }));
}

test('frames of one group of pictures are one run, in the order in which they are shown', () => {
  expect(decodeRuns(packets('0*', 3, 1, 2, '4*', 5), [0, 2, 1, 5])).toEqual([
    { key: 0, wanted: [0, 2, 1] },
    { key: 4, wanted: [5] },
  ]);
});

test('what is wanted again begins anew', () => {
  expect(decodeRuns(packets('0*', 1, 2), [2, 0, 0])).toEqual([
    { key: 0, wanted: [2] },
    { key: 0, wanted: [0] },
    { key: 0, wanted: [0] },
  ]);
});

test('a frame that is shown before a key frame and stored behind it is decoded from the one before', () => {
  expect(decodeRuns(packets('0*', 1, '4*', 2, 3, 5), [3, 5])).toEqual([
    { key: 0, wanted: [3] },
    { key: 2, wanted: [5] },
  ]);
});

test('what comes before the first key frame, or is shown before it, cannot be decoded', () => {
  expect(decodable(packets(0, 1, '5*', 3, 6))).toEqual([false, false, true, false, true]);
});
