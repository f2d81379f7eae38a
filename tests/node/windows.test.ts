// A drawn clip on known paths, walked window by window by the embedded model: every object is one track, and is where each
// window found it. WINDOW_CLIP_SEC makes it as long as one likes.

import process from 'node:process';
import { afterAll, describe, expect, test } from 'vitest';
import { Molmo2, type Answer, type TimeWindow, type Track, type WindowEvent } from '../../src/index.ts';
import { forcedKernels } from '../forced-family.ts';
import { watchBuffers } from '../live-buffers.ts';
import { exactMedia, samples } from '../parity/samples.ts';
import { drawClip, toAndFro, type Place, type Shape } from '../shape-clip.ts';
import { isInstalled, temporary } from './make-videos.ts';
import { sampleLike } from '../sample-questions.ts';

const clipSec = Number(process.env['WINDOW_CLIP_SEC'] ?? 13);
const walk = { windowSec: 3, overlapSec: 1 };
const side = 168;

const up = toAndFro(0.85, 0.55, 10);
const across = toAndFro(0.2, 0.8, 23);
const shapes: readonly (Shape & { readonly name: string })[] = [
  {
    name: 'red triangle',
    kind: 'triangle',
    color: [214, 39, 40],
    radius: 0.11,
    at: (t) => ({ x: 0.75, y: up(t) }),
  },
  { name: 'blue cross', kind: 'cross', color: [31, 90, 220], radius: 0.1, at: () => ({ x: 0.3, y: 0.75 }) },
  {
    name: 'yellow star',
    kind: 'star',
    color: [240, 220, 30],
    radius: 0.1,
    at: (t) => ({ x: across(t), y: 0.25 }),
  },
];
// A short run asks about one of them.
const asked = clipSec < 60 ? shapes.slice(0, 1) : shapes;

const buffers = await watchBuffers();
const molmo = await Molmo2.load(forcedKernels);
afterAll(() => molmo.dispose());

/** How far a place is from where the object is, as a share of the picture. */
function off({ x, y }: Place, { x: atX, y: atY }: Place): number {
  return Math.max(Math.abs(x / side - atX), Math.abs(y / side - atY));
}

interface Walked {
  readonly events: readonly WindowEvent[];
  readonly tracks: readonly Track[];
  /** The most bytes of buffers, and of the process, by window. */
  readonly peaks: readonly { readonly endSec: number; readonly gpu: number; readonly process: number }[];
}

async function walked(video: string, prompt: string): Promise<Walked> {
  const events: WindowEvent[] = [];
  const peaks: { endSec: number; gpu: number; process: number }[] = [];
  for await (const event of molmo.askWindows({ video, prompt, ...walk })) {
    // Tracks are told anew in each window: whoever keeps all of them grows with the walk.
    if (event.type === 'window' || event.type === 'done') events.push(event);
    else if (event.type === 'progress' && event.stage === 'decode' && event.done === 1) {
      const window = events.findLast((one) => one.type === 'window');
      peaks.push({
        endSec: window?.window.endSec ?? 0,
        gpu: buffers.peak,
        process: process.memoryUsage().rss,
      });
      buffers.forgetPeak();
    }
  }
  const done = events.at(-1);
  if (done?.type !== 'done') throw new Error('no answer');
  return { events, tracks: done.answer.tracks, peaks };
}

/** What the model says of a window that is asked about alone. */
async function alone(video: string, prompt: string, { startSec, endSec }: TimeWindow): Promise<Answer> {
  for await (const event of molmo.ask({ video, prompt, startSec, endSec }))
    if (event.type === 'done') return event.answer;
  throw new Error('no answer');
}

