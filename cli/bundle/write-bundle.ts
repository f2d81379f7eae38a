// Writes a bundle: all jobs over the threads, each chunk hashed as soon as it is complete, then the manifest, then the
// folder gets its name. Until then everything lies in OUT.partial, from which the next run goes on.

import { existsSync } from 'node:fs';
import {
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  statfs,
  writeFile,
} from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { Molmo2Error } from '../../src/errors.ts';
import type { BundlePlan } from '../../src/weights/bundle/bundle-plan.ts';
import { chunkBytes, manifestFile, manifestText } from '../../src/weights/bundle/manifest.ts';
import { UsageError, WriteError } from '../failure.ts';
import { ChunkLedger, writesOf, type ChunkPlace, type PlannedJob } from './chunk-ledger.ts';
import type { InputPlace, OutputRange } from './jobs.ts';
import {
  nothingDone,
  openProgress,
  progressFileOf,
  readProgress,
  type DoneSoFar,
  type ProgressFile,
} from './progress-file.ts';
import { runAll } from './run-all.ts';
import { bytes } from './pace.ts';
import { openPool, type PoolOptions, type WorkerPool } from './worker-pool.ts';

export interface PlannedWork {
  readonly plan: BundlePlan;
  readonly jobs: readonly PlannedJob[];
}

export interface BundleWork extends PlannedWork {
  /** The folder that the bundle becomes. */
  readonly out: string;
  /** One line that is equal exactly when an earlier run did the same work. */
  readonly identity: string;
  readonly input: InputPlace | null;
  /** Other files of the bundle. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Called when all jobs are done: more work with a wider plan, or null. All tensors of the old plan keep their places. */
  readonly more?: (digest: (key: string) => string | null) => PlannedWork | null;
  readonly pool: PoolOptions;
  readonly onProgress?: (done: number, total: number, stage: 'check' | 'write') => void;
  readonly signal: AbortSignal;
}

export interface WrittenBundle {
  readonly byteLength: number;
  /** Bytes of jobs that an earlier run had done. */
  readonly resumedBytes: number;
  readonly plan: BundlePlan;
}

/**
 * Throws UsageError when OUT is there already, or when writing it would destroy the folder `source` that is read: better
 * before an hour of work than after it.
 */
export async function checkOut(out: string, source: string | null = null): Promise<void> {
  // Folders cannot be given the name of a link, which would show when all is done.
  if ((await lstat(out).catch(() => null))?.isSymbolicLink())
    throw new UsageError(`${out} is a link. Give the name of a folder that does not exist yet.`);
  if (source !== null && (await liesWithin(source, partialOf(out))))
    throw new UsageError(
      `${source} lies in ${partialOf(out)}, where this command puts what is not finished. Choose another OUT.`,
    );
  const info = await stat(out).catch(() => null);
  if (!info) return checkPartial(out);
  if (!info.isDirectory() || (await readdir(out)).length > 0)
    throw new UsageError(`${out} is there already. Give the name of a folder that does not exist yet.`);
  return checkPartial(out);
}

// Resolved first: OUT may be "." or end in "..".
const partialOf = (out: string) => `${resolve(out)}.partial`;

async function liesWithin(path: string, folder: string): Promise<boolean> {
  const inner = await realpath(path).catch(() => null);
  const outer = await realpath(folder).catch(() => null);
  if (inner === null || outer === null) return false;
  const way = relative(outer, inner);
  return !way.startsWith('..') && !isAbsolute(way);
}

async function checkPartial(out: string): Promise<void> {
  const partial = partialOf(out);
  if (!existsSync(partial) || existsSync(progressFileOf(partial))) return;
  if ((await readdir(partial)).length === 0) return;
  throw new UsageError(
    `${partial} is there but was not left by this command. Move it away, or choose another OUT.`,
  );
}

/** Throws what jobs throw, WriteError, or the signal's reason; OUT.partial stays for the next run, unless the checkpoint is wrong. */
export async function writeBundle(work: BundleWork): Promise<WrittenBundle> {
  const partial = partialOf(work.out);
  await checkOut(work.out);
  const earlier = await prepare(partial, work);
  let damaged = false;
  const pool = openPool({ input: work.input, folder: partial }, work.pool);
  // What is in work is dropped at once; the next run does it again.
  const stop = () => void pool.close();
  work.signal.addEventListener('abort', stop, { once: true });
  try {
    const found = await verified(earlier, work, pool);
    const progress = await openProgress(partial, work.identity, found);
    try {
      const run = (part: PlannedWork) => runJobs(part, found, progress, pool, work);
      const first = await run(work);
      const more = work.more?.((key) => first.digest(key)) ?? null;
      if (more) await sizeShards(partial, more.plan);
      const last = more ? await run(more) : first;
      const { plan } = more ?? work;
      const byteLength = await finish(work, partial, plan, last);
      return { byteLength, resumedBytes: first.doneBytes, plan };
    } finally {
      await progress.close();
    }
  } catch (error) {
    // Of a checkpoint that is wrong nothing is worth going on from.
    damaged = error instanceof Molmo2Error && ['bad-checkpoint', 'unsupported-model'].includes(error.code);
    throw error;
  } finally {
    work.signal.removeEventListener('abort', stop);
    await pool.close();
    if (damaged) await rm(partial, { recursive: true, force: true });
  }
}

