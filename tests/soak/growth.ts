// What a long run left behind that it should not have: objects, and GPU buffers.

import type { Heap } from './heap.ts';

/** What is alive between two steps. */
export interface Left {
  readonly model: string;
  /** Which of the run's workers, from 1 on: each load begins one. */
  readonly life: number;
  readonly gpuBytes: number;
  readonly gpuBuffers: number;
  /** Looked at now and then: it takes a while. */
  readonly heap: Heap | null;
}

const middle = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** How much more there is in the last quarter of a run than in its second one, in percent. */
function growth(values: readonly number[]): number {
  const quarter = Math.floor(values.length / 4);
  const before = middle(values.slice(quarter, 2 * quarter));
  return before === 0 ? 0 : 100 * (middle(values.slice(-quarter)) / before - 1);
}

/** Steps by what they have in common, in their order. */
const parted = (left: readonly Left[], by: 'life' | 'model'): Left[][] =>
  [...new Set(left.map((one) => one[by]))].map((key) => left.filter((one) => one[by] === key));

// Fewer say nothing of what grows: caches fill.
const fewestSteps = 80;
const fewestHeaps = 8;
/** From here on a half sees a device with next to nothing kept often enough for its least to say something: devices are lost all the time. */
const stepsForLeast = 300;
/** Left out of a life's least: it begins with nothing kept, and later devices are seen like that by chance alone. */
const firstSteps = 20;
const mostHeapGrowth = 5;

function heapLeak(what: string, part: keyof Heap, of: readonly Left[]): string[] {
  const bytes = of.flatMap((one) => one.heap?.[part] ?? []);
  if (bytes.length < fewestHeaps) return [];
  const grown = growth(bytes);
  console.log(
    `objects of ${what}: ${(middle(bytes) / 1e6).toFixed(2)} MB, at the end ${grown.toFixed(1)}% more than in the second quarter`,
  );
  return grown > mostHeapGrowth ? [`the objects of ${what} grew by ${grown.toFixed(1)}%`] : [];
}

interface Extent {
  readonly least: number;
  readonly most: number;
}

const extentOf = (steps: readonly Left[]): Extent => {
  const counts = steps.map(({ gpuBuffers }) => gpuBuffers);
  return { least: Math.min(...counts), most: Math.max(...counts) };
};

const said = ({ least, most }: Extent): string => `${least} to ${most}`;

/**
 * What grows in a model's workers. Each device begins with none of the features and scratch that are kept, and fills up to its
 * limits, so counts go up and down. The most in the second half of a long life may not be above that of its first half and of all
 * younger lives, since features that few steps happened to keep are no growth; in a very long life neither may the least.
 */
function bufferLeaks(left: readonly Left[]): string[] {
  const model = left[0]?.model;
  // A worker whose load failed has none.
  const lives = parted(
    left.filter(({ gpuBuffers }) => gpuBuffers > 0),
    'life',
  );
  const long = lives.filter(({ length }) => length >= fewestSteps);
  const young = lives.flatMap((steps) =>
    steps.length < fewestSteps ? steps : steps.slice(0, Math.floor(steps.length / 2)),
  );
  const bytes = left.map(({ gpuBytes }) => gpuBytes);
  console.log(`${model}: at most ${(Math.max(0, ...bytes) / 1e6).toFixed(1)} MB in GPU buffers`);
  return long.flatMap((steps) => {
    const half = Math.floor(steps.length / 2);
    const first = extentOf(steps.slice(0, half));
    const second = extentOf(steps.slice(half));
    const what = `GPU buffers of worker ${steps[0]?.life} with ${model} in ${steps.length} steps`;
    console.log(`${what}: ${said(first)}, then ${said(second)}`);
    const { most } = extentOf(young);
    const { least } = extentOf(steps.slice(firstSteps, half));
    const isLeastMore = steps.length >= stepsForLeast && second.least > 1.05 * least + 6;
    return isLeastMore || second.most > 1.25 * most + 8
      ? [`${what} grew from ${said(first)} (any of the kind: at most ${most}) to ${said(second)}`]
      : [];
  });
}

/** One line for each thing that grew; prints what was measured. */
export function leaks(left: readonly Left[]): string[] {
  return [
    ...heapLeak('the page', 'page', left),
    // A worker's heap goes with it, and a young one is small: each is compared with itself.
    ...parted(left, 'life').flatMap((own) =>
      heapLeak(`worker ${own[0]?.life} with ${own[0]?.model} in ${own.length} steps`, 'worker', own),
    ),
    ...parted(left, 'model').flatMap(bufferLeaks),
  ];
}
