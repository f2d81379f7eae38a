// Finds or makes the folder of a bundle in the cache and takes the right lock on it.

import type { ShardList } from '../bundle/bundle-chunk.ts';
import {
  entryLock,
  isComplete,
  listEntries,
  manifestCopy,
  marksFile,
  noMarks,
  readInfo,
  readMarks,
  writeInfo,
  type CacheEntry,
  type EntryInfo,
} from './cache-entry.ts';
import type { CacheStore, Release } from './cache-store.ts';
import { CachedBundle, isStoreTrouble, notKept } from './cached-bundle.ts';
import { sha256Hex } from '../bundle/chunk-hash.ts';

export interface CachedBundleRequest {
  /** The manifest as it came; its hash is the bundle's identity. */
  readonly manifestBytes: Uint8Array<ArrayBuffer>;
  readonly manifest: ShardList;
  /** What `cachedModels` calls it; two bundles that a user may keep at once need two names. */
  readonly name: string;
  /** Address of the bundle, under which it is found again without a connection; null when it has none. */
  readonly url: string | null;
  readonly signal?: AbortSignal | undefined;
  /** Called when another tab is storing the same bundle and this one has to wait for it. */
  readonly onWait?: () => void;
}

export interface OpenedCache {
  /** Null when the cache cannot be used; then `notices` says why. */
  readonly bundle: CachedBundle | null;
  readonly notices: readonly string[];
}

/**
 * Opens a bundle's place in the cache. A complete bundle is shared by all tabs; an incomplete one belongs to one tab at a
 * time, and the others wait until that one is done (or gone) and then read what it stored.
 */
export async function openCachedBundle(
  store: CacheStore,
  request: CachedBundleRequest,
): Promise<OpenedCache> {
  const info = await newInfo(request);
  try {
    const name = await folderOf(store, info);
    for (;;) {
      const reader = await openComplete(store, name, info);
      if (reader) return { bundle: reader, notices: [] };
      const writer = await openForWriting(store, name, info, request);
      if (writer) return { bundle: writer, notices: [] };
    }
  } catch (error) {
    if (!isStoreTrouble(error, request.signal)) throw error;
    return { bundle: null, notices: [await notKept(store, info, error)] };
  }
}

async function newInfo({ manifestBytes, manifest, name, url }: CachedBundleRequest): Promise<EntryInfo> {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    version: 1,
    id: await sha256Hex(manifestBytes),
    name,
    url,
    key: null,
    byteLength: sum(manifest.shards.map(({ byteLength }) => byteLength)),
    chunks: sum(manifest.shards.map(({ sha256 }) => sha256.length)),
    files: {},
  };
}

/** A bundle made on this machine has a folder that was named before its manifest was known. */
async function folderOf(store: CacheStore, { id }: EntryInfo): Promise<string> {
  const entries = await listEntries(store);
  return entries.find(({ info }) => info?.id === id)?.folder.name ?? id;
}

async function currentEntry(store: CacheStore, name: string, wanted: EntryInfo): Promise<CacheEntry | null> {
  const folder = await store.folder(name, false);
  const info = folder && (await readInfo(folder));
  return info && info.id === wanted.id && info.chunks === wanted.chunks ? { folder, info } : null;
}

async function openComplete(
  store: CacheStore,
  name: string,
  wanted: EntryInfo,
): Promise<CachedBundle | null> {
  const release = await store.lock(entryLock(name), 'shared', { wait: false });
  if (!release) return null;
  return orReleased(release, async () => {
    const entry = await currentEntry(store, name, wanted);
    const marks = entry && (await readMarks(entry));
    return entry && marks && isComplete(marks)
      ? new CachedBundle(store, entry, marks, 'read', release)
      : null;
  });
}

/** Null when another tab has completed the bundle in the meantime, so that it can be shared. */
async function openForWriting(
  store: CacheStore,
  name: string,
  wanted: EntryInfo,
  { manifestBytes, signal, onWait }: CachedBundleRequest,
): Promise<CachedBundle | null> {
  const lock = entryLock(name);
  let release = await store.lock(lock, 'exclusive', { wait: false });
  if (!release) {
    onWait?.();
    release = await store.lock(lock, 'exclusive', { wait: true, signal });
  }
  if (!release) return null;
  const held = release;
  return orReleased(held, async () => {
    const entry =
      (await currentEntry(store, name, wanted)) ?? (await newEntry(store, name, wanted, manifestBytes));
    const marks = await readMarks(entry);
    if (isComplete(marks)) return null;
    await removeOlder(store, wanted);
    return new CachedBundle(store, entry, marks, 'write', held);
  });
}

async function newEntry(
  store: CacheStore,
  name: string,
  info: EntryInfo,
  manifestBytes: Uint8Array<ArrayBuffer>,
): Promise<CacheEntry> {
  await store.remove(name);
  const folder = await store.folder(name, true);
  if (!folder) throw new Error('the folder was not made');
  await folder.write(manifestCopy, manifestBytes);
  await folder.write(marksFile, noMarks(info));
  await writeInfo(folder, info);
  return { folder, info };
}

/** What the same address gave before is out of reach: nothing would ask for it again. */
async function removeOlder(store: CacheStore, { url, id }: EntryInfo): Promise<void> {
  if (url === null) return;
  for (const { folder, info } of await listEntries(store)) {
    if (info?.url !== url || info.id === id) continue;
    const release = await store.lock(entryLock(folder.name), 'exclusive', { wait: false });
    if (release) await store.remove(folder.name).finally(release);
  }
}

/** Gives the lock back unless the work has made something that keeps it. */
async function orReleased<T>(release: Release, work: () => Promise<T | null>): Promise<T | null> {
  let made: T | null = null;
  try {
    made = await work();
    return made;
  } finally {
    if (made === null) await release();
  }
}
