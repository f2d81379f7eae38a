// What windows of a long video said, put together: tracks by where they are in the overlap, points once.

import { describe, expect, test } from 'vitest';
import type { Answer, AskEvent, Point, TimeWindow, Track, WindowEvent } from '../../src/api.ts';
import { PointJoiner } from '../../src/engine/windows/join-points.ts';
import { TrackJoiner } from '../../src/engine/windows/join-tracks.ts';
import { cheapestPairs } from '../../src/engine/windows/nearest.ts';
import { timeWindows, walkOf } from '../../src/engine/windows/time-windows.ts';
import { walkWindows } from '../../src/engine/windows/walk-windows.ts';
import { Molmo2Error } from '../../src/errors.ts';
import type { WholeVideo } from '../../src/media/media-types.ts';
import { integer, seeded } from './text-support.ts';

const spans = (windows: Iterable<TimeWindow>) =>
  [...windows].map(({ startSec, endSec }) => [startSec, endSec]);

describe('windows', () => {
  test.each([
    ['one where all fits', 0, 3, [[0, 3]]],
    ['a shorter last one', 0, 6, [[0, 3], [2, 5], [4, 6]]],
    ['none for what a clock rounds', 0, 5.001, [[0, 3], [2, 5.001]]],
    ['from a start', 10, 14.5, [[10, 13], [12, 14.5]]],
  ])('%s', (_, from, to, expected) => {
    expect(spans(timeWindows(from, to, { windowSec: 3, overlapSec: 1 }))).toEqual(expected);
  }); // prettier-ignore

  test('know their number and how many there are', () => {
    const all = [...timeWindows(0, 600, { windowSec: 3, overlapSec: 1 })];
    expect(all.length).toBe(300);
    expect(all.every(({ index, total }, i) => index === i && total === 300)).toBe(true);
    expect(all.at(-1)).toMatchObject({ startSec: 598, endSec: 600 });
  });

  test('are as long as the model reads, and overlap on whole steps, where nobody says', () => {
    expect(walkOf({}, { maxFrames: 385, maxFps: 2 })).toEqual({ windowSec: 192, overlapSec: 48 });
    expect(walkOf({ windowSec: 3 }, { maxFrames: 24, maxFps: 2 })).toEqual({ windowSec: 3, overlapSec: 1 });
    expect(walkOf({ windowSec: 0.5 }, { maxFrames: 24, maxFps: 2 })).toEqual({
      windowSec: 0.5,
      overlapSec: 0.25,
    });
    expect(walkOf({ windowSec: 3, overlapSec: 0 }, { maxFrames: 24, maxFps: 2 }).overlapSec).toBe(0);
  });

  test('cannot be longer than the model reads, nor overlap whole', () => {
    const reading = { maxFrames: 24, maxFps: 2 };
    expect(() => walkOf({ windowSec: 12 }, reading)).toThrow(
      /"windowSec" is 12, .*at most 11\.50 s at once \(24 frames\)/,
    );
    expect(() => walkOf({ windowSec: 3, overlapSec: 3 }, reading)).toThrow(
      /"overlapSec" is 3, but must be less/,
    );
  });
});

test('pairs are the cheapest that may be, as brute force finds them', () => {
  const random = seeded(5);
  for (let run = 0; run < 200; run++) {
    const [rows, columns] = [integer(random, 5), integer(random, 5)];
    const costs = Array.from({ length: rows }, () => Array.from({ length: columns }, () => random()));
    const at = (row: number, column: number) => costs[row]![column]!;
    const most = 0.3 + random() / 2;
    /** Most pairs first, then the least sum. */
    const best = (row: number, taken: ReadonlySet<number>): { pairs: number; sum: number } => {
      if (row === rows) return { pairs: 0, sum: 0 };
      let found = best(row + 1, taken);
      for (let column = 0; column < columns; column++) {
        if (taken.has(column) || at(row, column) > most) continue;
        const rest = best(row + 1, new Set([...taken, column]));
        const one = { pairs: rest.pairs + 1, sum: rest.sum + at(row, column) };
        if (one.pairs > found.pairs || (one.pairs === found.pairs && one.sum < found.sum)) found = one;
      }
      return found;
    };
    const got = cheapestPairs(at, rows, columns, most);
    const wanted = best(0, new Set());
    expect(got.length).toBe(wanted.pairs);
    expect(got.reduce((sum, [row, column]) => sum + at(row, column), 0)).toBeCloseTo(wanted.sum, 9);
    expect(new Set(got.map(([row]) => row)).size).toBe(got.length);
    expect(new Set(got.map(([, column]) => column)).size).toBe(got.length);
  }
});

