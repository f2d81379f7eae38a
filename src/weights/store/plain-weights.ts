// A model's tensors in this thread's memory, as f32: stored bytes come in any order.

import { invariant } from '../../errors.ts';
import { decodeMatrix, isMatrix, matrixBytes } from '../formats/formats.ts';
import type { ExpectedTensor } from './gpu-store.ts';

const elements = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

/** What tensors take as f32. */
export function plainBytes(expected: ReadonlyMap<string, ExpectedTensor>): number {
  return [...expected.values()].reduce((sum, { shape }) => sum + elements(shape) * 4, 0);
}

export class PlainStore {
  readonly #expected: ReadonlyMap<string, ExpectedTensor>;
  readonly #bytes = new Map<string, Uint8Array<ArrayBuffer>>();
  #written = 0;

  /** Takes the memory of the stored form. Throws RangeError where there is none. */
  constructor(expected: ReadonlyMap<string, ExpectedTensor>) {
    this.#expected = expected;
    for (const [name, tensor] of expected) this.#bytes.set(name, new Uint8Array(storedBytes(name, tensor)));
  }

  write(name: string, byteOffset: number, bytes: Uint8Array): void {
    const tensor = this.#bytes.get(name);
    invariant(tensor, `no tensor is called ${name}`);
    tensor.set(bytes, byteOffset);
    this.#written += bytes.byteLength;
  }

  /** All tensors, also by the further names of those that are stored once. Every byte must have been written. */
  tensors(aliases: ReadonlyMap<string, string>): ReadonlyMap<string, Float32Array<ArrayBuffer>> {
    const all = [...this.#bytes.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
    invariant(this.#written === all, `${this.#written} of ${all} bytes were written`);
    const values = new Map<string, Float32Array<ArrayBuffer>>();
    for (const [name, { shape, format }] of this.#expected) {
      const bytes = this.#bytes.get(name);
      invariant(bytes, `no tensor is called ${name}`);
      this.#bytes.delete(name);
      const [rows = 0, columns = 0] = shape;
      values.set(
        name,
        format === 'f32' ? new Float32Array(bytes.buffer) : decodeMatrix(format, bytes, rows, columns),
      );
    }
    for (const [name, stored] of aliases) {
      const tensor = values.get(stored);
      if (tensor) values.set(name, tensor);
    }
    return values;
  }
}

function storedBytes(name: string, { shape, format }: ExpectedTensor): number {
  const [rows = 0, columns = 0] = shape;
  return isMatrix(name, shape) ? matrixBytes(format, rows, columns).byteLength : elements(shape) * 4;
}
