// A tensor of random numbers that is made on the GPU; references make the parts again that they need.

import type { Arena } from '../../src/gpu/arena.ts';
import type { GpuRunner } from '../../src/gpu/runner.ts';
import { elementCount, type Tensor } from '../../src/gpu/tensor.ts';
import { randomFill } from './random-fill.ts';
import { filledWords, type Fill } from './random-words.ts';

export interface RandomTensor {
  readonly tensor: Tensor;
  /** Values `first` to `first + count - 1`. */
  part(first: number, count: number): Float32Array<ArrayBuffer>;
}

/** Numbers in [-scale, scale). */
export async function randomTensor(
  runner: GpuRunner,
  arena: Arena,
  label: string,
  shape: readonly number[],
  { seed, scale = 1 }: { readonly seed: number; readonly scale?: number },
): Promise<RandomTensor> {
  const fill: Fill = { kind: 'floats', scale, offset: 0 };
  const tensor = arena.tensor(label, shape);
  await runner.run([randomFill(tensor, fill, seed, elementCount(shape))]);
  return { tensor, part: (first, count) => new Float32Array(filledWords(fill, seed, first, count).buffer) };
}
