// Which jobs of a bundle are still to be done, and which chunks of its shards are complete. Pure.
//
// Only chunks whose hash is known count: a job is done when all chunks that it touches are, so a run that was stopped
// loses what was in work and nothing is believed that was not read back.

import { chunkBytes } from '../../src/weights/manifest.ts';
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

export class ChunkLedger {
  readonly #hashes = new Map<string, string>();
  readonly #digests = new Map<string, string>();
  readonly #open = new Map<string, { readonly place: ChunkPlace; jobs: number }>();
  /** What is to be done, in order. */
  readonly jobs: readonly PlannedJob[];
  /** Bytes of the jobs that need not be done again. */
  readonly doneBytes: number;
  readonly totalBytes: number;

  /** `hashes` and `digests` are those of an earlier run, by `shard:index` and by job. */
  constructor(
    all: readonly PlannedJob[],
    hashes: ReadonlyMap<string, string>,
    digests: ReadonlyMap<string, string>,
  ) {
    this.#hashes = new Map(hashes);
    this.#digests = new Map(digests);
    this.jobs = all.filter(
      ({ key, job, digest }) =>
        chunksOf(job).some((place) => !this.#hashes.has(keyOf(place))) || (digest && !this.#digests.has(key)),
    );
    for (const { job } of this.jobs)
      for (const place of chunksOf(job)) {
        const open = this.#open.get(keyOf(place)) ?? { place, jobs: 0 };
        open.jobs += 1;
        this.#open.set(keyOf(place), open);
      }
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
