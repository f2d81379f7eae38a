// Keys and values of every token so far, two or three tensors per layer. The slots of a prompt are in the order of its rows
// (prompt-order.ts); a token that was decoded lies in the slot that is its position.

import type { TextConfig } from '../config.ts';
import { invariant } from '../errors.ts';
import type { StageTensors } from '../gpu/activation-memory.ts';
import { Arena, writeTensor } from '../gpu/arena.ts';
import type { Tensor } from '../gpu/tensor.ts';
import type { TensorSource } from '../gpu/tensor-source.ts';
import { kvShapes, type KvFormat, type KvLayer } from '../kernels/attention/kv-layer.ts';
import { ropeTables } from './rope-table.ts';

const slotStep = 256; // room grows in steps, so that a few more tokens seldom mean new buffers

/** Slots of a cache that has room for so many. */
export function roundedSlots(slots: number): number {
  return Math.ceil(slots / slotStep) * slotStep;
}

/** What the dispatches of a layer need of a cache. */
export type LayerCache = Pick<KvCache, 'layer' | 'ropeTable'>;

/** The tensors of a cache with so many slots. */
function cacheTensors(source: TensorSource, config: TextConfig, slots: number, format: KvFormat) {
  const { kv, dtype, scales } = kvShapes(format, slots, config.numKvHeads, config.headDim);
  const rope = [slots, config.headDim];
  return {
    layers: Array.from({ length: config.numLayers }, (_, layer): KvLayer => ({
      format,
      k: source.tensor(`k ${layer}`, kv, dtype),
      v: source.tensor(`v ${layer}`, kv, dtype),
      scales: scales && source.tensor(`kv scales ${layer}`, scales, 'u32'),
    })),
    ropePlain: source.tensor('rope', rope),
    ropeYarn: config.ropeScaling && source.tensor('rope yarn', rope),
  };
}

/** What a cache with room for so many tokens asks for. */
export function kvCacheMemory(config: TextConfig, slots: number, format: KvFormat): StageTensors {
  return (source) => cacheTensors(source, config, roundedSlots(slots), format);
}

export class KvCache {
  readonly capacity: number;
  readonly format: KvFormat;
  readonly layers: readonly KvLayer[];
  readonly #ropePlain: Tensor; // [S, D/2] of (cos, sin)
  readonly #ropeYarn: Tensor | null;
  readonly #yarnLayers: ReadonlySet<number>;
  readonly #arena: Arena;
  /** Slots that hold tokens; everything beyond may be overwritten. */
  length = 0;

  constructor(device: GPUDevice, config: TextConfig, slots: number, format: KvFormat) {
    this.capacity = roundedSlots(slots);
    this.#arena = new Arena(device, 'kv');
    this.format = format;
    const tables = ropeTables(config, this.capacity);
    const { layers, ropePlain, ropeYarn } = this.#arena.filled(() =>
      cacheTensors(this.#arena, config, this.capacity, format),
    );
    this.layers = layers;
    writeTensor(device, ropePlain, tables.plain);
    if (ropeYarn && tables.yarn) writeTensor(device, ropeYarn, tables.yarn);
    this.#ropePlain = ropePlain;
    this.#ropeYarn = ropeYarn;
    this.#yarnLayers = new Set(tables.yarn ? config.ropeScalingLayers : []);
  }

  get byteLength(): number {
    return this.#arena.byteLength;
  }

  layer(index: number): KvLayer {
    const layer = this.layers[index];
    invariant(layer, `layer ${index} of ${this.layers.length}`);
    return layer;
  }

  ropeTable(layer: number): Tensor {
    return this.#ropeYarn && this.#yarnLayers.has(layer) ? this.#ropeYarn : this.#ropePlain;
  }

  /** Takes over everything that another cache of the same model and format holds. */
  copyFrom(device: GPUDevice, other: KvCache): void {
    invariant(other.length <= this.capacity, `${other.length} tokens do not fit ${this.capacity} slots`);
    invariant(other.format === this.format, `keys and values in ${other.format} are not ${this.format}`);
    const encoder = device.createCommandEncoder();
    const copy = (from: Tensor, to: Tensor) => {
      const bytes = (from.byteLength / other.capacity) * other.length;
      if (bytes > 0)
        encoder.copyBufferToBuffer(from.buffer, from.byteOffset, to.buffer, to.byteOffset, bytes);
    };
    other.layers.forEach((layer, i) => {
      const own = this.layer(i);
      copy(layer.k, own.k);
      copy(layer.v, own.v);
      if (layer.scales && own.scales) copy(layer.scales, own.scales);
    });
    device.queue.submit([encoder.finish()]);
    this.length = other.length;
  }

  destroy(): void {
    this.#arena.destroy();
  }
}
