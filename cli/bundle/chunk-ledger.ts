// Which jobs of a bundle are still to be done, and which chunks of its shards are complete. Pure.
//
// A job is done when all chunks that it touches have a hash, or when what it wrote was read back. So a run that was stopped
// loses what was in work, and nothing of it is believed unseen.

import { chunkBytes } from '../../src/weights/bundle/manifest.ts';
import type { Job, OutputRange } from './jobs.ts';

/** A job of the list with what it leaves behind. */
export interface PlannedJob {
  /** The same in every run of the same conversion. */
  readonly key: string;
  readonly job: Job;
  /** Whether its result, the hash of what it reads, is wanted. */
  readonly digest: boolean;
  readonly byteLength: number;
}

export interface ChunkPlace {
  readonly shard: number;
  readonly index: number;
}

const keyOf = ({ shard, index }: ChunkPlace): string => `${shard}:${index}`;

/** The places that a job writes to. */
export function writesOf(job: Job): OutputRange[] {
  if (job.kind !== 'encode' && job.kind !== 'fill') return [];
  return job.pieces.flatMap(({ codes, scales }) => (scales ? [codes, scales] : [codes]));
}

function chunksOf(job: Job): ChunkPlace[] {
  const places = new Map<string, ChunkPlace>();
  for (const { shard, offset, length } of writesOf(job))
    for (let index = Math.floor(offset / chunkBytes); index * chunkBytes < offset + length; index++)
      places.set(keyOf({ shard, index }), { shard, index });
  return [...places.values()];
}

/** What an earlier run has done. */
export interface DoneBefore {
  /** Hashes of chunks by `shard:index`. */
  readonly hashes: ReadonlyMap<string, string>;
  /** Hashes of what jobs read, by their keys. */
  readonly digests: ReadonlyMap<string, string>;
  /** Hashes of what jobs wrote, by their keys. */
  readonly jobs: ReadonlyMap<string, string>;
}

export class ChunkLedger {
  readonly #hashes = new Map<string, string>();
  readonly #digests = new Map<string, string>();
  readonly #open = new Map<string, { readonly place: ChunkPlace; jobs: number }>();
  /** What is to be done, in order. */
  readonly jobs: readonly PlannedJob[];
  /** Bytes of the jobs that need not be done again. */
  readonly doneBytes: number;
  readonly totalBytes: number;

  /** Chunks without a hash although nothing is to be written to them. */
  readonly complete: readonly ChunkPlace[];

  constructor(all: readonly PlannedJob[], earlier: DoneBefore) {
    this.#hashes = new Map(earlier.hashes);
    this.#digests = new Map(earlier.digests);
    const written = ({ key, job }: PlannedJob) =>
      earlier.jobs.has(key) || chunksOf(job).every((place) => this.#hashes.has(keyOf(place)));
    this.jobs = all.filter((one) => !written(one) || (one.digest && !this.#digests.has(one.key)));
    for (const { job } of this.jobs)
      for (const place of chunksOf(job)) {
        const open = this.#open.get(keyOf(place)) ?? { place, jobs: 0 };
        open.jobs += 1;
        this.#open.set(keyOf(place), open);
      }
    const places = new Map(all.flatMap(({ job }) => chunksOf(job)).map((place) => [keyOf(place), place]));
    this.complete = [...places].flatMap(([key, place]) =>
      this.#open.has(key) || this.#hashes.has(key) ? [] : [place],
    );
    const sum = (list: readonly PlannedJob[]) =>
      list.reduce((total, { byteLength }) => total + byteLength, 0);
    this.totalBytes = sum(all);
    this.doneBytes = this.totalBytes - sum(this.jobs);
  }

  /** Takes note of a job that is done. Returns the chunks that are complete now and have no hash yet. */
  finish(job: Job): ChunkPlace[] {
    return chunksOf(job).filter((place) => {
      const open = this.#open.get(keyOf(place));
      if (!open) return false;
      open.jobs -= 1;
      return open.jobs === 0 && !this.#hashes.has(keyOf(place));
    });
  }

  setHash(place: ChunkPlace, hash: string): void {
    this.#hashes.set(keyOf(place), hash);
  }

  setDigest(key: string, digest: string): void {
    this.#digests.set(key, digest);
  }

  digest(key: string): string | null {
    return this.#digests.get(key) ?? null;
  }

  /** The hashes of all chunks of a shard, or null while one is missing. */
  shardHashes(shard: number, byteLength: number): string[] | null {
    const hashes = Array.from({ length: Math.ceil(byteLength / chunkBytes) }, (_, index) =>
      this.#hashes.get(keyOf({ shard, index })),
    );
    const known = hashes.filter((hash) => hash !== undefined);
    return known.length === hashes.length ? known : null;
  }
}