const size = { width: 640, height: 360 };
const walk = { windowSec: 3, overlapSec: 1 };

/** An object that goes round, and is there from one time to another. */
interface Mover {
  readonly label: string;
  readonly fromSec: number;
  readonly toSec: number;
  at(timeSec: number): { readonly x: number; readonly y: number };
}

function mover(label: string, phase: number, fromSec = 0, toSec = Infinity): Mover {
  const turn = (timeSec: number) => (2 * Math.PI * timeSec) / 40 + phase;
  return {
    label,
    fromSec,
    toSec,
    at: (timeSec) => ({
      x: size.width * (0.5 + 0.4 * Math.cos(turn(timeSec))),
      y: size.height * (0.5 + 0.4 * Math.sin(turn(timeSec))),
    }),
  };
}

const times = ({ startSec, endSec }: TimeWindow) => {
  const list: number[] = [];
  for (let t = startSec; t < endSec - 1e-6; t += 0.5) list.push(t);
  return [...list, endSec];
};

/** What a window would say of the movers, in any order, with its own ids and a little off. */
function tracksIn(window: TimeWindow, movers: readonly Mover[], random: () => number): Track[] {
  const seen = movers.flatMap((one): Track[] => {
    const points = times(window)
      .filter((timeSec) => timeSec >= one.fromSec && timeSec <= one.toSec)
      .map((timeSec) => {
        const { x, y } = one.at(timeSec);
        const off = () => 0.02 * (random() - 0.5);
        return { timeSec, x: x + off() * size.width, y: y + off() * size.height };
      });
    return points.length > 0 ? [{ id: null, label: one.label, points }] : [];
  });
  return seen.toSorted(() => random() - 0.5).map((track, i) => ({ ...track, id: i + 1 }));
}

