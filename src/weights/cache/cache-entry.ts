// One folder of the cache: what it says about itself, and which of its chunks are there.

import { checksumBytes } from './chunk-checksum.ts';
import { sha256Hex } from '../bundle/chunk-hash.ts';
import type { CacheFolder, CacheStore } from './cache-store.ts';

const infoFile = 'entry.json';
/** One checksum per chunk of the bundle; zeros where the chunk is not there. */
export const marksFile = 'chunks';
export const manifestCopy = 'manifest';
export const shardFile = (shard: number) => `shard-${shard}`;
const smallFile = (name: string) => `file-${name}`;

export interface EntryInfo {
  readonly version: 1;
  /** SHA-256 of the manifest's bytes; empty while the bundle is being made on this machine. */
  readonly id: string;
  /** What the user calls the model. */
  readonly name: string;
  /** Where the bundle comes from; null when it was made on this machine. */
  readonly url: string | null;
  /** What a bundle made on this machine was made from; null when it comes from a server. */
  readonly key: string | null;
  /** Bytes of all shards. */
  readonly byteLength: number;
  /** Chunks of all shards. */
  readonly chunks: number;
  /** Hexadecimal SHA-256 of the small files that are kept; null for one that the bundle does not have. */
  readonly files: Readonly<Record<string, string | null>>;
}

export interface CacheEntry {
  readonly folder: CacheFolder;
  readonly info: EntryInfo;
}

/** The lock under which a folder is written (exclusive) or read (shared). */
export function entryLock(folder: string): string {
  return `bundle:${folder}`;
}

export async function writeInfo(folder: CacheFolder, info: EntryInfo): Promise<void> {
  await folder.write(infoFile, new TextEncoder().encode(JSON.stringify(info)));
}

/** Null where nothing usable is written, such as in a folder whose making was interrupted. */
export async function readInfo(folder: CacheFolder): Promise<EntryInfo | null> {
  try {
    const bytes = await folder.read(infoFile);
    return bytes && checkedInfo(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return null;
  }
}

function checkedInfo(value: unknown): EntryInfo | null {
  const info = (value ?? {}) as Partial<Record<keyof EntryInfo, unknown>>;
  const texts = [info.id, info.name].every((text) => typeof text === 'string');
  const origins = [info.url, info.key].every((text) => text === null || typeof text === 'string');
  const counts = [info.byteLength, info.chunks].every((n) => Number.isSafeInteger(n) && (n as number) >= 0);
  const files = typeof info.files === 'object' && info.files !== null;
  return info.version === 1 && texts && origins && counts && files ? (value as EntryInfo) : null;
}

/** All folders of the cache with what they say about themselves. */
export async function listEntries(
  store: CacheStore,
): Promise<{ folder: CacheFolder; info: EntryInfo | null }[]> {
  const entries: { folder: CacheFolder; info: EntryInfo | null }[] = [];
  for (const name of await store.folders()) {
    const folder = await store.folder(name, false);
    if (folder) entries.push({ folder, info: await readInfo(folder) });
  }
  return entries;
}

/** The marks of an entry's chunks (`marksFile`); all zeros where they cannot be read. */
export async function readMarks({ folder, info }: CacheEntry): Promise<Uint8Array<ArrayBuffer>> {
  const marks = noMarks(info);
  const stored = await folder.read(marksFile).catch(() => null);
  if (stored) marks.set(stored.subarray(0, marks.byteLength));
  return marks;
}

export function noMarks({ chunks }: Pick<EntryInfo, 'chunks'>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(chunks * checksumBytes);
}

/** The checksum of a chunk that is there, or null. The bytes are those of `marks`. */
export function markOf(marks: Uint8Array<ArrayBuffer>, number: number): Uint8Array<ArrayBuffer> | null {
  const mark = marks.subarray(number * checksumBytes, (number + 1) * checksumBytes);
  return mark.some((byte) => byte !== 0) ? mark : null;
}

export function isComplete(marks: Uint8Array<ArrayBuffer>): boolean {
  const chunks = marks.byteLength / checksumBytes;
  return chunks > 0 && Array.from({ length: chunks }, (_, i) => i).every((i) => markOf(marks, i) !== null);
}

/** A small file whose hash is still the one of when it was written. */
export async function readSmallFile(
  { folder, info }: CacheEntry,
  name: string,
): Promise<Uint8Array<ArrayBuffer> | 'missing' | 'unknown'> {
  const expected = info.files[name];
  if (expected === undefined) return 'unknown';
  if (expected === null) return 'missing';
  const bytes = await folder.read(smallFile(name)).catch(() => null);
  return bytes && (await sha256Hex(bytes)) === expected ? bytes : 'unknown';
}

/** Writes a small file, or that there is none; returns the info that says so, which is written too. */
export async function addSmallFile(
  { folder, info }: CacheEntry,
  name: string,
  bytes: Uint8Array<ArrayBuffer> | null,
): Promise<EntryInfo> {
  if (bytes) await folder.write(smallFile(name), bytes);
  const files = { ...info.files, [name]: bytes && (await sha256Hex(bytes)) };
  const changed = { ...info, files };
  await writeInfo(folder, changed);
  return changed;
}

/** The manifest, if it is still the one that the entry is of. */
export async function readManifestCopy({
  folder,
  info,
}: CacheEntry): Promise<Uint8Array<ArrayBuffer> | null> {
  const bytes = await folder.read(manifestCopy).catch(() => null);
  return bytes && info.id !== '' && (await sha256Hex(bytes)) === info.id ? bytes : null;
}
