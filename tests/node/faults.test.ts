// A server that misbehaves in every way: a load ends right or with one clear error, and the cache holds nothing wrong.
// `npm run soak` runs 200 schedules (FAULT_SCHEDULES) from a new seed (FAULT_SEED).

import { env } from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Molmo2Error } from '../../src/errors.ts';
import { checkSchedule } from '../faults/check-schedule.ts';
import { startFaultServer, type FaultServer } from '../faults/fault-server.ts';
import { loadRun, type LoadRequest } from '../faults/load-run.ts';
import { memoryStore } from '../faults/memory-store.ts';
import { honest, type Fault, type Schedule } from '../faults/schedule.ts';
import { smallRecipe } from '../faults/test-bundle.ts';

const { chunkBytes } = smallRecipe;
let server: FaultServer;
beforeAll(async () => {
  server = await startFaultServer();
});
afterAll(() => server.close());

const once = (...faults: Fault[]): Schedule => ({ faults, after: { kind: 'honest' } });
const always = (after: Fault): Schedule => ({ faults: [], after });

/** A load of one chunk at a time, so that the order of requests is known; waits are written down and not waited for. */
async function inOrder(schedule: Schedule, more: Partial<LoadRequest> = {}) {
  const run = await server.add(smallRecipe, schedule);
  const waits: number[] = [];
  const sleep = async (ms: number) => void waits.push(ms);
  const policy = { sleep, random: () => 0, ...more.policy };
  const options = { maxBytes: 1, ...more.options };
  const end = await loadRun({ store: null, ...run, chunkBytes, ...more, policy, options });
  return { ...end, run, waits };
}

function expectLoaded({ shards, error, run }: Awaited<ReturnType<typeof inOrder>>): void {
  expect(error).toBeNull();
  run.bundle.manifest.shards.forEach(({ file }, i) => {
    expect(Buffer.compare(shards![i]!, run.bundle.files[file]!)).toBe(0);
  });
}

async function failure(schedule: Schedule, more?: Partial<LoadRequest>): Promise<Molmo2Error> {
  const { error } = await inOrder(schedule, more);
  expect(error).toBeInstanceOf(Molmo2Error);
  return error as Molmo2Error;
}

describe('seeded schedules of faults', () => {
  const count = Number(env['FAULT_SCHEDULES'] ?? 30);
  const first = Number(env['FAULT_SEED'] ?? 0);
  const ends = new Set<string>();
  // Side by side, because most of their time is silence.
  test.concurrent.each(Array.from({ length: count }, (_, i) => first + i))('schedule %i', async (seed) => {
    ends.add(await checkSchedule(server, seed));
  });
  test('some schedules load and some fail', () => {
    expect([...ends].sort()).toEqual(['fails', 'loads']);
  });
});

