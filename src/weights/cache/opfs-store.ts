// The cache's files in the browser's origin private file system. Reading and listing work on every thread; writing needs
// a dedicated worker, where the synchronous access handles are.

import type { CacheFile, CacheFolder, CacheStore, LockOptions, Release } from './cache-store.ts';

const rootName = 'molmo2-webgpu';

/** The part of a synchronous access handle that is used here; browsers that do not know `mode` open exclusively. */
interface AccessHandle {
  read(target: Uint8Array, options: { at: number }): number;
  write(source: Uint8Array, options: { at: number }): number;
  truncate(size: number): void;
  flush(): void;
  getSize(): number;
  close(): void;
}
type OpenAccessHandle = (options?: { mode: 'readwrite' | 'read-only' }) => Promise<AccessHandle>;

/** The store of this site, or null where the browser has none (no secure context, some private windows). */
export async function opfsStore(): Promise<CacheStore | null> {
  // Missing in pages that are no secure context, whatever the types say.
  const { storage, locks } = navigator as Partial<Navigator>;
  if (!storage?.getDirectory || !locks) return null;
  try {
    const root = await (await storage.getDirectory()).getDirectoryHandle(rootName, { create: true });
    return store(root, storage, locks);
  } catch {
    return null;
  }
}

function store(root: FileSystemDirectoryHandle, storage: StorageManager, locks: LockManager): CacheStore {
  return {
    async folders() {
      const names: string[] = [];
      for await (const [name, handle] of root.entries()) if (handle.kind === 'directory') names.push(name);
      return names.toSorted();
    },
    async folder(name, create) {
      const handle = await orNull(root.getDirectoryHandle(name, { create }));
      return handle && opfsFolder(handle);
    },
    async remove(name) {
      await orNull(root.removeEntry(name, { recursive: true }));
    },
    lock: (name, mode, options) => webLock(locks, name, mode, options),
    async room() {
      const { usage, quota } = await storage.estimate();
      return usage === undefined || quota === undefined ? null : { usage, quota };
    },
  };
}

function opfsFolder(folder: FileSystemDirectoryHandle): CacheFolder {
  return {
    name: folder.name,
    async read(file) {
      const handle = await orNull(folder.getFileHandle(file));
      return handle && new Uint8Array(await (await handle.getFile()).arrayBuffer());
    },
    async write(file, bytes) {
      const handle = await accessHandle(await folder.getFileHandle(file, { create: true }), 'readwrite');
      try {
        handle.truncate(0);
        writeAll(handle, 0, bytes);
        handle.flush();
      } finally {
        handle.close();
      }
    },
    async open(file, mode) {
      if (mode === 'write')
        return syncFile(await accessHandle(await folder.getFileHandle(file, { create: true }), 'readwrite'));
      const handle = await folder.getFileHandle(file);
      try {
        return syncFile(await accessHandle(handle, 'read-only'));
      } catch {
        // Another reader holds it, in a browser without the read-only mode.
        return blobFile(await handle.getFile());
      }
    },
    async byteLength() {
      let sum = 0;
      for await (const handle of folder.values())
        if (handle.kind === 'file') sum += (await (handle as FileSystemFileHandle).getFile()).size;
      return sum;
    },
  };
}

function accessHandle(handle: FileSystemFileHandle, mode: 'readwrite' | 'read-only'): Promise<AccessHandle> {
  const open: OpenAccessHandle | undefined = handle.createSyncAccessHandle?.bind(handle);
  if (!open) throw new Error('files of the cache can only be written in a worker');
  return open({ mode });
}

function syncFile(handle: AccessHandle): CacheFile {
  return {
    async read(at, into) {
      return handle.read(into, { at });
    },
    async write(at, bytes) {
      writeAll(handle, at, bytes);
    },
    close: () => handle.close(),
  };
}

function writeAll(handle: AccessHandle, at: number, bytes: Uint8Array): void {
  const count = handle.write(bytes, { at });
  if (count !== bytes.byteLength)
    throw new DOMException(`${count} of ${bytes.byteLength} bytes were written`, 'QuotaExceededError');
}

function blobFile(blob: Blob): CacheFile {
  return {
    async read(at, into) {
      const bytes = new Uint8Array(await blob.slice(at, at + into.byteLength).arrayBuffer());
      into.set(bytes);
      return bytes.byteLength;
    },
    write: () => Promise.reject(new Error('molmo2-webgpu bug: this file is open for reading')),
    close: () => {},
  };
}

async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotFoundError') return null;
    throw error;
  }
}

/** The lock lasts as long as the promise that its callback returns, and the request as long as the lock. */
function webLock(
  locks: LockManager,
  name: string,
  mode: LockMode,
  { wait, signal }: LockOptions,
): Promise<Release | null> {
  return new Promise((resolve, reject) => {
    const options = wait ? { mode, ...(signal && { signal }) } : { mode, ifAvailable: true };
    const request = locks.request(`${rootName}:${name}`, options, (lock) => {
      if (!lock) return resolve(null);
      return new Promise<void>((end) => {
        resolve(async () => {
          end();
          await request;
        });
      });
    });
    request.catch((error: unknown) => reject(signal?.aborted ? signal.reason : error));
  });
}
