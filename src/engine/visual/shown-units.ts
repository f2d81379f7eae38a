// The pictures or frames of a question as they are decoded, each with the name of its content. They can be compared with
// what was shown before, and are still there afterwards: a decoded frame may come only once.

import type { KnownFeatures } from './feature-cache.ts';
import { contentKey, type VisualKind, type VisualUnit } from './visual-unit.ts';

/** A unit by name; its patches are let go where its features are known already. */
export interface ShownUnit extends Omit<VisualUnit, 'patches'> {
  readonly key: string;
  readonly patches: Uint8Array | null;
}

export class ShownUnits {
  readonly #source: AsyncGenerator<VisualUnit, void, undefined>;
  readonly #kind: VisualKind;
  readonly #cache: KnownFeatures;
  readonly #keepPatches: boolean;
  readonly #ahead: ShownUnit[] = []; // compared, but not handed out yet
  readonly #keys: string[] = [];

  /** `keepPatches` keeps pixels also where features are known, for those who want to look at them. */
  constructor(
    source: AsyncGenerator<VisualUnit, void, undefined>,
    kind: VisualKind,
    cache: KnownFeatures,
    keepPatches: boolean,
  ) {
    this.#source = source;
    this.#kind = kind;
    this.#cache = cache;
    this.#keepPatches = keepPatches;
  }

  /** Names of the units that were read so far, in order. */
  get keys(): readonly string[] {
    return this.#keys;
  }

  /** Whether these are all units, in order. Reads up to the first that differs. */
  async areAll(keys: readonly string[]): Promise<boolean> {
    for (;;) {
      const read = this.#keys.length;
      if (this.#keys.some((key, i) => key !== keys[i])) return false;
      if (!(await this.#readAhead())) return read === keys.length;
    }
  }

  /** Every unit in order, those that were compared first. */
  async *units(): AsyncGenerator<ShownUnit, void, undefined> {
    for (;;) {
      const unit = this.#ahead.shift();
      if (unit) yield unit;
      else if (!(await this.#readAhead())) return;
    }
  }

  /** Ends the decoding. */
  async close(): Promise<void> {
    await this.#source.return();
  }

  async #readAhead(): Promise<boolean> {
    const { value } = await this.#source.next();
    if (!value) return false;
    const key = await contentKey(this.#kind, value);
    this.#keys.push(key);
    const isKnown = this.#cache.find(key) !== null;
    this.#ahead.push({ ...value, key, patches: isKnown && !this.#keepPatches ? null : value.patches });
    return true;
  }
}
