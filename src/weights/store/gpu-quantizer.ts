// Values of a checkpoint -> a store whose matrices have another format, converted on the GPU while they stream.

import { settle } from '#gpu/instance';
import { invariant, Molmo2Error } from '../../errors.ts';
import { allocated } from '../../gpu/allocation.ts';
import { Arena, writeTensor } from '../../gpu/arena.ts';
import type { Dispatch } from '../../gpu/kernel.ts';
import type { MatrixPart } from '../../gpu/matrix.ts';
import { Pipelines } from '../../gpu/pipelines.ts';
import { Readback } from '../../gpu/readback.ts';
import { submitSteps } from '../../gpu/replay.ts';
import type { Tensor } from '../../gpu/tensor.ts';
import type { CheckpointRows, ProblemNote } from '../../kernels/quantize/checkpoint-source.ts';
import { quantizeF16 } from '../../kernels/quantize/quantize-f16.ts';
import { quantizeQ4 } from '../../kernels/quantize/quantize-q4.ts';
import { quantizeQ8 } from '../../kernels/quantize/quantize-q8.ts';
import { matrixBytes, rowAlignment, rowOffsets, type WeightFormat } from '../formats/formats.ts';
import type { GpuStore } from './gpu-store.ts';
import { floats, type StoredType } from '../checkpoint/safetensors.ts';

/** Whole rows of a matrix, or all of a vector, as they lie in a checkpoint's file. */
export interface RawRows {
  /** A multiple of 128, so that slices can be converted one after the other. */
  readonly firstRow: number;
  /** A multiple of 128 but for the last slice of a matrix. */
  readonly rows: number;
  readonly type: StoredType;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

type Quantize = (rows: CheckpointRows, part: MatrixPart, firstRow: number, note: ProblemNote) => Dispatch;

const kernels: Readonly<Record<Exclude<WeightFormat, 'f32'>, Quantize>> = {
  f16: quantizeF16,
  q8: quantizeQ8,
  q4: quantizeQ4,
};

export class GpuQuantizer {
  readonly #device: GPUDevice;
  readonly #store: GpuStore;
  readonly #pipelines: Pipelines;
  readonly #notes: Arena;
  readonly #problem: Tensor;
  readonly #names: string[] = [];
  readonly #slices: Arena;
  #slice: Tensor | null = null;
  #earlier: Promise<unknown> = Promise.resolve();

  constructor(device: GPUDevice, store: GpuStore) {
    this.#device = device;
    this.#store = store;
    this.#pipelines = new Pipelines(device);
    this.#notes = new Arena(device, 'quantizer');
    this.#slices = new Arena(device, 'checkpoint rows');
    this.#problem = this.#notes.tensorOf('problem', [1], Uint32Array.of(0));
  }

  /** Converts values of a vector. */
  writeVector(name: string, type: StoredType, bytes: Uint8Array<ArrayBuffer>): void {
    this.#store.write(name, 0, asBytes(floats(bytes, type)));
  }

  /**
   * Converts a slice of a matrix, 16 MiB at a time. Returns while the last of them is still at work.
   */
  async writeRows(name: string, slice: RawRows): Promise<void> {
    const { format, rows, columns, parts } = this.#store.matrix(name);
    invariant(
      slice.firstRow % rowAlignment === 0 && slice.firstRow + slice.rows <= rows,
      `rows ${slice.firstRow} to ${slice.firstRow + slice.rows} of the ${rows} of ${name}`,
    );
    if (format === 'f32') {
      const { codes } = rowOffsets(format, rows, columns, slice.firstRow);
      this.#store.write(name, codes, asBytes(floats(slice.bytes, slice.type)));
      return;
    }
    if (this.#names.at(-1) !== name) this.#names.push(name);
    const note = { problem: this.#problem, ordinal: this.#names.length };
    const rowBytes = slice.bytes.byteLength / slice.rows;
    const atOnce = rowsAtOnce(rowBytes, this.#device.limits.maxStorageBufferBindingSize);
    for (const part of parts) {
      const end = Math.min(slice.firstRow + slice.rows, part.firstRow + part.rows);
      for (let row = Math.max(slice.firstRow, part.firstRow); row < end; row += atOnce) {
        const count = Math.min(atOnce, end - row);
        const start = (row - slice.firstRow) * rowBytes;
        const words = await this.#upload(slice.bytes.subarray(start, start + count * rowBytes));
        const raw = { words, type: slice.type, rows: count, columns };
        await this.#submit(kernels[format](raw, part, row - part.firstRow, note));
      }
    }
    this.#store.filled(name, matrixBytes(format, slice.rows, columns).byteLength);
  }

  /**
   * Waits for everything written. Throws `unsupported-model` when a value did not fit its format, unless `explain`, which
   * is told the tensor, throws something better.
   */
  async finish(explain?: (name: string) => Promise<void>): Promise<void> {
    const readback = new Readback(this.#device);
    const [ordinal = 0] = new Uint32Array(await readback.read(this.#problem));
    readback.destroy();
    if (ordinal > 0) await explain?.(this.#names[ordinal - 1] ?? '');
    if (ordinal > 0)
      throw new Molmo2Error(
        'unsupported-model',
        `Tensor "${this.#names[ordinal - 1] ?? ''}" holds a value that is not finite or too large for its format. The checkpoint is damaged or needs f32.`,
      );
  }

  /** The store stays. */
  destroy(): void {
    this.#notes.destroy();
    this.#slices.destroy();
  }

  /** Writes bytes to the slice's buffer, which grows as needed; writes wait on the queue for kernels that still read it. */
  async #upload(bytes: Uint8Array<ArrayBuffer>): Promise<Tensor> {
    if (!this.#slice || this.#slice.byteLength < bytes.byteLength) {
      await this.#earlier;
      this.#slices.destroy();
      this.#slice = this.#slices.tensor('slice', [Math.ceil(bytes.byteLength / 4)], 'u32');
      await allocated(this.#device);
    }
    writeTensor(this.#device, this.#slice, bytes);
    return { ...this.#slice, shape: [bytes.byteLength / 4], byteLength: bytes.byteLength };
  }

  async #submit(dispatch: Dispatch): Promise<void> {
    const list = await this.#pipelines.prepare([dispatch]);
    submitSteps(this.#device, list.steps);
    list.destroy();
    const earlier = this.#earlier;
    this.#earlier = settle(this.#device.queue.onSubmittedWorkDone());
    await earlier;
  }
}

const uploadBytes = 16 * 1024 * 1024;

/** Rows that are uploaded together: a multiple of 128, at least that many. */
function rowsAtOnce(rowBytes: number, largestBinding: number): number {
  const fitting = Math.floor(Math.min(uploadBytes, largestBinding) / (rowBytes * rowAlignment));
  return Math.max(1, fitting) * rowAlignment;
}

function asBytes(values: Float32Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
