// Keys and values of every token so far, one pair of tensors per layer. A token's slot is its position.

import type { TextConfig } from '../config.ts';
import { invariant } from '../errors.ts';
import { Arena } from '../gpu/arena.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { ropeTables } from './rope-table.ts';

export interface LayerCache {
  readonly k: Tensor; // [S, K * D]
  readonly v: Tensor; // [S, K * D]
}

const slotStep = 256; // room grows in steps, so that a few more tokens seldom mean new buffers

export class KvCache {
  readonly capacity: number;
  readonly layers: readonly LayerCache[];
  /** 1 for slots of image tokens. */
  readonly isImage: Tensor; // [S]
  readonly #ropePlain: Tensor; // [S, D/2] of (cos, sin)
  readonly #ropeYarn: Tensor | null;
  readonly #yarnLayers: ReadonlySet<number>;
  readonly #arena: Arena;
  /** Slots that hold tokens; everything beyond may be overwritten. */
  length = 0;

  constructor(device: GPUDevice, config: TextConfig, slots: number) {
    this.capacity = Math.ceil(slots / slotStep) * slotStep;
    this.#arena = new Arena(device, 'kv');
    const width = config.numKvHeads * config.headDim;
    this.layers = Array.from({ length: config.numLayers }, (_, layer) => ({
      k: this.#arena.tensor(`k ${layer}`, [this.capacity, width]),
      v: this.#arena.tensor(`v ${layer}`, [this.capacity, width]),
    }));
    this.isImage = this.#arena.tensor('is image', [this.capacity], 'u32');
    const tables = ropeTables(config, this.capacity);
    const shape = [this.capacity, config.headDim];
    this.#ropePlain = this.#arena.tensorOf('rope', shape, tables.plain);
    this.#ropeYarn = tables.yarn && this.#arena.tensorOf('rope yarn', shape, tables.yarn);
    this.#yarnLayers = new Set(tables.yarn ? config.ropeScalingLayers : []);
  }

  get byteLength(): number {
    return this.#arena.byteLength;
  }

  layer(index: number): LayerCache {
    const layer = this.layers[index];
    invariant(layer, `layer ${index} of ${this.layers.length}`);
    return layer;
  }

  ropeTable(layer: number): Tensor {
    return this.#ropeYarn && this.#yarnLayers.has(layer) ? this.#ropeYarn : this.#ropePlain;
  }

  /** Takes over everything that another cache of the same model holds. */
  copyFrom(device: GPUDevice, other: KvCache): void {
    invariant(other.length <= this.capacity, `${other.length} tokens do not fit ${this.capacity} slots`);
    const encoder = device.createCommandEncoder();
    const copy = (from: Tensor, to: Tensor) => {
      const bytes = (from.byteLength / other.capacity) * other.length;
      if (bytes > 0)
        encoder.copyBufferToBuffer(from.buffer, from.byteOffset, to.buffer, to.byteOffset, bytes);
    };
    other.layers.forEach((layer, i) => {
      copy(layer.k, this.layer(i).k);
      copy(layer.v, this.layer(i).v);
    });
    copy(other.isImage, this.isImage);
    device.queue.submit([encoder.finish()]);
    this.length = other.length;
  }

  destroy(): void {
    this.#arena.destroy();
  }
}
