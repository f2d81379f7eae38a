// A model's tensors on their way to the GPU: stored bytes come in any order and land where the kernels read them.

import { invariant } from '../../errors.ts';
import { Arena, writeTensor } from '../../gpu/arena.ts';
import type { Matrix, MatrixPart } from '../../gpu/matrix.ts';
import { Readback } from '../../gpu/readback.ts';
import { elementCount, type Tensor } from '../../gpu/tensor.ts';
import { isMatrix, matrixBytes, rowOffsets, type WeightFormat } from '../formats/formats.ts';
import { matrixParts, type PartPlan } from '../formats/matrix-parts.ts';
import type { Weights } from './weights.ts';

export interface ExpectedTensor {
  readonly shape: readonly number[];
  readonly format: WeightFormat;
}

/** Where a piece of a tensor's stored bytes lies on the GPU. */
interface Segment {
  readonly start: number;
  readonly end: number;
  readonly tensor: Tensor;
}

interface Entry {
  readonly tensor: Tensor | null;
  readonly matrix: Matrix | null;
  readonly segments: readonly Segment[];
  readonly byteLength: number;
  written: number;
}

export class GpuStore {
  readonly #device: GPUDevice;
  readonly #arena: Arena;
  readonly #readback: Readback;
  readonly #entries = new Map<string, Entry>();
  readonly #aliases: ReadonlyMap<string, string>;
  #parameters = 0;

  /**
   * Makes every buffer. `aliases` are further names of tensors that are stored once. Throws `out-of-memory` for a tensor
   * that the device's limits cannot hold; memory that runs out later shows as an error of the device.
   */
  constructor(
    device: GPUDevice,
    expected: ReadonlyMap<string, ExpectedTensor>,
    aliases: ReadonlyMap<string, string> = new Map(),
  ) {
    this.#device = device;
    this.#arena = new Arena(device, 'weights');
    this.#readback = new Readback(device);
    this.#aliases = aliases;
    try {
      for (const [name, tensor] of expected) this.#entries.set(name, this.#entry(name, tensor));
      for (const name of [...expected.keys(), ...aliases.values()])
        this.#parameters += elementCount(expected.get(name)?.shape ?? []);
    } catch (error) {
      this.#arena.destroy();
      throw error;
    }
  }

  /** GPU memory taken. */
  get byteLength(): number {
    return this.#arena.byteLength;
  }

  /**
   * Writes bytes of a tensor's stored form from `byteOffset` on; both are multiples of 4. The bytes are copied before this
   * returns.
   */
  write(name: string, byteOffset: number, bytes: Uint8Array): void {
    const entry = this.#entries.get(name);
    invariant(entry, `no tensor is called ${name}`);
    const end = byteOffset + bytes.byteLength;
    invariant(
      byteOffset % 4 === 0 && bytes.byteLength % 4 === 0 && byteOffset >= 0 && end <= entry.byteLength,
      `bytes ${byteOffset} to ${end} of the ${entry.byteLength} of ${name}`,
    );
    for (const segment of entry.segments) {
      const from = Math.max(byteOffset, segment.start);
      const to = Math.min(end, segment.end);
      if (from < to)
        writeTensor(
          this.#device,
          segment.tensor,
          bytes.subarray(from - byteOffset, to - byteOffset),
          from - segment.start,
        );
    }
    entry.written += bytes.byteLength;
  }

  /** Says that so many bytes of a tensor were written by a kernel. */
  filled(name: string, byteLength: number): void {
    const entry = this.#entries.get(name);
    invariant(entry, `no tensor is called ${name}`);
    entry.written += byteLength;
  }

  /** Bytes of a tensor's stored form, after everything that was submitted so far; both numbers are multiples of 4. */
  async read(name: string, byteOffset: number, byteLength: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(byteLength);
    const end = byteOffset + byteLength;
    for (const segment of this.#found(name).segments) {
      const from = Math.max(byteOffset, segment.start);
      const to = Math.min(end, segment.end);
      if (from >= to) continue;
      const piece = await this.#readback.read(segment.tensor, from - segment.start, to - from);
      bytes.set(new Uint8Array(piece), from - byteOffset);
    }
    return bytes;
  }

  /** The matrix of that name, also while it is being written. */
  matrix(name: string): Matrix {
    const matrix = this.#found(name).matrix;
    invariant(matrix, `${name} is no matrix`);
    return matrix;
  }

  /** The finished model; it owns the buffers from now on. Every byte must have been written. */
  weights(): Weights {
    for (const [name, { written, byteLength }] of this.#entries)
      invariant(written === byteLength, `${written} of ${byteLength} bytes of ${name} were written`);
    return {
      get: (name) => {
        const tensor = this.#found(name).tensor;
        invariant(tensor, `${name} is a matrix`);
        return tensor;
      },
      matrix: (name) => this.matrix(name),
      parameters: this.#parameters,
      byteLength: this.byteLength,
      destroy: () => this.destroy(),
    };
  }

  destroy(): void {
    this.#readback.destroy();
    this.#arena.destroy();
  }

  #found(name: string): Entry {
    const entry = this.#entries.get(this.#aliases.get(name) ?? name);
    invariant(entry, `no tensor is called ${name}`);
    return entry;
  }

  #entry(name: string, { shape, format }: ExpectedTensor): Entry {
    if (!isMatrix(name, shape)) {
      invariant(format === 'f32', `${name} is no matrix, so it is f32`);
      const tensor = this.#arena.tensor(name, shape);
      const byteLength = elementCount(shape) * 4;
      const segments = [{ start: 0, end: byteLength, tensor }];
      return { tensor, matrix: null, segments, byteLength, written: 0 };
    }
    const [rows = 0, columns = 0] = shape;
    const segments: Segment[] = [];
    const parts = matrixParts(rows, columns, format, this.#device.limits).map((plan) => {
      const part = this.#part(name, format, columns, plan);
      const { codes, scales } = rowOffsets(format, rows, columns, plan.firstRow);
      segments.push({ start: codes, end: codes + plan.codeBytes, tensor: part.values });
      if (part.scales) segments.push({ start: scales, end: scales + plan.scaleBytes, tensor: part.scales });
      return part;
    });
    const { byteLength } = matrixBytes(format, rows, columns);
    const matrix = { label: name, format, rows, columns, parts };
    return { tensor: null, matrix, segments, byteLength, written: 0 };
  }

  #part(name: string, format: WeightFormat, columns: number, plan: PartPlan): MatrixPart {
    const { firstRow, rows, codeBytes, scaleBytes } = plan;
    const label = firstRow === 0 ? name : `${name} from row ${firstRow}`;
    const words = this.#arena.tensor(label, [(codeBytes + scaleBytes) / 4], 'u32');
    const values: Tensor =
      format === 'f32'
        ? { ...words, shape: [rows, columns], dtype: 'f32' }
        : { ...words, shape: [codeBytes / 4], byteLength: codeBytes };
    const scales: Tensor | null =
      scaleBytes === 0
        ? null
        : {
            ...words,
            shape: [scaleBytes / 4],
            byteOffset: words.byteOffset + codeBytes,
            byteLength: scaleBytes,
          };
    return { firstRow, rows, values, scales };
  }
}