describe('one fault at a time', () => {
  test('an honest server is asked once for every chunk', async () => {
    const load = await inOrder(honest);
    expectLoaded(load);
    expect(load.run.served.map(({ range }) => range)).toEqual([
      'bytes=0-65535',
      'bytes=65536-131071',
      'bytes=131072-196607',
      'bytes=196608-262143',
      'bytes=262144-299999',
      'bytes=0-65535',
      'bytes=0-65535',
      'bytes=65536-131071',
      'bytes=131072-131072',
    ]);
    expect(load.waits).toEqual([]);
  });

  test('a cut connection goes on at the byte it reached', async () => {
    const load = await inOrder(once({ kind: 'cut', at: 0.25 }, { kind: 'cut', at: 0.5 }));
    expectLoaded(load);
    const ranges = load.run.served.slice(0, 3).map(({ range }) => range);
    // What was in flight when the socket died may be lost, so a byte count below the cut is right too.
    for (const range of ranges) expect(range).toMatch(/^bytes=\d+-65535$/);
    expect(load.run.served).toHaveLength(11);
  });

  test('an answer that ends early goes on at the byte it reached', async () => {
    const load = await inOrder(once({ kind: 'short', at: 0.25 }, { kind: 'short', at: 0.5 }));
    expectLoaded(load);
    expect(load.run.served.slice(0, 3).map(({ range }) => range)).toEqual([
      'bytes=0-65535',
      'bytes=16384-65535',
      'bytes=40960-65535',
    ]);
    expect(load.waits).toEqual([250, 250]);
  });

  test('Retry-After is obeyed, other waits double, and progress starts them again', async () => {
    const busy: Fault = { kind: 'status', status: 503 };
    const schedule = once(
      { kind: 'status', status: 429, retryAfter: '7' },
      busy,
      busy,
      { kind: 'short', at: 0.5 },
      busy,
    );
    const load = await inOrder(schedule);
    expectLoaded(load);
    expect(load.waits).toEqual([7000, 500, 1000, 250, 500]);
  });

  test('a server that is busy for good ends in a network error with the count', async () => {
    const { code, message } = await failure(always({ kind: 'status', status: 500 }));
    expect(code).toBe('network');
    expect(message).toBe(
      'chunk 0 of part-0.bin (bytes 0 to 65535) of the test bundle could not be fetched: 7 attempts brought 0 of 65536 bytes; the last time the server answered 500 Internal Server Error. Check the connection and load again.',
    );
  });

  test('a server that wants an hour of patience ends the load at once', async () => {
    const { code, message } = await failure(always({ kind: 'status', status: 429, retryAfter: '3600' }));
    expect(code).toBe('network');
    expect(message).toContain('the server asks to wait 3600 s');
  });

  test('a missing file ends the load at once', async () => {
    const { error, run, waits } = await inOrder(once({ kind: 'status', status: 404 }));
    expect(error).toMatchObject({ code: 'bad-bundle' });
    expect(String(error)).toContain('has no part-0.bin (the server answered 404 Not Found)');
    expect([run.served.length, waits.length]).toEqual([1, 0]);
  });

  test('a refusal ends the load at once', async () => {
    const { code, message } = await failure(always({ kind: 'status', status: 403 }));
    expect([code, message]).toEqual(['network', expect.stringContaining('403 Forbidden')]);
  });

  test('a flipped byte is fetched again with its chunk alone', async () => {
    const load = await inOrder(once({ kind: 'honest' }, { kind: 'flip', at: 0.7 }, { kind: 'flip', at: 0 }));
    expectLoaded(load);
    expect(load.run.served.map(({ range }) => range).slice(0, 4)).toEqual([
      'bytes=0-65535',
      'bytes=65536-131071',
      'bytes=65536-131071',
      'bytes=65536-131071',
    ]);
    expect(load.run.served).toHaveLength(11);
  });

  test('a chunk that arrives wrong three times ends in a clear error with both hashes', async () => {
    const { code, message } = await failure(always({ kind: 'changed' }));
    expect(code).toBe('bad-bundle');
    expect(message).toMatch(
      /^chunk 0 of part-0\.bin \(bytes 0 to 65535\) of the test bundle arrived wrong 3 times; the last time its SHA-256 begins [0-9a-f]{12}, the manifest says [0-9a-f]{12}\. The file on the server/,
    );
  });

  test('a file that changes inside a chunk is fetched again from the chunk on', async () => {
    const load = await inOrder(once({ kind: 'short', at: 0.5 }, { kind: 'changed' }));
    expectLoaded(load);
    expect(load.run.served.map(({ range }) => range).slice(0, 3)).toEqual([
      'bytes=0-65535',
      'bytes=32768-65535',
      'bytes=0-65535',
    ]);
  });

  test.each<[Fault, string]>([
    [{ kind: 'wrong-total' }, 'the file on the server has 300001 bytes, the manifest says 300000'],
    [{ kind: 'wrong-range' }, 'the server sent "bytes 1-65535/300000" when asked for bytes from 0'],
  ])('%o is refused before its body is read', async (fault, why) => {
    const { code, message } = await failure(always(fault));
    expect([code, message]).toEqual(['bad-bundle', expect.stringContaining(why)]);
    expectLoaded(await inOrder(once(fault, fault)));
  });

  test('a promise of more bytes than come costs nothing but a connection', async () => {
    expectLoaded(await inOrder(once({ kind: 'long-length' })));
  });

  test('silence counts as a broken connection', async () => {
    const policy = { stallMs: 100 };
    expectLoaded(await inOrder(once({ kind: 'stall', at: 0.3 }, { kind: 'stall', at: 0 }), { policy }));
    const { code, message } = await failure(always({ kind: 'stall', at: 0 }), { policy });
    expect([code, message]).toEqual(['network', expect.stringContaining('no bytes for 0.1 seconds')]);
  });
});

