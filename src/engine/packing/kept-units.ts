// Image features of the questions under way: in the model's cache where it has room for them, else in memory of their own.

import { Arena } from '../../gpu/arena.ts';
import type { GpuRunner } from '../../gpu/runner.ts';
import { matrixShape, tensorBytes, type Tensor } from '../../gpu/tensor.ts';
import type { FeatureCache } from '../visual/feature-cache.ts';

export class KeptUnits {
  readonly #runner: GpuRunner;
  readonly #cache: FeatureCache<Tensor>;
  readonly #arena: Arena;
  readonly #own = new Map<string, Tensor>();

  constructor(runner: GpuRunner, cache: FeatureCache<Tensor>) {
    this.#runner = runner;
    this.#cache = cache;
    this.#arena = new Arena(runner.device, 'packed features');
  }

  /** The features [tokens, C] of a content, if they are known. */
  find(key: string): Tensor | null {
    return this.#own.get(key) ?? this.#cache.find(key);
  }

  /** Keeps the rows [row, row + rows) of `from` [n, C]. Throws `out-of-memory`. */
  async keep(key: string, from: Tensor, row: number, rows: number): Promise<void> {
    await this.#cache.keep(key, from, row, rows);
    if (this.find(key)) return;
    const columns = matrixShape(from)[1];
    const own = this.#arena.tensor('image features', [rows, columns], from.dtype);
    await this.#runner.allocated();
    const { device } = this.#runner;
    const encoder = device.createCommandEncoder();
    const start = from.byteOffset + tensorBytes([row, columns], from.dtype);
    encoder.copyBufferToBuffer(from.buffer, start, own.buffer, own.byteOffset, own.byteLength);
    device.queue.submit([encoder.finish()]);
    this.#own.set(key, own);
  }

  destroy(): void {
    this.#arena.destroy();
  }
}
