// Writes a bundle into the cache that is made on this machine, such as a checkpoint that the GPU quantises while it streams.
// Its bytes come tensor by tensor; here they are cut into chunks, hashed and stored. The manifest comes last, and only
// with it the bundle counts.

import { invariant } from '../../errors.ts';
import {
  addSmallFile,
  entryLock,
  manifestCopy,
  marksFile,
  noMarks,
  shardFile,
  writeInfo,
  type EntryInfo,
} from './cache-entry.ts';
import type { CacheFile, CacheFolder, CacheStore, Release } from './cache-store.ts';
import { notKept } from './cached-bundle.ts';
import { checksumBytes, chunkChecksum } from './chunk-checksum.ts';
import { sha256Hex } from '../bundle/chunk-hash.ts';
import { chunkBytes } from '../bundle/manifest.ts';

export interface CacheWriterOptions {
  /** What the bundle is made of and how: the same key finds it again (`cachedManifest`). */
  readonly key: string;
  readonly name: string;
  readonly shards: readonly { readonly file: string; readonly byteLength: number }[];
  /** Only tests cut other chunks than 8 MiB. */
  readonly size?: number;
}

/** Hexadecimal SHA-256 of every chunk of every shard. */
export type ShardHashes = readonly (readonly string[])[];

/** Ends with `finish` or `abandon`. A store that fails or is full turns `append` into nothing; `notices` then says so. */
export interface CacheWriter {
  readonly notices: readonly string[];
  /** Bytes of a shard from `byteOffset`: shards and offsets ascend, gaps are zeros. The bytes may be reused afterwards. */
  append(shard: number, byteOffset: number, bytes: Uint8Array): Promise<void>;
  /** Makes the bundle valid; false when it was not stored. */
  finish(
    manifest: (sha256: ShardHashes) => Uint8Array<ArrayBuffer>,
    files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>,
  ): Promise<boolean>;
  /** Removes what was written. */
  abandon(): Promise<void>;
}

/** Null when another tab is making the same bundle. */
export async function createCacheWriter(
  store: CacheStore,
  options: CacheWriterOptions,
): Promise<CacheWriter | null> {
  const name = `local-${await sha256Hex(new TextEncoder().encode(options.key))}`;
  const release = await store.lock(entryLock(name), 'exclusive', { wait: false });
  return release && new StoreWriter(store, name, options, release);
}

class StoreWriter implements CacheWriter {
  readonly notices: string[] = [];
  readonly #store: CacheStore;
  readonly #name: string;
  readonly #options: CacheWriterOptions;
  readonly #size: number;
  readonly #info: EntryInfo;
  readonly #hashes: string[][];
  readonly #marks: Uint8Array<ArrayBuffer>;
  /** Chunks that are stored, over all shards. */
  #stored = 0;
  #chunk: Uint8Array<ArrayBuffer>;
  #shard = 0;
  /** Bytes of the current shard that have been appended. */
  #position = 0;
  #folder: CacheFolder | null = null;
  #file: CacheFile | null = null;
  #release: Release | null;
  #failed = false;

