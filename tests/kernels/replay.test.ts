import { expect, test } from 'vitest';
import type { Dispatch } from '../../src/gpu/kernel.ts';
import { Pace } from '../../src/gpu/pace.ts';
import { runSliced } from '../../src/gpu/replay.ts';
import type { Tensor } from '../../src/gpu/tensor.ts';
import { addPositions } from '../../src/kernels/rows/add-positions.ts';
import { copyColumns } from '../../src/kernels/rows/copy-columns.ts';
import { guard, useGpu } from './gpu-harness.ts';

const gpu = useGpu();

/** A dispatch that adds 1 to the four values of x; with a cost that fills a slice by itself. */
function increment(x: Tensor, cost = 1e12): Dispatch {
  const one = gpu().input('one', [1, 4], Float32Array.of(1, 1, 1, 1));
  return { ...addPositions(one, x), cost };
}

/** A pace at which a step of cost 1e12 is a slice by itself; it may learn, but 1e12 stays far too much. */
const steady = () => new Pace(1e6);

const zeros = () => gpu().output('x', [1, 4], new Float32Array(4));

test('dispatches of one pass see what those before them wrote', async () => {
  const x = zeros();
  const y = gpu().output('y', [1, 8]);
  const add = increment(x);
  await gpu().runAtOnce(
    add,
    add,
    copyColumns(x, y, { column: 0, yRow: 0 }),
    add,
    copyColumns(x, y, { column: 4, yRow: 0 }),
  );
  expect([...(await gpu().read(y))]).toEqual([2, 2, 2, 2, 3, 3, 3, 3]);
});

test('a prepared list can run again', async () => {
  const x = zeros();
  const list = await gpu().prepare([increment(x)]);
  for (let i = 0; i < 3; i++) await runSliced(gpu().device, list, steady());
  expect([...(await gpu().read(x))]).toEqual([3, 3, 3, 3]);
});

test('slices run in order and report the share of the work that is done', async () => {
  const x = zeros();
  const add = increment(x);
  const shares: number[] = [];
  const list = await gpu().prepare([add, add, add, add]);
  await runSliced(gpu().device, list, steady(), undefined, ({ share }) => shares.push(share));
  expect(shares).toEqual([0.25, 0.5, 0.75, 1]);
  expect([...(await gpu().read(x))]).toEqual([4, 4, 4, 4]);
});

test('cheap steps share a slice', async () => {
  const add = increment(zeros(), 10);
  const shares: number[] = [];
  const list = await gpu().prepare([add, add, add, add]);
  await runSliced(gpu().device, list, steady(), undefined, ({ share }) => shares.push(share));
  expect(shares).toEqual([1]);
});

test('an aborted signal stops the work between two slices with its own reason', async () => {
  const x = zeros();
  const add = increment(x);
  const stop = new AbortController();
  const reason = new Error('the user closed the page');
  const shares: number[] = [];
  const list = await gpu().prepare([add, add, add, add]);
  const work = runSliced(gpu().device, list, steady(), stop.signal, ({ share }) => {
    shares.push(share);
    if (share === 0.5) stop.abort(reason);
  });
  await expect(work).rejects.toBe(reason);
  expect(shares).toEqual([0.25, 0.5]);
  // The third was under way already, the fourth never began.
  expect([...(await gpu().read(x))]).toEqual([3, 3, 3, 3]);
});

test('a signal that is aborted before the start lets nothing run', async () => {
  const x = zeros();
  const list = await gpu().prepare([increment(x)]);
  const reason = { any: 'value is kept' };
  const work = runSliced(gpu().device, list, steady(), AbortSignal.abort(reason));
  await expect(work).rejects.toBe(reason);
  expect([...(await gpu().read(x))]).toEqual([0, 0, 0, 0]);
});

test('a signal that is aborted during the last slice is not overlooked', async () => {
  const stop = new AbortController();
  const list = await gpu().prepare([increment(zeros())]);
  const work = runSliced(gpu().device, list, steady(), stop.signal, () => stop.abort());
  await expect(work).rejects.toMatchObject({ name: 'AbortError' });
});

test('the pace learns from the slices that ran', async () => {
  const pace = new Pace(1e6);
  const work = { kernel: 'add-positions', cost: 1e12 };
  const before = pace.predictMs(work);
  await runSliced(gpu().device, await gpu().prepare([increment(zeros())]), pace);
  expect(pace.predictMs(work)).toBeLessThan(before);
});

test('every slice tells how long it took', async () => {
  const add = increment(zeros());
  const times: number[] = [];
  const startMs = performance.now();
  const list = await gpu().prepare([add, add, add]);
  await runSliced(gpu().device, list, steady(), undefined, ({ elapsedMs }) => times.push(elapsedMs));
  const totalMs = performance.now() - startMs;
  expect(times).toHaveLength(3);
  for (const ms of times) expect(ms).toBeGreaterThanOrEqual(0);
  expect(times.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(totalMs);
});

test('the harness notices a kernel that writes beside its output', async () => {
  const x = gpu().input('x', [2, 4], new Float32Array(8));
  const y = gpu().output('y', [1, 4]);
  await gpu().run(copyColumns(x, y, { column: 0, yRow: 0 })); // two rows into one
  await expect(gpu().read(y)).rejects.toThrow('values beside it');
});

test('the harness notices a WebGPU error', async () => {
  gpu().device.createBuffer({ size: 16, usage: 0xffff });
  await expect(gpu().run(increment(zeros()))).rejects.toThrow('WebGPU errors');
});

test('outputs begin as guards', async () => {
  expect([...(await gpu().read(gpu().output('y', [1, 4])))]).toEqual([guard, guard, guard, guard]);
});

test('a kernel that the compiler refuses is told with what it said', async () => {
  const add = increment(zeros());
  const source = `${add.kernel.source}\nfn wrong() -> u32 { return 1.5; }`;
  gpu().device.pushErrorScope('validation');
  const refused = gpu().prepare([{ ...add, kernel: { ...add.kernel, name: 'wrong', source } }]);
  await expect(refused).rejects.toThrow(/bug: wrong .* was refused: [^]*(1\.5|u32)/);
  expect(await gpu().device.popErrorScope()).not.toBeNull();
});