/** Makes the folder and its shards in full length. What an earlier run left is kept if it did the same work. */
async function prepare(partial: string, { plan, identity }: BundleWork): Promise<DoneSoFar> {
  try {
    const earlier = existsSync(partial) ? await readProgress(partial, identity) : null;
    if (!earlier) await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    await checkRoom(partial, plan);
    await sizeShards(partial, plan);
    return earlier ?? nothingDone();
  } catch (cause) {
    throw new WriteError(partial, cause);
  }
}

/** Shards take room only as they are filled, so a full disk would show late. Throws an Error with both numbers. */
async function checkRoom(folder: string, plan: BundlePlan): Promise<void> {
  let needed = 0;
  for (const { file, byteLength } of plan.shards) {
    const info = await stat(join(folder, file)).catch(() => null);
    needed += Math.max(0, byteLength - (info?.blocks ?? 0) * 512);
  }
  const { bavail, bsize } = await statfs(folder);
  if (needed > bavail * bsize)
    throw new Error(`it needs ${bytes(needed)} more, but the disk has ${bytes(bavail * bsize)} left`);
}

async function sizeShards(folder: string, plan: BundlePlan): Promise<void> {
  for (const { file, byteLength } of plan.shards) {
    const handle = await open(join(folder, file), 'a');
    await handle.truncate(byteLength);
    await handle.close();
  }
}

/** Reads back what an earlier run has written; what is not as it says is forgotten. */
async function verified(earlier: DoneSoFar, work: BundleWork, pool: WorkerPool): Promise<DoneSoFar> {
  const found: DoneSoFar = { ...nothingDone(), digests: new Map(earlier.digests) };
  const checks: {
    readonly ranges: readonly OutputRange[];
    readonly sha256: string;
    readonly keep: () => void;
  }[] = [];
  for (const [key, sha256] of earlier.hashes) {
    const [shard = 0, index = 0] = key.split(':').map(Number);
    if (index * chunkBytes >= (work.plan.shards[shard]?.byteLength ?? 0)) continue;
    const ranges = [chunkRange({ shard, index }, work.plan)];
    checks.push({ ranges, sha256, keep: () => found.hashes.set(key, sha256) });
  }
  for (const { key, job } of work.jobs) {
    const sha256 = earlier.jobs.get(key);
    if (sha256 !== undefined)
      checks.push({ ranges: writesOf(job), sha256, keep: () => found.jobs.set(key, sha256) });
  }
  const bytesOf = (ranges: readonly OutputRange[]) => ranges.reduce((sum, { length }) => sum + length, 0);
  const total = checks.reduce((sum, { ranges }) => sum + bytesOf(ranges), 0);
  let done = 0;
  await runAll(checks, pool.places, work.signal, async ({ ranges, sha256, keep }) => {
    const { output } = await pool.run({ kind: 'hash', ranges });
    if (output === sha256) keep();
    done += bytesOf(ranges);
    work.onProgress?.(done, total, 'check');
  });
  return found;
}

function chunkRange({ shard, index }: ChunkPlace, plan: BundlePlan): OutputRange {
  const offset = index * chunkBytes;
  return { shard, offset, length: Math.min(chunkBytes, (plan.shards[shard]?.byteLength ?? 0) - offset) };
}

async function runJobs(
  { plan, jobs }: PlannedWork,
  found: DoneSoFar,
  progress: ProgressFile,
  pool: WorkerPool,
  { onProgress, signal }: BundleWork,
): Promise<ChunkLedger> {
  const ledger = new ChunkLedger(jobs, found);
  async function hashChunk(place: ChunkPlace): Promise<void> {
    const { output } = await pool.run({ kind: 'hash', ranges: [chunkRange(place, plan)] });
    if (output === null) throw new Error('molmo2-webgpu bug: a chunk was read but not hashed');
    ledger.setHash(place, output);
    found.hashes.set(`${place.shard}:${place.index}`, output);
    await progress.chunk(`${place.shard}:${place.index}`, output);
  }
  await runAll(ledger.complete, pool.places, signal, hashChunk);
  let done = ledger.doneBytes;
  onProgress?.(done, ledger.totalBytes, 'write');
  await runAll(ledger.jobs, pool.places, signal, async ({ key, job, byteLength }) => {
    const { input, output } = await pool.run(job);
    if (input !== null) {
      ledger.setDigest(key, input);
      found.digests.set(key, input);
      await progress.digest(key, input);
    }
    if (output !== null) {
      found.jobs.set(key, output);
      await progress.job(key, output);
    }
    for (const place of ledger.finish(job)) await hashChunk(place);
    done += byteLength;
    onProgress?.(done, ledger.totalBytes, 'write');
  });
  return ledger;
}

/** The small files and the manifest, then the name. Returns the bytes of the shards. */
async function finish(
  work: BundleWork,
  partial: string,
  plan: BundlePlan,
  ledger: ChunkLedger,
): Promise<number> {
  const shards = plan.shards.map(({ file, byteLength }, i) => {
    const sha256 = ledger.shardHashes(i, byteLength);
    if (!sha256) throw new Error(`molmo2-webgpu bug: a chunk of ${file} was never hashed`);
    return { file, byteLength, sha256 };
  });
  try {
    for (const [name, bytes] of work.files) await writeFile(join(partial, name), bytes);
    const { tensors, aliases } = plan;
    await writeFile(join(partial, manifestFile), manifestText({ shards, tensors, aliases }));
    await rm(progressFileOf(partial));
    if (existsSync(work.out)) await rmdir(work.out);
    await rename(partial, work.out);
  } catch (cause) {
    throw new WriteError(work.out, cause);
  }
  return shards.reduce((sum, { byteLength }) => sum + byteLength, 0);
}