  constructor(store: CacheStore, name: string, options: CacheWriterOptions, release: Release) {
    this.#store = store;
    this.#name = name;
    this.#options = options;
    this.#size = options.size ?? chunkBytes;
    this.#chunk = new Uint8Array(this.#size);
    this.#hashes = options.shards.map(() => []);
    this.#release = release;
    const { shards, key } = options;
    this.#info = {
      version: 1,
      id: '',
      name: options.name,
      url: null,
      key,
      byteLength: shards.reduce((sum, { byteLength }) => sum + byteLength, 0),
      chunks: shards.reduce((sum, { byteLength }) => sum + Math.ceil(byteLength / this.#size), 0),
      files: {},
    };
    this.#marks = noMarks(this.#info);
  }

  async append(shard: number, byteOffset: number, bytes: Uint8Array): Promise<void> {
    invariant(
      shard > this.#shard || (shard === this.#shard && byteOffset >= this.#position),
      `bytes of shard ${shard} at ${byteOffset} come after ${this.#position} of shard ${this.#shard}`,
    );
    const end = this.#options.shards[shard]?.byteLength ?? 0;
    invariant(byteOffset + bytes.byteLength <= end, `shard ${shard} has only ${end} bytes`);
    await this.#orFail(async () => {
      await this.#advance(shard, byteOffset);
      await this.#take(bytes);
    });
  }

  async finish(
    manifest: (sha256: ShardHashes) => Uint8Array<ArrayBuffer>,
    files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>,
  ): Promise<boolean> {
    await this.#orFail(async () => {
      const { shards } = this.#options;
      await this.#advance(shards.length - 1, shards.at(-1)?.byteLength ?? 0);
      this.#file?.close();
      this.#file = null;
      const folder = await this.#open();
      const bytes = manifest(this.#hashes);
      await folder.write(manifestCopy, bytes);
      await folder.write(marksFile, this.#marks);
      let made = this.#info;
      for (const [file, content] of Object.entries(files))
        made = await addSmallFile({ folder, info: made }, file, content);
      await writeInfo(folder, { ...made, id: await sha256Hex(bytes) });
    });
    await this.#close();
    return !this.#failed;
  }

  async abandon(): Promise<void> {
    this.#failed = true;
    this.#file?.close();
    this.#file = null;
    if (this.#release) await this.#store.remove(this.#name).catch(() => {});
    await this.#close();
  }

  async #close(): Promise<void> {
    await this.#release?.();
    this.#release = null;
  }

  async #orFail(work: () => Promise<void>): Promise<void> {
    if (this.#failed) return;
    try {
      await work();
    } catch (error) {
      this.notices.push(await notKept(this.#store, this.#info, error));
      await this.abandon();
    }
  }

  async #open(): Promise<CacheFolder> {
    if (this.#folder) return this.#folder;
    // What an interrupted attempt left is of no use: there is no manifest to tell its chunks by.
    await this.#store.remove(this.#name);
    const folder = await this.#store.folder(this.#name, true);
    invariant(folder, 'a folder that is created exists');
    await writeInfo(folder, this.#info);
    this.#folder = folder;
    return folder;
  }

  /** Fills with zeros up to a place in this or a later shard. */
  async #advance(shard: number, byteOffset: number): Promise<void> {
    while (this.#shard < shard) {
      await this.#zeros(this.#shardLength());
      this.#file?.close();
      this.#file = null;
      this.#shard++;
      this.#position = 0;
    }
    await this.#zeros(byteOffset);
  }

  async #zeros(until: number): Promise<void> {
    const none = new Uint8Array(Math.min(until - this.#position, 65536));
    while (this.#position < until) await this.#take(none.subarray(0, until - this.#position));
  }

  #shardLength(): number {
    return this.#options.shards[this.#shard]?.byteLength ?? 0;
  }

  async #take(bytes: Uint8Array): Promise<void> {
    const end = this.#shardLength();
    for (let taken = 0; taken < bytes.byteLength;) {
      const at = this.#position % this.#size;
      const count = Math.min(bytes.byteLength - taken, this.#size - at);
      this.#chunk.set(bytes.subarray(taken, taken + count), at);
      taken += count;
      this.#position += count;
      if (this.#position % this.#size === 0 || this.#position === end) await this.#flush(at + count);
    }
  }

  /** Hashes and writes the chunk that is full (or the last of its shard). */
  async #flush(byteLength: number): Promise<void> {
    const bytes = this.#chunk.subarray(0, byteLength);
    this.#hashes[this.#shard]?.push(await sha256Hex(bytes));
    const folder = await this.#open();
    this.#file ??= await folder.open(shardFile(this.#shard), 'write');
    await this.#file.write(this.#position - byteLength, bytes);
    this.#marks.set(chunkChecksum(bytes), this.#stored++ * checksumBytes);
  }
}