describe('tracks', () => {
  test('of ten minutes are one for each object, also of one label, with every time once', () => {
    const random = seeded(7);
    const movers = [
      mover('red star', 0),
      mover('red star', 2),
      mover('Red star', 4),
      mover('blue circle', 1, 100.5, 400),
      mover('blue circle', 1, 500, 520),
    ];
    const joiner = new TrackJoiner(size);
    let told = 0;
    for (const window of timeWindows(0, 600, walk)) {
      for (const track of joiner.add(tracksIn(window, movers, random), window)) {
        expect(track.points.at(-1)!.timeSec).toBeLessThanOrEqual(window.endSec);
        told += 1;
      }
    }
    expect(told).toBeGreaterThan(3 * 300);
    expect(joiner.tracks.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
    for (const one of movers) {
      const own = joiner.tracks.filter(({ label, points: [first] }) => {
        if (label.toLowerCase() !== one.label.toLowerCase() || !first) return false;
        const { x, y } = one.at(first.timeSec);
        return (
          first.timeSec >= one.fromSec &&
          first.timeSec <= one.fromSec + 0.5 &&
          Math.hypot(first.x - x, first.y - y) < 15
        );
      });
      expect(own.length, one.label).toBe(1);
      const { points } = own[0]!;
      const last = Math.min(600, one.toSec);
      expect(points.length).toBe(Math.ceil((last - one.fromSec) / 0.5) + 1);
      points.forEach(({ timeSec, x, y }, i) => {
        if (i > 0) expect(timeSec - points[i - 1]!.timeSec).toBeCloseTo(0.5, 6);
        const place = one.at(timeSec);
        expect(Math.abs(x - place.x)).toBeLessThan(0.02 * size.width);
        expect(Math.abs(y - place.y)).toBeLessThan(0.02 * size.height);
      });
    }
  });

  test('that are elsewhere in the overlap, or called otherwise, are others', () => {
    const still = (label: string, x: number, from: number): Track => ({
      id: 1,
      label,
      points: [0, 1, 2, 3].map((t) => ({ timeSec: from + t, x, y: 100 })),
    });
    const joiner = new TrackJoiner(size);
    const [first, second] = [...timeWindows(0, 5, walk)];
    joiner.add([still('dog', 100, 0)], first!);
    expect(joiner.add([still('dog', 200, 2), still('cat', 100, 2)], second!).map(({ id }) => id)).toEqual([
      2, 3,
    ]);
    expect(joiner.tracks.length).toBe(3);
  });

  test('go on where a window says less of an object or more, and have the fuller label', () => {
    const still = (label: string, from: number, x: number): Track => ({
      id: 1,
      label,
      points: [0, 1, 2, 3].map((t) => ({ timeSec: from + t, x, y: 100 })),
    });
    const joiner = new TrackJoiner(size);
    const labels = [
      ['triangle', 'blue cross'],
      ['red triangle', 'Cross, blue'],
      ['triangle', 'cross'],
      // What it said of the first before keeps another kind of triangle out.
      ['blue triangle', 'cross'],
    ];
    const walked = [...timeWindows(0, 9, walk)];
    labels.forEach(([a = '', b = ''], i) => {
      const { startSec } = walked[i]!;
      joiner.add([still(a, startSec, 100), still(b, startSec, 120)], walked[i]!);
    });
    expect(joiner.tracks.map(({ label, points }) => [label, points.at(-1)!.timeSec])).toEqual([
      ['red triangle', 7],
      ['blue cross', 9],
      ['blue triangle', 9],
    ]);
  });

  test('are joined at times between their points where windows sampled differently', () => {
    const joiner = new TrackJoiner(size);
    const line = (from: number, step: number): Track => ({
      id: 1,
      label: 'dog',
      points: Array.from({ length: 7 }, (_, i) => ({
        timeSec: from + i * step,
        x: 100 * (from + i * step),
        y: 50,
      })),
    });
    joiner.add([line(0, 0.5)], { index: 0, total: 2, startSec: 0, endSec: 3 });
    const [joined] = joiner.add([line(2.25, 0.5)], { index: 1, total: 2, startSec: 2.25, endSec: 5.25 });
    expect(joined!.id).toBe(1);
    expect(joined!.points.map(({ timeSec }) => timeSec)).toEqual([
      0, 0.5, 1, 1.5, 2, 2.5, 3, 3.25, 3.75, 4.25, 4.75, 5.25,
    ]);
  });
});

describe('points', () => {
  const point = (timeSec: number, x: number, label = 'dog'): Point => ({ timeSec, x, y: 50, id: 1, label });
  const windows = [...timeWindows(0, 9, walk)];
  const joined = (...said: Point[][]) => {
    const joiner = new PointJoiner(size, 0.5);
    said.forEach((points, i) => joiner.add(points, windows[i]!));
    return joiner.points.map(({ id, timeSec, x }) => [id, timeSec, x]);
  };

  test('of an object that stays are counted once: each window tells it at its first frame', () => {
    expect(joined([point(0, 10)], [point(2, 90)], [point(4, 170)], [point(6, 250)])).toEqual([[1, 0, 10]]);
  });

  test('in the overlap of two windows are one, also a step apart', () => {
    expect(joined([point(2.5, 10)], [point(2.5, 12)])).toEqual([[1, 2.5, 10]]);
    expect(joined([point(2.5, 10)], [point(3, 30)])).toEqual([[1, 2.5, 10]]);
  });

  test('in the overlap that only the later window saw begin are new', () => {
    expect(joined([point(0, 10)], [point(2, 60), point(3, 600)])).toEqual([
      [1, 0, 10],
      [2, 3, 600],
    ]);
  });

  test('behind the overlap are new, and numbered on', () => {
    expect(joined([], [point(3.5, 10), point(4, 20)], [point(4, 20), point(6.5, 30, 'cat')])).toEqual([
      [1, 3.5, 10],
      [2, 4, 20],
      [3, 6.5, 30],
    ]);
  });
});

describe('a walk', () => {
  const noTimings = { loadMs: 5, mediaMs: 1, visionMs: 1, prefillMs: 1, decodeMs: 1, totalMs: 4 };
  const answer = (text: string, rest: Partial<Answer>): Answer => ({
    text,
    tokenIds: [],
    finishReason: 'stop',
    points: [],
    tracks: [],
    count: null,
    usage: { promptTokens: 10, visionTokens: 8, visionCrops: 3, newTokens: 2 },
    timings: noTimings,
    ...rest,
  });
  const video: WholeVideo = {
    ...size,
    durationSec: 7,
    isSampled: true,
    sample: () => ({ timestamps: [], startSec: 0, frames: async function* () {} }),
    close() {},
  };

  async function walked(of: WholeVideo, ask: (window: TimeWindow, emit: (event: AskEvent) => void) => void) {
    const events: WindowEvent[] = [];
    const tell = async (window: TimeWindow, emit: (event: AskEvent) => void) => ask(window, emit);
    await walkWindows({
      video: of,
      walk,
      startSec: 0,
      endSec: Infinity,
      stepSec: 0.5,
      ask: tell,
      emit: (event) => events.push(event),
    });
    const done = events.at(-1);
    if (done?.type !== 'done') throw new Error('no answer');
    return { events, answer: done.answer };
  }

  test('tells windows, what they say, tracks as they grow, and sums', async () => {
    const dog = mover('dog', 0);
    const { events, answer: whole } = await walked(video, (window, emit) => {
      emit({ type: 'progress', stage: 'vision', done: 1, total: 1 });
      emit({ type: 'text', text: 'a dog' });
      emit({ type: 'done', answer: answer('<tracks>', { tracks: tracksIn(window, [dog], () => 0.5) }) });
    });
    expect(events.map(({ type }) => type).join(' ')).toBe(
      `media ${'window progress text track count '}${'window progress text track '.repeat(2)}done`,
    );
    expect(whole).toMatchObject({
      count: 1,
      points: [],
      usage: { promptTokens: 30, visionTokens: 24, visionCrops: 9, newTokens: 6 },
      timings: { loadMs: 5, totalMs: 12 },
    });
    expect(whole.tracks).toHaveLength(1);
    expect(whole.tracks[0]!.points.map(({ timeSec }) => timeSec)).toEqual(
      Array.from({ length: 15 }, (_, i) => i / 2),
    );
    expect(whole.windows.map(({ text, startSec }) => [text, startSec])).toEqual([['<tracks>', 0], ['<tracks>', 2], ['<tracks>', 4]]); // prettier-ignore
  });

  test('says no number where windows state some without pointing, or none', async () => {
    const stated = (text: string, count: number | null) =>
      walked(video, (_, emit) => emit({ type: 'done', answer: answer(text, { count }) }));
    expect((await stated('3', 3)).answer.count).toBe(null);
    expect((await stated('A street.', null)).answer.count).toBe(null);
    expect((await stated('There are none.', 0)).answer.count).toBe(0);
  });

  test('passes over windows in which a list of frames has none, and no other failure', async () => {
    const none = new Molmo2Error('bad-request', 'No frame');
    const list: WholeVideo = {
      ...video,
      isSampled: false,
      sample: ({ startSec = 0 }) => {
        if (startSec === 2) throw none;
        return video.sample({ maxFrames: 2, maxFps: 1, mode: 'fps', samplingFps: 1 });
      },
    };
    const { answer: whole } = await walked(list, ({ startSec }, emit) => {
      if (startSec === 2) throw none;
      emit({ type: 'done', answer: answer('x', {}) });
    });
    expect(whole.windows.map(({ index }) => index)).toEqual([0, 2]);
    const failing = walked(video, () => {
      throw none;
    });
    await expect(failing).rejects.toBe(none);
  });
});
