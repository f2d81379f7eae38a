// Asking again about the newest frame, with frames and answers that are made by rule: what is asked, when, and what stays open.

import { expect, test } from 'vitest';
import { live, type FrameSource, type LiveEvent } from '../../src/live/live.ts';
import { fakeMolmo } from './fake-molmo.ts';

/** Frames that come every few milliseconds, whether somebody takes them or not; `open` are those that nobody closed. */
function clock(everyMs: number, last = Infinity) {
  const startMs = performance.now();
  const passed = (): number => Math.floor((performance.now() - startMs) / everyMs);
  let given = -1;
  const state = { open: 0, mostOpen: 0, given: [] as number[], closed: 0 };
  const source: FrameSource = {
    async next(signal) {
      while (passed() === given) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        signal?.throwIfAborted();
      }
      given = passed();
      if (state.given.length >= last) return null;
      state.given.push(given);
      state.mostOpen = Math.max(state.mostOpen, ++state.open);
      return { width: 640, height: 360, close: () => state.open-- } as unknown as ImageBitmap;
    },
    close: () => state.closed++,
  };
  return { source, state };
}

async function collect(events: AsyncIterable<LiveEvent>): Promise<LiveEvent[]> {
  const all: LiveEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

test('each answer is about the newest frame, one after the other, and those between are passed over', async () => {
  const { molmo, asked } = fakeMolmo({ pieces: [30, 'There.'] });
  const { source, state } = clock(5, 6);
  const events = await collect(live(molmo, source, { prompt: 'Where?', maxCrops: 2 }, { maxNewTokens: 7 }));
  expect(events.filter(({ type }) => type === 'done').map((event) => event.frame.number)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(state).toMatchObject({ open: 0, mostOpen: 1, closed: 1 });
  // An answer takes six frames, so that at least four of them are never asked about.
  const steps = state.given.slice(1).map((frame, i) => frame - (state.given[i] ?? 0));
  expect(Math.min(...steps)).toBeGreaterThanOrEqual(5);
  expect(asked).toHaveLength(6);
  expect(asked[0]).toMatchObject({ input: { prompt: 'Where?', maxCrops: 2 }, options: { maxNewTokens: 7 } });
  expect(asked[0]?.input).not.toHaveProperty('everyMs');
  expect(events[0]).toMatchObject({ type: 'frame', frame: { number: 1, width: 640, height: 360 } });
}); // prettier-ignore

test('the question may change from frame to frame, and there is time between two', async () => {
  const { molmo, asked } = fakeMolmo();
  const words = ['red', 'blue', 'green'];
  const { source } = clock(1, 3);
  const prompt = () => `Point to the ${words.shift()} one.`;
  const events = await collect(live(molmo, source, { prompt, everyMs: 40 }));
  expect(asked.map(({ input }) => input.prompt?.split(' ')[3])).toEqual(['red', 'blue', 'green']);
  const taken = events.flatMap((event) => (event.type === 'frame' ? event.frame.takenMs : []));
  for (const i of [1, 2]) expect((taken[i] ?? 0) - (taken[i - 1] ?? 0)).toBeGreaterThanOrEqual(39);
});

test('leaving the loop, a signal and a failed answer leave no frame open and no question under way', async () => {
  const left = fakeMolmo();
  const first = clock(1);
  for await (const event of live(left.molmo, first.source, { prompt: 'Where?' }))
    if (event.type === 'text' && event.frame.number === 2) break;
  expect([first.state.open, first.state.closed, left.ended(), left.asked.length]).toEqual([0, 1, 2, 2]);

  const stopped = fakeMolmo({ pieces: [10_000, 'Late.'] });
  const second = clock(1);
  const work = new AbortController();
  setTimeout(() => work.abort(new Error('enough')), 20);
  const { signal } = work;
  await expect(collect(live(stopped.molmo, second.source, { prompt: 'x' }, { signal }))).rejects.toThrow('enough');
  expect([second.state.open, second.state.closed, stopped.ended()]).toEqual([0, 1, 1]);

  const failing = fakeMolmo({ error: { value: new Error('no memory'), when: 'first' } });
  const third = clock(1);
  await expect(collect(live(failing.molmo, third.source, { prompt: 'x' }))).rejects.toThrow('no memory');
  expect([third.state.open, third.state.closed]).toEqual([0, 1]);
}); // prettier-ignore

test('a signal ends the time between two questions and the wait for a frame', async () => {
  const { molmo, asked } = fakeMolmo();
  const work = new AbortController();
  const { source, state } = clock(1);
  setTimeout(() => work.abort(new Error('enough')), 50);
  const events = live(molmo, source, { prompt: 'x', everyMs: 60_000 }, { signal: work.signal });
  await expect(collect(events)).rejects.toThrow('enough');
  expect([asked.length, state.open, state.closed]).toEqual([1, 0, 1]);
  const never = AbortSignal.abort(new Error('before'));
  await expect(collect(live(molmo, source, { prompt: 'x' }, { signal: never }))).rejects.toThrow('before');
  expect(asked).toHaveLength(1);
});

test('what cannot be is named', async () => {
  const { molmo } = fakeMolmo();
  const { source } = clock(1);
  const ask = (...given: unknown[]) =>
    collect((live as (...all: unknown[]) => AsyncGenerator<LiveEvent>)(molmo, ...given));
  await expect(ask(source, { prompt: 5 })).rejects.toThrow('"prompt" must be a string or a function');
  await expect(ask(source, { prompt: 'x', everyMs: -1 })).rejects.toThrow('"everyMs" must be milliseconds');
  await expect(ask(null, { prompt: 'x' })).rejects.toThrow('Frames come from a <video>');
  await expect(ask({}, { prompt: 'x' })).rejects.toThrow('[object Object]');
});
