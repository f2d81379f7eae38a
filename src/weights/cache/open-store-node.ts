// Node keeps no copies of models: a folder of the disk is as fast as a cache would be.

import type { CacheStore } from './cache-store.ts';

export function openStore(): Promise<CacheStore | null> {
  return Promise.resolve(null);
}
