// A bundle as a stream of verified chunks in file order: out of the cache where it has them, else from the source and on
// their way into the cache. A few are under way at once; how many bytes, is bounded.

import { untilResumed, type LoadPause } from '../../load-pause.ts';
import { bundleChunkList, type BundleChunk, type ShardList } from './bundle-chunk.ts';
import type { VerifiedBytes } from './chunk-hash.ts';
import type { ChunkJob, ChunkSource } from './chunk-source.ts';

/** What a cache does for a stream. Neither function throws: a cache that fails is one that has nothing. */
export interface ChunkCache {
  /** `into` is memory to put the chunk in. */
  get(chunk: BundleChunk, into: Uint8Array<ArrayBuffer>): Promise<VerifiedBytes | null>;
  put(chunk: BundleChunk, bytes: VerifiedBytes): Promise<void>;
}

export interface BundleChunksOptions {
  readonly cache?: ChunkCache | null;
  readonly signal?: AbortSignal | undefined;
  /** Bytes that are here, and all there are; called about once per megabyte, never with less than before. */
  readonly onBytes?: ((done: number, total: number) => void) | undefined;
  /** No more chunks are asked for while it is paused. */
  readonly pausing?: LoadPause | undefined;
  /** Bytes in memory at most, with the chunk that the consumer has; default 5 chunks of 8 MiB. */
  readonly maxBytes?: number;
  /** Bytes of a chunk; only tests use other chunks than the manifest's 8 MiB. */
  readonly chunkBytes?: number;
}

export interface StreamedChunk {
  /** Index into the manifest's shards. */
  readonly shard: number;
  /** Place in the shard. */
  readonly index: number;
  /** Good until the next chunk is asked for: then their memory takes another one. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

interface Task {
  readonly chunk: BundleChunk;
  readonly bytes: Promise<VerifiedBytes>;
  /** The memory that was lent for it. */
  readonly into: Uint8Array<ArrayBuffer>;
}

const defaultMaxBytes = 5 * 8 * 1024 * 1024;
/** Bytes are told at least so often, and of a small model at each hundredth. */
const reportBytes = 1024 * 1024;
const leastReports = 100;

/** Ends everything it started when the consumer stops, an error comes up or the signal is aborted. */
export async function* bundleChunks(
  source: ChunkSource,
  manifest: ShardList,
  options: BundleChunksOptions = {},
): AsyncGenerator<StreamedChunk, void, undefined> {
  const { cache = null, signal, onBytes, maxBytes = defaultMaxBytes, pausing } = options;
  signal?.throwIfAborted();
  const chunks = bundleChunkList(manifest, options.chunkBytes);
  const own = new AbortController();
  const both = signal ? AbortSignal.any([signal, own.signal]) : own.signal;
  const progress = new StreamProgress(chunks, onBytes);
  const buffers = new BufferPool();
  const tasks: Task[] = [];
  let next = 0;
  let held = 0;
  const startMore = () => {
    for (let chunk = chunks[next]; chunk; chunk = chunks[next]) {
      if (held > 0 && held + chunkLength(chunk) > maxBytes) return;
      const into = buffers.take(chunkLength(chunk));
      const job = {
        into,
        signal: both,
        onReceived: (byteLength: number) => progress.received(chunk, byteLength),
      };
      const bytes = oneChunk(source, cache, chunk, job, pausing);
      bytes.catch(() => {}); // reported when its turn comes
      tasks.push({ chunk, bytes, into });
      held += chunkLength(chunk);
      next++;
    }
  };
  try {
    for (;;) {
      startMore();
      const task = tasks.shift();
      if (!task) return;
      const { shard, index } = task.chunk;
      const bytes = await orAborted(task.bytes, both);
      yield { shard, index, bytes };
      held -= chunkLength(task.chunk);
      buffers.give(task.into);
    }
  } finally {
    own.abort();
  }
}

function chunkLength({ start, end }: BundleChunk): number {
  return end - start;
}

/** Rejects at once on an abort. Not a race with a promise of the whole load: that would keep every chunk alive. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

async function oneChunk(
  source: ChunkSource,
  cache: ChunkCache | null,
  chunk: BundleChunk,
  job: ChunkJob & Required<Pick<ChunkJob, 'into' | 'onReceived'>>,
  pausing: LoadPause | undefined,
): Promise<VerifiedBytes> {
  await untilResumed(pausing, job.signal);
  const known = await cache?.get(chunk, job.into);
  job.signal.throwIfAborted();
  const bytes = known ?? (await source.read(chunk, job));
  job.signal.throwIfAborted();
  job.onReceived(chunkLength(chunk));
  if (!known) await cache?.put(chunk, bytes);
  return bytes;
}

/** Memory of chunks that are done with, used again: fresh memory costs as much time as reading a chunk into it. */
class BufferPool {
  readonly #free: ArrayBuffer[] = [];

  take(byteLength: number): Uint8Array<ArrayBuffer> {
    const found = this.#free.findIndex((buffer) => buffer.byteLength >= byteLength);
    const [buffer] = found < 0 ? [] : this.#free.splice(found, 1);
    return new Uint8Array(buffer ?? new ArrayBuffer(byteLength), 0, byteLength);
  }

  give({ buffer }: Uint8Array<ArrayBuffer>): void {
    // A consumer that transferred it away keeps it.
    if (buffer.byteLength > 0) this.#free.push(buffer);
  }
}

/** Adds up what the chunks under way have received. */
class StreamProgress {
  readonly #total: number;
  readonly #step: number;
  readonly #onBytes: ((done: number, total: number) => void) | undefined;
  readonly #received = new Map<number, number>();
  #sum = 0;
  #reported = -1;

  constructor(chunks: readonly BundleChunk[], onBytes: ((done: number, total: number) => void) | undefined) {
    this.#total = chunks.reduce((sum, chunk) => sum + chunkLength(chunk), 0);
    this.#step = Math.min(reportBytes, this.#total / leastReports);
    this.#onBytes = onBytes;
  }

  received(chunk: BundleChunk, byteLength: number): void {
    this.#sum += byteLength - (this.#received.get(chunk.number) ?? 0);
    this.#received.set(chunk.number, byteLength);
    // A chunk that is fetched again takes bytes back; what was shown stays.
    if (this.#sum < this.#reported + this.#step && this.#sum !== this.#total) return;
    this.#reported = this.#sum;
    this.#onBytes?.(this.#sum, this.#total);
  }
}
