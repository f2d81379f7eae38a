// One bundle in the cache during one load: gives the chunks it has, takes those it lacks. A damaged chunk counts as
// missing. Whatever goes wrong in here costs speed, never the load.

import { Molmo2Error } from '../../errors.ts';
import type { BundleChunk } from '../bundle/bundle-chunk.ts';
import type { ChunkCache } from '../bundle/bundle-chunks.ts';
import { byteCount } from '../files/byte-count.ts';
import {
  addSmallFile,
  entryLock,
  markOf,
  marksFile,
  readSmallFile,
  shardFile,
  type CacheEntry,
  type EntryInfo,
} from './cache-entry.ts';
import {
  isOutOfRoom,
  type CacheFile,
  type CacheFolder,
  type CacheStore,
  type Release,
} from './cache-store.ts';
import { checksumBytes, chunkChecksum, unchanged } from './chunk-checksum.ts';
import type { VerifiedBytes } from '../bundle/chunk-hash.ts';

const none = new Uint8Array(checksumBytes);

type Mode = 'read' | 'write' | 'closed';

/** Made by `openCachedBundle`; `close` gives its lock and handles back. */
export class CachedBundle implements ChunkCache {
  /** Things worth telling the user. */
  readonly notices: string[] = [];
  readonly #store: CacheStore;
  readonly #folder: CacheFolder;
  readonly #marks: Uint8Array<ArrayBuffer>;
  #info: EntryInfo;
  #mode: Mode;
  #release: Release | null;
  #stopped = false;
  #upgrade: Promise<boolean> | null = null;
  #smallFiles: Promise<unknown> = Promise.resolve();
  readonly #files = new Map<string, Promise<CacheFile>>();

  constructor(
    store: CacheStore,
    { folder, info }: CacheEntry,
    marks: Uint8Array<ArrayBuffer>,
    mode: 'read' | 'write',
    release: Release,
  ) {
    this.#store = store;
    this.#folder = folder;
    this.#info = info;
    this.#marks = marks;
    this.#mode = mode;
    this.#release = release;
  }

  /** Bytes of shards that would have to be fetched. */
  missingBytes(chunks: readonly BundleChunk[]): number {
    const missing = chunks.filter(({ number }) => !markOf(this.#marks, number));
    return missing.reduce((sum, { start, end }) => sum + end - start, 0);
  }

  async get(chunk: BundleChunk, into: Uint8Array<ArrayBuffer>): Promise<VerifiedBytes | null> {
    const mark = markOf(this.#marks, chunk.number);
    if (!mark) return null;
    try {
      const count = await (await this.#file(shardFile(chunk.shard))).read(chunk.start, into);
      const bytes = unchanged(into.subarray(0, count), chunk, mark);
      if (bytes) return bytes;
    } catch {
      // A file that cannot be read has lost the chunk just the same.
    }
    await this.#orStop(async () => this.#mark(await this.#file(marksFile), chunk, none));
    return null;
  }

  async put(chunk: BundleChunk, bytes: VerifiedBytes): Promise<void> {
    await this.#orStop(async () => {
      const file = await this.#file(shardFile(chunk.shard));
      const marks = await this.#file(marksFile);
      // The mark goes first and comes back last, so that it never stands for half a chunk.
      await this.#mark(marks, chunk, none);
      await file.write(chunk.start, bytes);
      await this.#mark(marks, chunk, chunkChecksum(bytes));
    });
  }

  async #mark(file: CacheFile, { number }: BundleChunk, mark: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#marks.set(mark, number * checksumBytes);
    await file.write(number * checksumBytes, mark);
  }

  /** A small file of the bundle as it was kept; `missing` when the bundle has none, `unknown` when it was never kept. */
  async readFile(name: string): Promise<Uint8Array<ArrayBuffer> | 'missing' | 'unknown'> {
    await this.#smallFiles;
    return readSmallFile({ folder: this.#folder, info: this.#info }, name);
  }

  /** Keeps a small file, or (null) that the bundle has none of that name. */
  writeFile(name: string, bytes: Uint8Array<ArrayBuffer> | null): Promise<void> {
    // One after the other: each changes the entry's list of files.
    const work = this.#smallFiles.then(() =>
      this.#orStop(async () => {
        this.#info = await addSmallFile({ folder: this.#folder, info: this.#info }, name, bytes);
      }),
    );
    this.#smallFiles = work;
    return work;
  }

  async close(): Promise<void> {
    this.#mode = 'closed';
    await this.#smallFiles;
    await this.#closeFiles();
    await this.#release?.();
    this.#release = null;
  }

  #file(name: string): Promise<CacheFile> {
    if (this.#mode === 'closed') return Promise.reject(new Error('this load has ended'));
    const known = this.#files.get(name);
    if (known) return known;
    const opened = this.#folder.open(name, this.#mode);
    this.#files.set(name, opened);
    return opened;
  }

  async #closeFiles(): Promise<void> {
    const files = [...this.#files.values()];
    this.#files.clear();
    for (const file of await Promise.allSettled(files)) if (file.status === 'fulfilled') file.value.close();
  }

  async #mayWrite(): Promise<boolean> {
    if (this.#stopped || this.#mode === 'closed') return false;
    if (this.#mode === 'write') return true;
    this.#upgrade ??= this.#becomeWriter();
    return this.#upgrade;
  }

  /** A complete bundle is read under a shared lock; when it proves damaged, it is repaired unless others read it too. */
  async #becomeWriter(): Promise<boolean> {
    await this.#closeFiles();
    await this.#release?.();
    const lock = entryLock(this.#folder.name);
    this.#release = await this.#store.lock(lock, 'exclusive', { wait: false });
    if (this.#release) {
      if (this.#mode === 'closed') return false;
      this.#mode = 'write';
      return true;
    }
    // Reading goes on without a lock if need be: every chunk is verified, so nobody can do harm.
    this.#release = await this.#store.lock(lock, 'shared', { wait: false });
    this.#stopped = true;
    return false;
  }

  /** Writes if this load may; the first failure ends all writing. */
  async #orStop(write: () => Promise<void>): Promise<void> {
    try {
      if (await this.#mayWrite()) await write();
    } catch (error) {
      if (this.#stopped || this.#mode === 'closed') return;
      this.#stopped = true;
      this.notices.push(await notKept(this.#store, this.#info, error));
    }
  }
}

/** What a model that does not fit the cache means to the user, with numbers. */
export async function notKept(
  store: CacheStore,
  { name, byteLength }: Pick<EntryInfo, 'name' | 'byteLength'>,
  error: unknown,
): Promise<string> {
  const then = 'It works all the same, but loading it again downloads or converts it again.';
  if (!isOutOfRoom(error))
    return `${name} could not be kept on this machine (${error instanceof Error ? error.message : String(error)}). ${then}`;
  const room = await store.room().catch(() => null);
  const used = room ? `, and this site uses ${byteCount(room.usage)} of ${byteCount(room.quota)}` : '';
  return `There is not enough room to keep ${name} on this machine: it needs ${byteCount(byteLength)}${used}. ${then} Free disk space or delete cached models.`;
}

/** Errors of a cache that may be passed over: all but our own and the abort of the load. */
export function isStoreTrouble(error: unknown, signal: AbortSignal | undefined): boolean {
  return !(error instanceof Molmo2Error) && !signal?.aborted;
}
