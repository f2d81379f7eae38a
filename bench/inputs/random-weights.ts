// Seeded weights of any configuration and format, on the GPU and, for references and the peer, as values.

import type { WeightFormat } from '../../src/gpu/matrix.ts';
import { elementCount } from '../../src/gpu/tensor.ts';
import { isMatrix } from '../../src/weights/formats/formats.ts';
import { GpuStore, type ExpectedTensor } from '../../src/weights/store/gpu-store.ts';
import type { ExpectedShapes } from '../../src/weights/checkpoint/tensor-names.ts';
import type { Weights } from '../../src/weights/store/weights.ts';
import { randomFloats } from './random.ts';
import { randomMatrixBytes } from './stored-matrix.ts';

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
export function randomWeights(
  device: GPUDevice,
  shapes: ExpectedShapes,
  format: WeightFormat,
  seed: number,
): RandomWeights {
  const names = [...shapes.keys()];
  const shapeOf = (name: string) => {
    const shape = shapes.get(name);
    if (!shape) throw new RangeError(`name must be one of the model's tensors, got "${name}".`);
    return shape;
  };
  const seedOf = (name: string) => seed * 1000 + names.indexOf(name);
  const vector = (name: string) => randomVector(name, elementCount(shapeOf(name)), seedOf(name));
  const stored = (name: string): StoredBytes => {
    const [rows = 0, columns = 0] = shapeOf(name);
    return { format, rows, columns, bytes: randomMatrixBytes(format, rows, columns, seedOf(name)) };
  };
  const expected = new Map<string, ExpectedTensor>();
  for (const [name, shape] of shapes)
    expected.set(name, { shape, format: isMatrix(name, shape) ? format : 'f32' });
  const store = new GpuStore(device, expected);
  for (const [name, shape] of shapes)
    store.write(name, 0, isMatrix(name, shape) ? stored(name).bytes : new Uint8Array(vector(name).buffer));
  return { ...store.weights(), vector, stored };
}

/** Norms multiply by about 1; biases and positions add a little. */
function randomVector(name: string, count: number, seed: number): Float32Array<ArrayBuffer> {
  const values = randomFloats(seed, count, 0.1);
  const isScale = /(norm|ln_f)\.weight$/.test(name);
  return isScale ? values.map((value) => 1 + value) : values;
}
