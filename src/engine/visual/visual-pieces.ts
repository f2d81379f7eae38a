// What is shown, in pieces for the vision tower: features that are known already, or patches that are still to be encoded
// and pooled together.

import { invariant } from '../../errors.ts';
import type { FeatureCache, KnownFeatures } from './feature-cache.ts';
import type { ShownUnit } from './shown-units.ts';
import type { VisualUnit } from './visual-unit.ts';

/** Crops whose patches are pooled together: all crops of a picture, or some frames. */
export interface VisualPiece extends VisualUnit {
  /** Names of the units in it, which pool to equally many tokens each. */
  readonly keys: readonly string[];
}

/** Features that were computed before, of units that follow each other. */
export interface KnownPiece<F> {
  readonly known: readonly F[]; // [tokens, C] each
  readonly crops: number;
}

export interface PieceOptions<F> {
  readonly cache: KnownFeatures<F>;
  /** Units that are encoded together at most: frames as many as the encoder takes at once, pictures alone. */
  readonly most: number;
  /** Patches of one crop. */
  readonly numPatches: number;
}

const mostKnown = 64;

/** Units in order; neighbours go together where all are known or none is. */
export async function* visualPieces<F>(
  units: AsyncIterable<ShownUnit>,
  { cache, most, numPatches }: PieceOptions<F>,
): AsyncGenerator<VisualPiece | KnownPiece<F>, void, undefined> {
  let unknown: ShownUnit[] = [];
  let known: F[] = [];
  let crops = 0;
  function* pieces(): Generator<VisualPiece | KnownPiece<F>, void, undefined> {
    if (unknown.length > 0) yield pieceOf(unknown, numPatches);
    if (known.length > 0) yield { known, crops };
    [unknown, known, crops] = [[], [], 0];
  }
  for await (const unit of units) {
    const features = cache.find(unit.key);
    if (features === null ? known.length > 0 : unknown.length > 0) yield* pieces();
    if (features !== null) {
      known.push(features);
      crops += unit.crops;
    } else unknown.push(unit);
    if (unknown.length === most || known.length === mostKnown) yield* pieces();
  }
  yield* pieces();
}

/** Keeps the features [n, C] of a piece under the names of its units. */
export async function keepFeatures<F>(
  cache: FeatureCache<F>,
  { keys, pooling, window }: VisualPiece,
  features: F,
): Promise<void> {
  const rows = pooling.length / window / keys.length;
  await Promise.all(keys.map((key, i) => cache.keep(key, features, i * rows, rows)));
}

function pieceOf(units: readonly ShownUnit[], numPatches: number): VisualPiece {
  const [first] = units;
  invariant(first, 'a piece of nothing');
  const patches = units.map(({ key, patches: own }) => {
    invariant(own, `the patches of ${key} are there until its features are known`);
    return own;
  });
  const [only] = patches;
  return {
    patches: only && patches.length === 1 ? only : joined(patches),
    crops: units.reduce((sum, { crops }) => sum + crops, 0),
    pooling: joinedPooling(units, numPatches),
    window: first.window,
    keys: units.map(({ key }) => key),
  };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

/** One table for crops that lie one after the other. */
export function joinedPooling(
  units: readonly Pick<VisualUnit, 'pooling' | 'crops'>[],
  numPatches: number,
): Int32Array {
  const table = new Int32Array(units.reduce((sum, { pooling }) => sum + pooling.length, 0));
  let at = 0;
  let row = 0;
  for (const { pooling, crops } of units) {
    for (const index of pooling) table[at++] = index < 0 ? -1 : index + row;
    row += crops * numPatches;
  }
  return table;
}