describe('a server that ignores ranges', () => {
  test('sends every file once', async () => {
    const load = await inOrder(always({ kind: 'ignore-range' }));
    expectLoaded(load);
    expect(load.run.served.map(({ file, range }) => [file, range])).toEqual([
      ['part-0.bin', 'bytes=0-65535'],
      ['part-0.bin', null],
      ['part-1.bin', null],
      ['part-2.bin', null],
    ]);
  });

  test('also when several chunks are asked for at once', async () => {
    const load = await inOrder(always({ kind: 'ignore-range' }), { options: { maxBytes: 5 * chunkBytes } });
    expectLoaded(load);
    const whole = load.run.served.filter(({ range }) => range === null);
    expect(whole.length).toBeLessThanOrEqual(4);
  });

  test('is asked to go on where its connection broke, and goes on if it can', async () => {
    const whole: Fault = { kind: 'ignore-range' };
    const load = await inOrder(once(whole, { kind: 'short', at: 0.5 }));
    expectLoaded(load);
    expect(load.run.served.map(({ range }) => range)).toEqual([
      'bytes=0-65535',
      null,
      'bytes=150000-',
      null,
      null,
    ]);
  });

  test('starts again at the front when it cannot go on', async () => {
    const whole: Fault = { kind: 'ignore-range' };
    const load = await inOrder({ faults: [whole, { kind: 'short', at: 0.5 }], after: whole });
    expectLoaded(load);
    expect(load.run.served).toHaveLength(5);
  });
});

describe('the end of a load', () => {
  const stalled = always({ kind: 'stall', at: 0.5 });

  /** Milliseconds from the abort to the end of the load. */
  async function abortMs(schedule: Schedule): Promise<number> {
    const controller = new AbortController();
    const run = await server.add(smallRecipe, schedule);
    const store = memoryStore();
    const load = loadRun({
      ...run,
      chunkBytes,
      store,
      options: { signal: controller.signal },
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const startMs = performance.now();
    controller.abort(new Error('enough'));
    const { error } = await load;
    const elapsedMs = performance.now() - startMs;
    expect(error).toBe(controller.signal.reason);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(run.open()).toBe(0);
    const before = run.served.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(run.served).toHaveLength(before);
    return elapsedMs;
  }

  test('an abort ends waiting connections within 100 ms', async () => {
    expect(await abortMs(stalled)).toBeLessThan(100);
  });

  test('an abort ends the wait between attempts within 100 ms', async () => {
    const busy: Fault = { kind: 'status', status: 503, retryAfter: '30' };
    expect(await abortMs(always(busy))).toBeLessThan(100);
  });

  test('an abort ends a file that passes by within 100 ms', async () => {
    const schedule: Schedule = {
      faults: Array(5).fill({ kind: 'ignore-range' }),
      after: { kind: 'stall', at: 0.2 },
    };
    expect(await abortMs(schedule)).toBeLessThan(100);
  });

  test('a consumer that stops ends all connections', async () => {
    const run = await server.add(smallRecipe, {
      faults: [{ kind: 'honest' }],
      after: { kind: 'stall', at: 0.5 },
    });
    const stop = new Error('the consumer stops');
    const { error } = await loadRun({
      ...run,
      chunkBytes,
      store: null,
      onChunk: () => {
        throw stop;
      },
    });
    expect(error).toBe(stop);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(run.open()).toBe(0);
  });

  test('no more bytes are asked for than the consumer may be given', async () => {
    const run = await server.add(smallRecipe, honest);
    let most = 0;
    let taken = 0;
    const { error } = await loadRun({
      ...run,
      chunkBytes,
      store: null,
      options: { maxBytes: 3 * chunkBytes },
      onChunk: () => {
        most = Math.max(most, run.served.length - taken);
        taken++;
      },
    });
    expect(error).toBeNull();
    expect(most).toBe(3);
  });

  test('progress never falls, and ends at the whole', async () => {
    const run = await server.add(smallRecipe, once({ kind: 'flip', at: 0.1 }, { kind: 'cut', at: 0.9 }));
    const seen: number[] = [];
    const onBytes = (done: number, total: number) => {
      expect(total).toBe(496_609);
      seen.push(done);
    };
    const policy = { sleep: async () => {} };
    expect(
      (await loadRun({ ...run, chunkBytes, store: null, policy, options: { onBytes } })).error,
    ).toBeNull();
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(496_609);
  });
});
