// What new rows of a sequence bring beside their ids: the angles of their positions, and which keys they see.

import type { TextConfig } from '../../config.ts';
import { ropeTables } from '../../decoder/rope-table.ts';
import type { Angles } from '../../fallback.ts';

const unseen = -1e30; // added to a score, nothing is left of its share

/**
 * What is added to the scores [T, known + T] of new tokens: they see what was there before, themselves and what comes before
 * them, and image tokens see each other in both directions.
 */
export function visibility(isImage: Uint8Array, known: number): Float32Array<ArrayBuffer> {
  const T = isImage.length;
  const keys = known + T;
  const mask = new Float32Array(T * keys);
  for (let row = 0; row < T; row++)
    for (let token = row + 1; token < T; token++)
      if (!isImage[row] || !isImage[token]) mask[row * keys + known + token] = unseen;
  return mask;
}

/** Cosines and sines of positions, made once for as many as were asked for so far. */
export class Rotations {
  readonly #config: TextConfig;
  #positions = 0;
  #tables: ReturnType<typeof ropeTables> | null = null;

  constructor(config: TextConfig) {
    this.#config = config;
  }

  /** Of `count` positions from `first` on. */
  of(first: number, count: number): { readonly plain: Angles; readonly scaled: Angles | null } {
    if (!this.#tables || first + count > this.#positions) {
      this.#positions = Math.max(first + count, 2 * this.#positions);
      this.#tables = ropeTables(this.#config, this.#positions);
    }
    const { plain, yarn } = this.#tables;
    const pairs = this.#config.headDim / 2;
    const cut = (table: Float32Array) =>
      apart(table.subarray(first * pairs * 2, (first + count) * pairs * 2));
    return { plain: cut(plain), scaled: yarn && cut(yarn) };
  }
}

function apart(pairs: Float32Array): Angles {
  const half = pairs.length / 2;
  return {
    cos: Float32Array.from({ length: half }, (_, i) => pairs[2 * i] ?? 0),
    sin: Float32Array.from({ length: half }, (_, i) => pairs[2 * i + 1] ?? 0),
  };
}
