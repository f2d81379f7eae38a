// Brings values back from the GPU through a staging buffer that is reused.

import { settle } from '#gpu/instance';
import { createBuffer } from './allocation.ts';
import type { Tensor } from './tensor.ts';

const stagingUsage = 0x1 | 0x8; // MAP_READ | COPY_DST
const keptBytes = 16 * 1024 * 1024; // a larger staging buffer (a trace reads whole feature maps) is not kept

export class Readback {
  readonly #device: GPUDevice;
  #staging: GPUBuffer | null = null;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** The bytes of a tensor after everything submitted so far, or of a part of it (offset and length multiples of 4). */
  async read(
    tensor: Tensor,
    byteOffset = 0,
    byteLength = tensor.byteLength - byteOffset,
  ): Promise<ArrayBuffer> {
    if (byteLength === 0) return new ArrayBuffer(0);
    const staging = this.#reserve(byteLength);
    try {
      return await this.#readThrough(staging, tensor, byteOffset, byteLength);
    } catch (error) {
      this.destroy(); // what could not be mapped once, for want of memory or of a device, is not tried again
      throw error;
    }
  }

  async #readThrough(
    staging: GPUBuffer,
    tensor: Tensor,
    byteOffset: number,
    byteLength: number,
  ): Promise<ArrayBuffer> {
    const encoder = this.#device.createCommandEncoder();
    encoder.copyBufferToBuffer(tensor.buffer, tensor.byteOffset + byteOffset, staging, 0, byteLength);
    this.#device.queue.submit([encoder.finish()]);
    await settle(staging.mapAsync(0x1, 0, byteLength));
    const bytes = staging.getMappedRange(0, byteLength).slice(0);
    staging.unmap();
    if (staging.size > keptBytes) this.destroy();
    return bytes;
  }

  destroy(): void {
    this.#staging?.destroy();
    this.#staging = null;
  }

  #reserve(byteLength: number): GPUBuffer {
    if (this.#staging && this.#staging.size >= byteLength) return this.#staging;
    this.destroy();
    this.#staging = createBuffer(this.#device, { label: 'readback', size: byteLength, usage: stagingUsage });
    return this.#staging;
  }
}
