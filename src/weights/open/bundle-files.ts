// The small files of a bundle (manifest, configuration, tokenizer) with the cache in front of them, so that a model that is
// kept whole loads without a connection.

import { Molmo2Error } from '../../errors.ts';
import { cachedManifest } from '../cache/cached-models.ts';
import type { CacheStore } from '../cache/cache-store.ts';
import type { CachedBundle } from '../cache/cached-bundle.ts';
import { manifestFile } from '../bundle/manifest.ts';
import type { ModelFiles } from '../files/model-files.ts';

export interface FoundManifest {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Why it is the kept one; null when it comes from the source. */
  readonly notice: string | null;
}

/**
 * The manifest as the source has it now; when the source cannot be reached, the one of a bundle that was kept whole from
 * the same address. Null when the source has none, so it is no bundle. Throws `network`.
 */
export async function readManifest(
  files: ModelFiles,
  {
    store = null,
    url = null,
    signal,
  }: { store?: CacheStore | null; url?: string | null; signal?: AbortSignal },
): Promise<FoundManifest | null> {
  try {
    const bytes = await files.read(manifestFile, signal);
    return bytes && { bytes, notice: null };
  } catch (error) {
    signal?.throwIfAborted();
    if (!store || url === null || !(error instanceof Molmo2Error && error.code === 'network')) throw error;
    const bytes = await cachedManifest(store, { url });
    if (!bytes) throw error;
    const notice = `${files.label} could not be reached, so the copy on this machine was loaded. (${error.message})`;
    return { bytes, notice };
  }
}

/** The same files, each read from the bundle's cache when it is there and kept there when it is not. */
export function keptFiles(files: ModelFiles, bundle: CachedBundle | null): ModelFiles {
  if (!bundle) return files;
  return {
    label: files.label,
    async read(name, signal) {
      const kept = await bundle.readFile(name);
      signal?.throwIfAborted();
      if (kept === 'missing') return null;
      if (kept !== 'unknown') return kept;
      const bytes = await files.read(name, signal);
      // A file that was cut off on its way is no JSON, and must not be kept.
      if (bytes === null || isJson(bytes)) await bundle.writeFile(name, bytes);
      return bytes;
    },
    readRange: (name, start, end, signal) => files.readRange(name, start, end, signal),
    byteLength: async (name) => (await files.byteLength?.(name)) ?? null,
  };
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return true;
  } catch {
    return false;
  }
}
