// Keys and values of a conversation in this thread's memory, f32, a row for each token in the order of the tokens.

import type { TextConfig } from '../../config.ts';
import { Molmo2Error } from '../../errors.ts';
import type { LayerRows } from '../../fallback.ts';
import type { KvFormat } from '../../kernels/attention/kv-layer.ts';
import type { TokenCache } from '../forward/forward.ts';

const slotStep = 256; // room grows in steps, so that a few more tokens seldom mean new memory

/** Bytes of a cache with room for so many tokens. */
export function plainCacheBytes(config: TextConfig, slots: number): number {
  return roundedSlots(slots) * config.numKvHeads * config.headDim * 2 * 4 * config.numLayers;
}

function roundedSlots(slots: number): number {
  return Math.ceil(slots / slotStep) * slotStep;
}

export class PlainCache implements TokenCache {
  readonly format: KvFormat = 'f32';
  readonly capacity: number;
  readonly byteLength: number;
  length = 0;
  readonly #width: number;
  readonly #layers: readonly LayerRows[];
  readonly #onDestroy: () => void;

  /** Throws `out-of-memory` with the numbers. */
  constructor(config: TextConfig, slots: number, onDestroy: () => void) {
    this.capacity = roundedSlots(slots);
    this.byteLength = plainCacheBytes(config, slots);
    this.#width = config.numKvHeads * config.headDim;
    this.#onDestroy = onDestroy;
    const room = () => new Float32Array(this.capacity * this.#width);
    try {
      this.#layers = Array.from({ length: config.numLayers }, () => ({ keys: room(), values: room() }));
    } catch (cause) {
      throw new Molmo2Error(
        'out-of-memory',
        `Keys and values of ${slots} tokens take ${this.byteLength} bytes, for which there is no memory. Ask about fewer frames (maxFrames) or crops (maxCrops), limit maxNewTokens, or dispose of other chats.`,
        { cause },
      );
    }
  }

  /** The tokens that it holds, layer by layer. */
  get held(): readonly LayerRows[] {
    const end = this.length * this.#width;
    return this.#layers.map(({ keys, values }) => ({
      keys: keys.subarray(0, end),
      values: values.subarray(0, end),
    }));
  }

  /** Writes rows of every layer from slot `slot` on; the length stays. */
  write(
    slot: number,
    layers: readonly { readonly keys: Float32Array; readonly values: Float32Array }[],
  ): void {
    layers.forEach(({ keys, values }, i) => {
      this.#layers[i]?.keys.set(keys, slot * this.#width);
      this.#layers[i]?.values.set(values, slot * this.#width);
    });
  }

  destroy(): void {
    this.#onDestroy();
  }
}
