// The chunks of a bundle: the pieces that are fetched, verified, cached and uploaded one by one.

import { chunkBytes, type BundleShard } from './manifest.ts';

export interface BundleChunk {
  /** Place in the whole bundle, counted over all shards. */
  readonly number: number;
  /** Index into the manifest's shards. */
  readonly shard: number;
  /** Place in the shard. */
  readonly index: number;
  readonly file: string;
  readonly fileBytes: number;
  /** Bytes [start, end) of the file. */
  readonly start: number;
  readonly end: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

export type ShardList = { readonly shards: readonly BundleShard[] };

/** All chunks in file order. `size` is the manifest's chunk size; tests cut smaller ones. */
export function bundleChunkList({ shards }: ShardList, size: number = chunkBytes): BundleChunk[] {
  const chunks: BundleChunk[] = [];
  shards.forEach(({ file, byteLength, sha256 }, shard) => {
    sha256.forEach((hash, index) => {
      const start = index * size;
      const end = Math.min(start + size, byteLength);
      chunks.push({
        number: chunks.length,
        shard,
        index,
        file,
        fileBytes: byteLength,
        start,
        end,
        sha256: hash,
      });
    });
  });
  return chunks;
}

/** How messages name a chunk. */
export function chunkName({ index, file, start, end }: BundleChunk): string {
  return `chunk ${index} of ${file} (bytes ${start} to ${end - 1})`;
}
