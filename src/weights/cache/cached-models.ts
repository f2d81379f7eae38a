// The models that this machine keeps: what they are called, how big they are, and how to be rid of them.

import { Molmo2Error } from '../../errors.ts';
import {
  entryLock,
  isComplete,
  listEntries,
  readManifestCopy,
  readMarks,
  type EntryInfo,
} from './cache-entry.ts';
import type { CacheFolder, CacheStore } from './cache-store.ts';

/** A model that the browser keeps for this site. */
export interface CachedModel {
  readonly name: string;
  /** Bytes that deleting it frees. */
  readonly byteLength: number;
  /** Whether its weights are all there; false for what an interrupted download or conversion left. */
  readonly complete: boolean;
}

/** Sorted by name. */
export async function listCachedModels(store: CacheStore): Promise<CachedModel[]> {
  const models: CachedModel[] = [];
  for (const { folder, info } of await listEntries(store)) {
    const complete = info !== null && info.id !== '' && isComplete(await readMarks({ folder, info }));
    models.push({ name: nameOf(folder, info), byteLength: await folder.byteLength(), complete });
  }
  return models.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Deletes everything that is kept under this name; false when there is nothing. Throws `bad-request` while a tab is
 * loading the model.
 */
export async function deleteFromCache(store: CacheStore, name: string): Promise<boolean> {
  const entries = await listEntries(store);
  const wanted = entries.filter(({ folder, info }) => nameOf(folder, info) === name);
  for (const { folder } of wanted) {
    const release = await store.lock(entryLock(folder.name), 'exclusive', { wait: false });
    if (!release)
      throw new Molmo2Error(
        'bad-request',
        `The cached model ${name} is being loaded, here or in another tab. Delete it when that is done.`,
      );
    await store.remove(folder.name).finally(release);
  }
  return wanted.length > 0;
}

function nameOf(folder: CacheFolder, info: EntryInfo | null): string {
  return info?.name ?? `unfinished ${folder.name.slice(0, 12)}`;
}

/** The manifest of a complete bundle by where it came from, by what it was made of on this machine, or by its name. */
export async function cachedManifest(
  store: CacheStore,
  origin: { readonly url: string } | { readonly key: string } | { readonly name: string },
): Promise<Uint8Array<ArrayBuffer> | null> {
  for (const entry of await listEntries(store)) {
    const { folder, info } = entry;
    if (!info || !isFrom(info, origin)) continue;
    if (!isComplete(await readMarks({ folder, info }))) continue;
    const bytes = await readManifestCopy({ folder, info });
    if (bytes) return bytes;
  }
  return null;
}

type Origin = Parameters<typeof cachedManifest>[1];

function isFrom(info: EntryInfo, origin: Origin): boolean {
  if ('url' in origin) return info.url === origin.url;
  return 'key' in origin ? info.key === origin.key : info.name === origin.name;
}
