// Runs the passes of a fallback one by one, and gives the page a turn between them.

import type { ModelConfig } from '../../config.ts';
import { invariant } from '../../errors.ts';
import type { Passes } from '../../fallback.ts';
import type { FeatureCache } from '../visual/feature-cache.ts';
import type { PlainCache } from './plain-cache.ts';
import { Rotations, visibility } from './plain-rows.ts';

/** Crops that are encoded in one go: the page has no turn meanwhile. */
export const cropsAtOnce = 4;

const longestTurnMs = 12;

/** New tokens with what their embeddings take besides. */
export interface FedRows {
  readonly ids: Uint32Array;
  readonly isImage: Uint8Array;
  readonly added: Float32Array<ArrayBuffer>; // [T, C]
  readonly wanted: readonly number[];
}

/** A model's passes, with what every one of them needs. */
export class PassRunner {
  readonly config: ModelConfig;
  readonly passes: Passes;
  /** Image features of earlier questions. */
  readonly features: FeatureCache<Float32Array>;
  readonly #rotations: Rotations;
  #running: Promise<unknown> = Promise.resolve();
  #turnMs = 0;

  constructor(config: ModelConfig, passes: Passes, features: FeatureCache<Float32Array>) {
    this.config = config;
    this.passes = passes;
    this.features = features;
    this.#rotations = new Rotations(config.text);
  }

  /** Feeds rows behind what a cache holds; returns logits [wanted, V]. The cache has their keys and values, its length stays. */
  async decode(cache: PlainCache, { ids, isImage, added, wanted }: FedRows): Promise<Float32Array> {
    const { length } = cache;
    invariant(
      length + ids.length <= cache.capacity,
      `${length + ids.length} tokens for ${cache.capacity} slots`,
    );
    const { plain, scaled } = this.#rotations.of(length, ids.length);
    const mask = visibility(isImage, length);
    const known = cache.held;
    const rows = { ids, added, angles: plain, scaledAngles: scaled, mask, known, wanted };
    const { logits, layers } = await this.run(() => this.passes.decode(rows));
    cache.write(length, layers);
    return logits;
  }

  /** Runs a pass when the one before is done, and gives the page a turn from time to time. */
  async run<T>(pass: () => Promise<T>): Promise<T> {
    if (performance.now() - this.#turnMs > longestTurnMs) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      this.#turnMs = performance.now();
    }
    const running = this.#running.catch(() => {}).then(pass);
    this.#running = running;
    return running;
  }

  /** Waits for what runs. */
  async settled(): Promise<void> {
    await this.#running.catch(() => {});
  }
}
