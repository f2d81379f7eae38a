// Seeded weights of any configuration and format, on the GPU and, for references and the peer, as values.

import type { WeightFormat } from '../../src/gpu/matrix.ts';
import type { GpuRunner } from '../../src/gpu/runner.ts';
import { elementCount } from '../../src/gpu/tensor.ts';
import { isMatrix } from '../../src/weights/formats/formats.ts';
import { GpuStore, type ExpectedTensor } from '../../src/weights/store/gpu-store.ts';
import type { ExpectedShapes } from '../../src/weights/checkpoint/tensor-names.ts';
import type { Weights } from '../../src/weights/store/weights.ts';
import { randomFill } from './random-fill.ts';
import { filledWords, type Fill } from './random-words.ts';
import { fillMatrix, randomMatrixBytes } from './stored-matrix.ts';

/** A matrix in its stored form (src/weights/formats/formats.ts). */
export interface StoredBytes {
  readonly format: WeightFormat;
  readonly rows: number;
  readonly columns: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface RandomWeights extends Weights {
  /** Values of what is no matrix. */
  vector(name: string): Float32Array<ArrayBuffer>;
  /** Made again for every call, so that a large model is not held twice. */
  stored(name: string): StoredBytes;
}

/** Every tensor of `shapes`; matrices in `format`, with rows that give values of about 1 for values of about 1. */
export async function randomWeights(
  runner: GpuRunner,
  shapes: ExpectedShapes,
  format: WeightFormat,
  seed: number,
): Promise<RandomWeights> {
  const names = [...shapes.keys()];
  const shapeOf = (name: string) => {
    const shape = shapes.get(name);
    if (!shape) throw new RangeError(`name must be one of the model's tensors, got "${name}".`);
    return shape;
  };
  const seedOf = (name: string) => seed * 1000 + names.indexOf(name);
  const matrixOf = (name: string) => {
    const [rows = 0, columns = 0] = shapeOf(name);
    return { format, rows, columns, seed: seedOf(name) };
  };
  const expected = new Map<string, ExpectedTensor>();
  for (const [name, shape] of shapes)
    expected.set(name, { shape, format: isMatrix(name, shape) ? format : 'f32' });
  const store = new GpuStore(runner.device, expected);
  try {
    const vectors = [...shapes].filter(([name, shape]) => !isMatrix(name, shape));
    const matrices = [...shapes].filter(([name, shape]) => isMatrix(name, shape));
    const filled = matrices.flatMap(([name]) => fillMatrix(store, name, matrixOf(name)));
    for (const [name, shape] of vectors) store.filled(name, elementCount(shape) * 4);
    const weights = store.weights();
    const added = vectors.map(([name]) => randomFill(weights.get(name), vectorFill(name), seedOf(name)));
    await runner.run([...filled, ...added]);
    return {
      ...weights,
      vector: (name) =>
        new Float32Array(filledWords(vectorFill(name), seedOf(name), 0, elementCount(shapeOf(name))).buffer),
      stored(name) {
        const { rows, columns, seed: own } = matrixOf(name);
        return { format, rows, columns, bytes: randomMatrixBytes(format, rows, columns, own) };
      },
    };
  } catch (error) {
    store.destroy();
    throw error;
  }
}

/** Norms multiply by about 1; biases and positions add a little. */
function vectorFill(name: string): Fill {
  return { kind: 'floats', scale: 0.1, offset: /(norm|ln_f)\.weight$/.test(name) ? 1 : 0 };
}
