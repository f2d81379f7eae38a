// Decides where every tensor of a new bundle lies. Pure: shapes in, shards and offsets out.

import { formatOf, type WeightFormat } from '../formats/formats.ts';
import { layoutOf, tensorAlignment, tensorBytes, type BundleTensor } from './manifest.ts';
import type { ExpectedShapes } from '../checkpoint/tensor-names.ts';

/** Formats that a bundle's decoder matrices can have. */
export type BundleWeights = Exclude<WeightFormat, 'f32'>;

export interface BundlePlan {
  readonly shards: readonly { readonly file: string; readonly byteLength: number }[];
  readonly tensors: readonly BundleTensor[];
  readonly aliases: ReadonlyMap<string, string>;
}

/** A shard stays below this unless a single tensor is larger. */
export const shardBytes = 1024 * 1024 * 1024;

export interface PlanOptions {
  /** Tensors that are not stored because they equal another: their name -> the other's. */
  readonly aliases?: ReadonlyMap<string, string>;
  /** Tensors that go into shards of their own at the end, so that all others keep their places. */
  readonly last?: ReadonlySet<string>;
}

/** The name of a shard by its index. */
export const shardFile = (index: number): string => `weights-${index + 1}.bin`;

/** Tensors in the order of `shapes`, one behind the other, in shards of at most 1 GiB. */
export function planBundle(
  shapes: ExpectedShapes,
  weights: BundleWeights,
  { aliases = new Map(), last = new Set() }: PlanOptions = {},
): BundlePlan {
  const stored = [...shapes].filter(([name]) => !aliases.has(name));
  const shards: { file: string; byteLength: number }[] = [];
  const tensors: BundleTensor[] = [];
  function place([name, shape]: readonly [string, readonly number[]], newShard: boolean): void {
    const format = formatOf(name, shape, weights);
    const byteLength = tensorBytes(format, shape);
    const open = shards.at(-1);
    const offset = Math.ceil((open?.byteLength ?? 0) / tensorAlignment) * tensorAlignment;
    const fits = open !== undefined && !newShard && offset + byteLength <= shardBytes;
    const shard = fits ? open : { file: shardFile(shards.length), byteLength: 0 };
    if (!fits) shards.push(shard);
    const byteOffset = fits ? offset : 0;
    shard.byteLength = byteOffset + byteLength;
    const [layout, index] = [layoutOf(format), shards.length - 1];
    tensors.push({ name, shape, format, layout, shard: index, byteOffset, byteLength });
  }
  for (const entry of stored) if (!last.has(entry[0])) place(entry, false);
  stored.filter(([name]) => last.has(name)).forEach((entry, i) => place(entry, i === 0));
  return { shards, tensors, aliases };
}