describe.skipIf(!isInstalled)(`a clip of ${clipSec} s`, () => {
  const video = temporary('shapes.mp4');
  if (isInstalled) drawClip(video, shapes, clipSec);
  const all: Walked[] = [];

  test.each(asked)('$name is one track, where its windows found it', async ({ name, at }) => {
    const prompt = `Track the ${name}.`;
    const run = await walked(video, prompt);
    all.push(run);
    const windows = run.events.flatMap((event) => (event.type === 'window' ? [event.window] : []));
    expect(windows.length).toBe(Math.ceil((clipSec - 1) / 2));
    expect(windows.length).toBeGreaterThanOrEqual(6);
    const said = run.events.flatMap((event) => (event.type === 'done' ? event.answer.windows : []));
    const found = said.filter(({ text }) => text.startsWith('<tracks'));
    // The model loses an object now and then, and then there is another track; where it does not there is one.
    const gaps = said.filter(
      ({ text }, i) => i > 0 && !text.startsWith('<tracks') && said[i - 1]!.text.startsWith('<tracks'),
    );
    expect(found.length).toBeGreaterThanOrEqual(0.9 * windows.length);
    expect(run.tracks.length).toBeLessThanOrEqual(1 + gaps.length);
    const [longest] = run.tracks.toSorted((a, b) => b.points.length - a.points.length);
    expect(longest!.label).toBe(name);
    expect(new Set(windows.filter(({ startSec, endSec }) => longest!.points.some(({ timeSec }) => timeSec >= startSec && timeSec <= endSec))).size).toBeGreaterThanOrEqual(6); // prettier-ignore

    // Some windows asked alone: where such an answer is right, so is the joined track, within 2% of the picture.
    const some = windows
      .filter(({ index }) => index % Math.ceil(windows.length / 6) === 1)
      .slice(0, clipSec < 60 ? 2 : 6);
    let compared = 0;
    for (const window of some) {
      const own = (await alone(video, prompt, window)).tracks;
      for (const { timeSec, x, y } of own.length === 1 ? own[0]!.points : []) {
        if (off({ x, y }, at(timeSec)!) > 0.02) continue;
        // What the window before said of the overlap stays.
        if (timeSec <= window.startSec + walk.overlapSec && window.index > 0) continue;
        const point = run.tracks
          .flatMap(({ points }) => points)
          .find((one) => Math.abs(one.timeSec - timeSec) < 0.06);
        expect(point, `${timeSec} s`).toBeDefined();
        expect(off(point!, at(timeSec)!)).toBeLessThanOrEqual(0.02);
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThanOrEqual(some.length);
    for (const { points } of run.tracks)
      points.forEach(({ timeSec }, i) => {
        if (i > 0) expect(timeSec - points[i - 1]!.timeSec).toBeCloseTo(0.5, 6);
      });
  });

  test('takes no more memory at its end than at its beginning', () => {
    for (const { peaks } of all) {
      const early = peaks.slice(0, clipSec < 60 ? 3 : 59);
      const most = (list: Walked['peaks'], what: 'gpu' | 'process') =>
        Math.max(...list.map((one) => one[what]));
      // The first window of the first walk makes what later ones use again.
      expect(most(peaks.slice(1), 'gpu')).toBe(most(early.slice(1), 'gpu'));
      if (clipSec >= 600) expect(most(peaks, 'process')).toBeLessThan(1.05 * most(early, 'process'));
    }
  });
});

describe.skipIf(!isInstalled)('a walk', () => {
  test('that is left ends, and other questions are answered between windows', async () => {
    const video = temporary('short.mp4');
    drawClip(video, shapes, 6);
    let hi: Promise<string> | null = null;
    let window = -1;
    let between = -1;
    for await (const event of molmo.askWindows({ video, prompt: 'Track the blue cross.', ...walk })) {
      if (event.type === 'window') ({ index: window } = event.window);
      hi ??= (async () => {
        for await (const told of molmo.ask({ prompt: 'Hi' })) {
          if (told.type !== 'done') continue;
          between = window;
          return told.answer.text;
        }
        return '';
      })();
      if (event.type === 'track' && window === 1) break;
    }
    expect(await hi).not.toBe('');
    expect(between).toBeLessThanOrEqual(1);
  });

  test('of windows that cannot be is refused before anything is opened', async () => {
    const asking = async (input: object) => {
      for await (const _ of molmo.askWindows({ video: 'missing.mp4', prompt: 'x', ...input }));
    };
    await expect(asking({ windowSec: 60 })).rejects.toThrow(/"windowSec" is 60, .*at most 11\.50 s/);
    await expect(asking({ windowSec: -1 })).rejects.toThrow(/"windowSec" must be seconds above 0, got -1/);
    await expect(asking({ point: { timeSec: 0, x: 1, y: 1 } })).rejects.toThrow(/"point" is no part of/);
    const short = exactMedia(sampleLike(await samples(), { kind: 'video' }));
    await expect(asking({ ...short, startSec: 9 })).rejects.toMatchObject({ code: 'bad-request' });
    await expect(asking({ ...short, startSec: 2, endSec: 1 })).rejects.toThrow();
    await expect(asking({})).rejects.toMatchObject({ code: 'media-unreadable' });
  });
});
