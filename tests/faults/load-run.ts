// Loads a bundle as the engine does: cache in front, HTTP behind, everything in order.

import { bundleChunkList } from '../../src/weights/bundle/bundle-chunk.ts';
import { bundleChunks, type BundleChunksOptions } from '../../src/weights/bundle/bundle-chunks.ts';
import type { CacheStore } from '../../src/weights/cache/cache-store.ts';
import { httpChunks } from '../../src/weights/fetch/http-chunks.ts';
import { openCachedBundle } from '../../src/weights/cache/open-cached-bundle.ts';
import type { RetryPolicy } from '../../src/weights/fetch/retry.ts';
import type { TestBundle } from './test-bundle.ts';

export interface LoadRequest {
  readonly base: string;
  readonly bundle: Pick<TestBundle, 'manifest' | 'manifestBytes'>;
  readonly chunkBytes: number;
  readonly store: CacheStore | null;
  readonly name?: string;
  readonly policy?: Partial<RetryPolicy>;
  readonly options?: Omit<BundleChunksOptions, 'cache' | 'chunkBytes'>;
  readonly onChunk?: (number: number) => unknown;
}

export interface LoadEnd {
  /** The shards put together again; null when the load failed. */
  readonly shards: readonly Uint8Array[] | null;
  readonly error: Error | null;
  readonly notices: readonly string[];
  /** Bytes that the cache lacked when the load began. */
  readonly missingBytes: number;
}

export async function loadRun(request: LoadRequest): Promise<LoadEnd> {
  const { base, bundle, chunkBytes, store, policy = {}, options = {}, name = 'test' } = request;
  const { manifest, manifestBytes } = bundle;
  const signal = options.signal;
  const opened = store
    ? await openCachedBundle(store, { manifestBytes, manifest, name, url: base, signal })
    : { bundle: null, notices: [] };
  const cache = opened.bundle;
  const source = httpChunks('the test bundle', (file) => new URL(file, base).href, { policy });
  const shards = manifest.shards.map(({ byteLength }) => new Uint8Array(byteLength));
  const missingBytes = cache?.missingBytes(bundleChunkList(manifest, chunkBytes)) ?? 0;
  let error: Error | null = null;
  try {
    let number = 0;
    for await (const { shard, index, bytes } of bundleChunks(source, manifest, {
      ...options,
      cache,
      chunkBytes,
    })) {
      shards[shard]?.set(bytes, index * chunkBytes);
      await request.onChunk?.(number++);
    }
  } catch (cause) {
    error = cause instanceof Error ? cause : new Error('what was thrown is no error', { cause });
  }
  await cache?.close();
  const notices = [...opened.notices, ...(cache?.notices ?? [])];
  return { shards: error === null ? shards : null, error, notices, missingBytes };
}
