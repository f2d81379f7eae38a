// The door's functions about kept models; they work on the page's own thread.

import { openStore } from '#weights/cache/open-store';
import { deleteFromCache, listCachedModels, type CachedModel } from './cached-models.ts';

/** The models that the browser keeps for this site, complete or not, sorted by name; in Node there are none. */
export async function cachedModels(): Promise<CachedModel[]> {
  const store = await openStore();
  return store ? listCachedModels(store) : [];
}

/** Frees the room that a kept model takes; false when there is none of that name. Throws `bad-request` while it is being loaded. */
export async function deleteCachedModel(name: string): Promise<boolean> {
  const store = await openStore();
  return store ? deleteFromCache(store, name) : false;
}
