// Owns GPU buffers. Whoever creates an arena destroys it, and with it every tensor it gave out.

import { Molmo2Error } from '../errors.ts';
import { countArenaBytes, createBuffer } from './allocation.ts';
import type { TensorSource } from './tensor-source.ts';
import { bindingAlignment, tensorBytes, type DType, type Tensor } from './tensor.ts';

/** Everything a tensor may be used for. */
const usage = 0x80 | 0x8 | 0x4; // STORAGE | COPY_DST | COPY_SRC; the constants are missing where there is no WebGPU

export class Arena implements TensorSource {
  readonly #device: GPUDevice;
  readonly #label: string;
  readonly #buffers: GPUBuffer[] = [];
  #byteLength = 0;

  constructor(device: GPUDevice, label: string) {
    this.#device = device;
    this.#label = label;
  }

  /** Bytes of all buffers. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /**
   * A new tensor of zeros. Throws `out-of-memory` with the numbers when a buffer of that size cannot exist; whether there is
   * memory for it, `allocated` tells.
   */
  tensor(label: string, shape: readonly number[], dtype: DType = 'f32'): Tensor {
    const byteLength = tensorBytes(shape, dtype);
    // A kernel binds a tensor whole.
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#device.limits;
    const limit = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    if (byteLength > limit)
      throw new Molmo2Error(
        'out-of-memory',
        `${label} [${shape.join(', ')}] needs a buffer of ${byteLength} bytes, but this GPU allows ${limit}. Ask about fewer frames or crops, or use a smaller model.`,
      );
    const size = Math.max(bindingAlignment, Math.ceil(byteLength / bindingAlignment) * bindingAlignment);
    const buffer = createBuffer(this.#device, { label: `${this.#label}/${label}`, size, usage });
    this.#buffers.push(buffer);
    this.#count(size);
    return { label, shape, dtype, buffer, byteOffset: 0, byteLength: Math.max(4, byteLength) };
  }

  /** What `make` asks for; the arena is destroyed where that cannot be had at once. */
  filled<T>(make: () => T): T {
    try {
      return make();
    } catch (error) {
      this.destroy();
      throw error;
    }
  }

  /** A new tensor with these values. */
  tensorOf(
    label: string,
    shape: readonly number[],
    values: Float32Array | Int32Array | Uint32Array | Uint8Array,
  ): Tensor {
    const dtype = dtypeOf(values);
    const tensor = this.tensor(label, shape, dtype);
    writeTensor(this.#device, tensor, values);
    return tensor;
  }

  destroy(): void {
    for (const buffer of this.#buffers) buffer.destroy();
    this.#buffers.length = 0;
    this.#count(-this.#byteLength);
  }

  #count(bytes: number): void {
    this.#byteLength += bytes;
    countArenaBytes(this.#device, bytes);
  }
}

function dtypeOf(values: Float32Array | Int32Array | Uint32Array | Uint8Array): DType {
  if (values instanceof Float32Array) return 'f32';
  if (values instanceof Int32Array) return 'i32';
  return values instanceof Uint32Array ? 'u32' : 'u8';
}

/** Writes values from the start of a tensor, or from a byte offset inside it (a multiple of 4). */
export function writeTensor(
  device: GPUDevice,
  tensor: Tensor,
  values: Float32Array | Int32Array | Uint32Array | Uint8Array,
  byteOffset = 0,
): void {
  if (values.byteLength === 0) return;
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const whole = bytes.byteLength % 4 === 0 ? bytes : padded(bytes);
  device.queue.writeBuffer(tensor.buffer, tensor.byteOffset + byteOffset, whole as Uint8Array<ArrayBuffer>);
}

function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.ceil(bytes.byteLength / 4) * 4);
  whole.set(bytes);
  return whole;
}
