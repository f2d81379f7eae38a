import { describe, expect, test } from 'vitest';
import type { EditList } from '../../src/media/container/edit-list.ts';
import { lacksShown, shownFrames } from '../../src/media/container/shown-frames.ts';
import type { StoredPacket } from '../../src/media/container/stored-packet.ts';

/** Ten packets of a second each, key frames at 0 and 5. */
const packets: readonly StoredPacket[] = Array.from({ length: 10 }, (_, sequence) => ({
  sequence,
  startSec: sequence,
  durationSec: 1,
  isKey: sequence % 5 === 0,
  isShown: true,
}));

const edits = (...parts: readonly (readonly [start: number, end: number])[]): EditList => ({
  edits: parts.map(([start, end]) => ({ mediaTicks: start, durationTicks: end - start })),
  ticksPerSec: 1,
  appliedTicks: 0,
});

const there = (whole: number, begun = whole) => ({ whole, begun });

const shown = (list: EditList | undefined, whole: number, begun = whole) =>
  shownFrames(packets, list, there(whole, begun)).map(({ packet }) => packet);

describe('frames that are named and missing', () => {
  test('are not shown, and lack only where they would be', () => {
    expect(shown(undefined, 7)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(shown(edits([2, 5]), 7)).toEqual([2, 3, 4]);
    expect(shown(edits([2, 9]), 7)).toEqual([2, 3, 4, 5, 6]);
    expect(shown(edits([8, 9]), 7)).toEqual([]);
    expect(lacksShown(packets, undefined, there(10))).toBe(false);
    expect(lacksShown(packets, undefined, there(9))).toBe(true);
    expect(lacksShown(packets, edits([2, 5]), there(7))).toBe(false);
    expect(lacksShown(packets, edits([2, 9]), there(7))).toBe(true);
  });

  test('end the parts of an edit list, as in a player that reads one after the other', () => {
    expect(shown(edits([6, 9], [0, 3]), 8)).toEqual([6, 7]);
    expect(shown(edits([0, 3], [6, 9], [1, 2]), 8)).toEqual([0, 1, 2, 6, 7]);
    // A part is read on to the key frame behind it, here to the end of what is named.
    expect(shown(edits([6, 8], [0, 3]), 8)).toEqual([6, 7]);
    expect(lacksShown(packets, edits([6, 8], [0, 3]), there(8))).toBe(true);
    expect(shown(edits([2, 4], [0, 3]), 6)).toEqual([2, 3, 0, 1, 2]);
    expect(lacksShown(packets, edits([2, 4], [0, 3]), there(6))).toBe(false);
  });

  test('do not end them where some bytes of the packet are there, and it is the last that a part reads', () => {
    expect(shown(edits([0, 3], [7, 8], [1, 2]), 9)).toEqual([0, 1, 2, 7]);
    expect(shown(edits([0, 3], [7, 10], [1, 2]), 9, 10)).toEqual([0, 1, 2, 7, 8, 1]);
    expect(shown(edits([0, 3], [7, 10], [1, 2]), 8, 9)).toEqual([0, 1, 2, 7]);
    expect(lacksShown(packets, edits([7, 10], [1, 2]), there(9, 10))).toBe(true);
  });
});
