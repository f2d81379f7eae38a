// The place where models are kept: the browser's own file system. The Node twin is open-store-node.ts.

import type { CacheStore } from './cache-store.ts';
import { opfsStore } from './opfs-store.ts';

/** Null where the browser keeps nothing for this page. */
export function openStore(): Promise<CacheStore | null> {
  return opfsStore();
}
