// How a workgroup of shaders/shared/attention-products.wgsl shares a tile: pure functions of a head's size, of how its
// keys and values lie in workgroup memory, and of the memory there is.

import { ceilDiv } from '../../gpu/kernel.ts';
import type { KvFormat } from './kv-layer.ts';

/** The constants of shaders/shared/attention-products.wgsl that are not of the heads. */
export interface AttentionTiles {
  /** Rows of an invocation, in fours; it holds 8 / quads keys. */
  readonly quads: 1 | 2;
  /** Invocations that share rows. */
  readonly across: 8 | 16;
  /** Invocations that share keys. */
  readonly down: 8 | 16;
  /** vec4s of a head that go through workgroup memory at a time. */
  readonly chunk: number;
  /** Values that do. */
  readonly step: number;
}

/**
 * `software`: many sums per load, for processors; `four-lanes`: for those with subgroups of four. The others are for GPUs:
 * `portable` for each, `subgroups` with shuffles.
 */
export type AttentionVariant = 'software' | 'four-lanes' | 'portable' | 'subgroups';

/** A format of keys and values; with `-halves` where tiles hold them as halves. */
export type AttentionForm = KvFormat | 'f16-halves' | 'int8-halves';

/** Whether keys and values lie in workgroup memory as floats, or as halves of heads that are multiples of eight. */
export type TileForm = 'floats' | 'halves';

/** The largest head there are registers for. */
export const widestHead = 256;

/** Bytes of workgroup memory. */
export function tileBytes(tiles: AttentionTiles, headDim: number, form: TileForm): number {
  const { quads, across, down, chunk, step } = tiles;
  const vector = form === 'halves' ? 8 : 16;
  const odd = (count: number) => count | 1;
  const queries = 16 * tileRows(tiles) * odd(chunk);
  const keys = vector * keyTile(tiles) * odd(chunk);
  const values = vector * step * (headDim / 4);
  const probabilities = 16 * Math.max(step, across) * odd(quads * down);
  return queries + keys + values + probabilities;
}

/** Rows of a tile: queries times the heads that share a key head. */
export function tileRows({ quads, down }: AttentionTiles): number {
  return 4 * quads * down;
}

/** Keys of a tile. */
export function keyTile({ quads, across }: AttentionTiles): number {
  return (8 / quads) * across;
}

/** The tiles for heads of this size; the best of those that fit. */
export function attentionTiles(headDim: number, form: TileForm, workgroupMemory: number): AttentionTiles {
  const { mostBytes, ...shape } = shapeFor(headDim);
  const room = Math.min(workgroupMemory, mostBytes);
  const [first = smallest, ...others] = chunkSizes(headDim, form)
    .flatMap((chunk) => [1, 2, 4].map((part) => ({ ...shape, chunk, step: shape.across / part })))
    .flatMap((tiles) => (shape.down === 16 ? [{ ...tiles, step: 2 * tiles.step }, tiles] : [tiles]))
    .filter((tiles) => tileBytes(tiles, headDim, form) <= room && loadsFit(tiles, headDim, form));
  return others.reduce((best, one) => (slowness(one, headDim) < slowness(best, headDim) ? one : best), first);
}

/** Fits 16 KiB for every head up to the widest. */
const smallest: AttentionTiles = { quads: 1, across: 16, down: 8, chunk: 2, step: 4 };

/**
 * Which rows and keys a workgroup takes, and the memory that is worth taking: more leaves a core too few workgroups. What
 * was fastest on an H200 (bench/LOG.md); outputs of a row are two vec4s of each invocation, or four of fewer rows.
 */
function shapeFor(
  headDim: number,
): Pick<AttentionTiles, 'quads' | 'across' | 'down'> & { readonly mostBytes: number } {
  if (headDim > 128) return { quads: 1, across: 16, down: 8, mostBytes: 25 * 1024 };
  if (headDim > 72) return { quads: 2, across: 16, down: 8, mostBytes: 25 * 1024 };
  return { quads: 1, across: 8, down: 16, mostBytes: 16 * 1024 };
}

/** Equal parts of a head, as far as it divides; halves are loaded two vec4s at a time. */
function chunkSizes(headDim: number, form: TileForm): number[] {
  const vectors = headDim / 4;
  const unit = form === 'halves' ? 2 : 1;
  const sizes = Array.from({ length: vectors }, (_, i) => ceilDiv(ceilDiv(vectors, i + 1), unit) * unit);
  return [...new Set(sizes)].filter((size) => size <= 9);
}

/** What an invocation loads at a time has names in the shader: eight vec4s of queries, four units of keys and of values. */
export function loadsFit(tiles: AttentionTiles, headDim: number, form: TileForm): boolean {
  const { across, down, chunk, step } = tiles;
  const unit = form === 'halves' ? 2 : 1;
  const each = (items: number) => ceilDiv(items, across * down);
  return (
    each(tileRows(tiles) * chunk) <= 8 &&
    each((keyTile(tiles) * chunk) / unit) <= 4 &&
    each((step * headDim) / 4 / unit) <= 4
  );
}

/** Products with what pads the last chunk, and barriers. */
function slowness(tiles: AttentionTiles, headDim: number): number {
  const chunks = ceilDiv(headDim / 4, tiles.chunk);
  const steps = keyTile(tiles) / tiles.step;
  return (chunks * tiles.chunk) / (headDim / 4) + 0.02 * (chunks + steps);
}
