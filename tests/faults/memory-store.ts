// The cache's files in memory, to test the cache where there is no OPFS. Locks work as the browser's do.

import type { CacheFile, CacheFolder, CacheStore } from '../../src/weights/cache/cache-store.ts';

interface Lock {
  shared: number;
  exclusive: boolean;
  readonly waiting: (() => void)[];
}

export interface MemoryStore extends CacheStore {
  /** Every file by `folder/file`. */
  readonly content: Map<string, Uint8Array<ArrayBuffer>>;
  /** Bytes that fit; writing beyond them fails as a full disk does. */
  quota: number;
}

export function memoryStore(): MemoryStore {
  const content = new Map<string, Uint8Array<ArrayBuffer>>();
  const folders = new Set<string>();
  const locks = new Map<string, Lock>();
  const usage = () => [...content.values()].reduce((sum, bytes) => sum + bytes.length, 0);

  function replace(path: string, bytes: Uint8Array<ArrayBuffer>): void {
    if (usage() - (content.get(path)?.length ?? 0) + bytes.length > store.quota)
      throw new DOMException('full', 'QuotaExceededError');
    content.set(path, bytes);
  }

  function folder(name: string): CacheFolder {
    const file = (path: string, writable: boolean): CacheFile => {
      let open = true;
      const bytes = () => {
        const found = content.get(path);
        if (!open || !found) throw new DOMException('gone', 'InvalidStateError');
        return found;
      };
      return {
        async read(at, into) {
          const found = bytes().subarray(at, at + into.length);
          into.set(found);
          return found.length;
        },
        async write(at, added) {
          if (!writable) throw new Error('the file is open for reading');
          const old = bytes();
          const grown = new Uint8Array(Math.max(old.length, at + added.length));
          grown.set(old);
          grown.set(added, at);
          replace(path, grown);
        },
        close: () => (open = false),
      };
    };
    return {
      name,
      read: async (path) => content.get(`${name}/${path}`)?.slice() ?? null,
      write: async (path, bytes) => replace(`${name}/${path}`, bytes.slice()),
      async open(path, mode) {
        const full = `${name}/${path}`;
        if (!content.has(full) && mode === 'read') throw new DOMException('gone', 'NotFoundError');
        if (!content.has(full)) replace(full, new Uint8Array(0));
        return file(full, mode === 'write');
      },
      byteLength: async () =>
        [...content].reduce((sum, [path, { length }]) => sum + (path.startsWith(`${name}/`) ? length : 0), 0),
    };
  }

  const store: MemoryStore = {
    content,
    quota: Infinity,
    folders: async () => [...folders],
    async folder(name, create) {
      if (create) folders.add(name);
      return folders.has(name) ? folder(name) : null;
    },
    async remove(name) {
      folders.delete(name);
      for (const path of content.keys()) if (path.startsWith(`${name}/`)) content.delete(path);
    },
    async lock(name, mode, { wait, signal }) {
      const lock: Lock = locks.get(name) ?? { shared: 0, exclusive: false, waiting: [] };
      locks.set(name, lock);
      const free = () => !lock.exclusive && (mode === 'shared' || lock.shared === 0);
      if (!free() && !wait) return null;
      signal?.throwIfAborted();
      while (!free())
        await new Promise<void>((resolve, reject) => {
          lock.waiting.push(resolve);
          signal?.addEventListener('abort', () => reject(signal.reason));
        });
      if (mode === 'shared') lock.shared++;
      else lock.exclusive = true;
      let held = true;
      return async () => {
        if (!held) return;
        held = false;
        if (mode === 'shared') lock.shared--;
        else lock.exclusive = false;
        for (const wake of lock.waiting.splice(0)) wake();
      };
    },
    room: async () => ({ usage: usage(), quota: store.quota }),
  };
  return store;
}
