import { beforeEach, expect, test, vi } from 'vitest';
import { leaks, type Left } from '../soak/growth.ts';

beforeEach(() => void vi.spyOn(console, 'log').mockImplementation(() => {}));

/** Lives of workers with as many buffers after each step as `buffersAt` says. */
function run(lengths: readonly number[], buffersAt: (step: number, life: number) => number): Left[] {
  return lengths.flatMap((length, i) =>
    Array.from({ length }, (_, step) => {
      const gpuBuffers = buffersAt(step, i + 1);
      return { model: 'one', life: i + 1, gpuBuffers, gpuBytes: 1000 * gpuBuffers, heap: null };
    }),
  );
}

/** What a device keeps until it is lost with its tenth question or so: it begins anew, and fills up to a limit. */
const kept = (step: number): number => 150 + Math.min(70, 12 * (step % 11));

test('buffers that fill up to their limit after each loss are no leak', () => {
  expect(leaks(run([100, 30, 400, 10], kept))).toEqual([]);
});

test('a short life with few of them, followed by a long one with many, is no leak', () => {
  expect(leaks(run([30, 100], (step, life) => (life === 1 ? 166 : kept(step))))).toEqual([]);
});

test('a life that no light question began anew in its second half is none either, unless it was very long', () => {
  expect(leaks(run([100], (step) => (step < 50 ? kept(step) : 165 + (step % 50))))).toEqual([]);
});

test.each([
  ['with each question', (step: number) => kept(step) + step],
  ['with every fourth question', (step: number) => kept(step) + Math.floor(step / 4)],
  ['of each device that was lost, one in eleven', (step: number) => kept(step) + Math.floor(step / 11)],
  ['beyond the limit that held before', (step: number) => 150 + (step % (step < 200 ? 50 : 150))],
])('buffers that are left %s are one', (_, buffersAt) => {
  const [found, ...more] = leaks(run([30, 400], buffersAt));
  expect(more).toEqual([]);
  expect(found).toMatch(
    /^GPU buffers of worker 2 with one in 400 steps grew from 150 to \d+ .+ to \d+ to \d+$/,
  );
});

test('objects that grow by more than 5% from the second to the last quarter are told', () => {
  const heaps = (worker: (step: number) => number): Left[] =>
    run([400], () => 100).map((one, step) => ({
      ...one,
      heap: step % 40 === 0 ? { page: 1e6, worker: worker(step) } : null,
    }));
  expect(leaks(heaps((step) => 1e6 + 30 * step))).toEqual([]);
  expect(leaks(heaps((step) => 1e6 + 300 * step))).toEqual([
    expect.stringMatching(/^the objects of worker 1 with one in 400 steps grew by \d\.\d%$/),
  ]);
});
