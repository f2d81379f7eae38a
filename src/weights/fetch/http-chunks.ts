// Chunks from a server, by HTTP ranges: several at once, each verified, resumed where a connection broke. A server that
// ignores ranges sends whole files; then one connection is read from front to back and the chunks are cut as they pass.
// Whether a file changed between two requests, only the hash decides: If-Range would cost a preflight on other sites, and
// ETags differ between the machines of one service.

import { Molmo2Error } from '../../errors.ts';
import { backoffMs } from '../../net/retry.ts';
import { chunkName, type BundleChunk } from '../bundle/bundle-chunk.ts';
import { hashDifference, verdict, type VerifiedBytes } from '../bundle/chunk-hash.ts';
import type { ChunkJob, ChunkSource } from '../bundle/chunk-source.ts';
import { rangeAnswer } from './range-answer.ts';
import { ResponseCursor } from './response-cursor.ts';
import { defaultPolicy, secondsOf, waitAgain, type RetryPolicy } from './retry.ts';
import { TurnQueue } from './turn-queue.ts';

export interface HttpOptions {
  readonly policy?: Partial<RetryPolicy>;
  readonly fetch?: typeof fetch;
}

/** Chunks of the files behind URLs; `urlOf` gives null for files that do not exist. One load uses one source. */
export function httpChunks(
  label: string,
  urlOf: (file: string) => string | null,
  { policy, fetch = globalThis.fetch }: HttpOptions = {},
): ChunkSource {
  return new HttpChunks(label, urlOf, { ...defaultPolicy, ...policy }, (...args) => fetch(...args));
}

/** A chunk that is being put together. */
interface Part {
  readonly chunk: BundleChunk;
  readonly url: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Bytes that are here. */
  done: number;
}

/** How one connection ended for a part. */
type Outcome =
  | { readonly kind: 'ended' }
  | { readonly kind: 'again'; readonly why: string; readonly waitMs: number | null }
  | { readonly kind: 'wrong'; readonly why: string }
  | { readonly kind: 'no-ranges' };

class HttpChunks implements ChunkSource {
  readonly label: string;
  readonly #urlOf: (file: string) => string | null;
  readonly #policy: RetryPolicy;
  readonly #fetch: typeof fetch;
  readonly #turns = new TurnQueue();
  /** The server ignores ranges. */
  #wholeFiles = false;
  /** The file that passes by. */
  #passing: { readonly file: string; readonly cursor: ResponseCursor } | null = null;

  constructor(
    label: string,
    urlOf: (file: string) => string | null,
    policy: RetryPolicy,
    fetch: typeof globalThis.fetch,
  ) {
    this.label = label;
    this.#urlOf = urlOf;
    this.#policy = policy;
    this.#fetch = fetch;
  }

  async read(chunk: BundleChunk, job: ChunkJob): Promise<VerifiedBytes> {
    const url = this.#urlOf(chunk.file);
    if (url === null) throw this.#missing(chunk, 'the model has no file of that name');
    const part: Part = { chunk, url, bytes: job.into ?? new Uint8Array(chunk.end - chunk.start), done: 0 };
    if (!this.#wholeFiles) {
      const bytes = await this.#complete(part, job, () => this.#fillFromRange(part, job));
      if (bytes) return bytes;
    }
    return this.#turns.run(chunk.number, async () => {
      const bytes = await this.#complete(part, job, () => this.#fillFromPassing(part, job));
      if (!bytes) throw new Error('molmo2-webgpu bug: a passing file has no ranges to ignore');
      return bytes;
    });
  }

  /** Fills the part, connection after connection; null when the server turns out to ignore ranges. */
  async #complete(
    part: Part,
    { signal, onReceived }: ChunkJob,
    fill: () => Promise<Outcome>,
  ): Promise<VerifiedBytes | null> {
    const policy = this.#policy;
    let failures = 0;
    let fetches = 1;
    for (let connections = 1; ; connections++) {
      signal.throwIfAborted();
      const before = part.done;
      let outcome = await fill();
      signal.throwIfAborted();
      if (outcome.kind === 'no-ranges') return null;
      if (part.done === part.bytes.byteLength && outcome.kind !== 'wrong') {
        const checked = await verdict(part.bytes, part.chunk);
        signal.throwIfAborted();
        if (checked.ok) return checked.bytes;
        outcome = { kind: 'wrong', why: hashDifference(checked.found, part.chunk) };
      }
      if (outcome.kind === 'wrong') {
        if (fetches++ >= policy.fetches) throw this.#damaged(part.chunk, outcome.why);
        part.done = 0;
        onReceived?.(0);
      } else if (part.done > before) failures = 0;
      failures++;
      const why = outcome.kind === 'ended' ? shortBody(part) : outcome.why;
      const waitMs = (outcome.kind === 'again' ? outcome.waitMs : null) ?? backoffMs(failures, policy);
      if (failures > policy.failures || connections >= policy.connections || waitMs > policy.longestWaitMs)
        throw this.#unreachable(part, connections, why, waitMs);
      await waitAgain(policy, waitMs, why, signal);
    }
  }

  /** One connection for what the part lacks. */
  async #fillFromRange(part: Part, job: ChunkJob): Promise<Outcome> {
    const from = part.chunk.start + part.done;
    const opened = await this.#open(part, `bytes=${from}-${part.chunk.end - 1}`, from, job.signal);
    if (!('cursor' in opened)) return opened;
    const { cursor } = opened;
    try {
      if (cursor.position !== from || (opened.whole && part.chunk.end < part.chunk.fileBytes)) {
        this.#wholeFiles = true;
        return { kind: 'no-ranges' };
      }
      return await receive(part, cursor, job);
    } finally {
      cursor.cancel();
    }
  }

  /** What the part lacks, out of the file that passes by; starts the file again where it has gone past. */
  async #fillFromPassing(part: Part, job: ChunkJob): Promise<Outcome> {
    const from = part.chunk.start + part.done;
    const passing = this.#passing;
    let cursor = passing?.cursor;
    if (!cursor || passing?.file !== part.chunk.file || cursor.position > from) {
      this.#stopPassing();
      const opened = await this.#open(part, from > 0 ? `bytes=${from}-` : null, from, job.signal);
      if (!('cursor' in opened)) return opened;
      ({ cursor } = opened);
      this.#passing = { file: part.chunk.file, cursor };
    }
    const outcome = await receive(part, cursor, job, from);
    if (part.done < part.bytes.byteLength || outcome.kind === 'wrong') this.#stopPassing();
    return outcome;
  }

  #stopPassing(): void {
    this.#passing?.cursor.cancel();
    this.#passing = null;
  }

  async #open(
    part: Part,
    range: string | null,
    from: number,
    signal: AbortSignal,
  ): Promise<{ readonly cursor: ResponseCursor; readonly whole: boolean } | Outcome> {
    const { chunk } = part;
    let cursor: ResponseCursor;
    try {
      const headers: Record<string, string> = range === null ? {} : { Range: range };
      const policy = this.#policy;
      // Not stored by the browser: the model's own cache keeps it, and a damaged copy must not come back.
      const options = { signal, policy, fetch: this.#fetch, cache: 'no-store' } as const;
      cursor = await ResponseCursor.open(part.url, headers, options);
    } catch (error) {
      return { kind: 'again', why: reason(error), waitMs: null };
    }
    const { response } = cursor;
    const answer = rangeAnswer(response, from, chunk.fileBytes, this.#policy.now());
    if (answer.kind === 'body') {
      cursor.position = answer.from;
      return { cursor, whole: response.status === 200 };
    }
    cursor.cancel();
    switch (answer.kind) {
      case 'missing':
        throw this.#missing(chunk, answer.why);
      case 'refused':
        throw this.#refused(chunk, answer.why);
      case 'again':
      case 'wrong':
        return answer;
    }
  }

  #missing(chunk: BundleChunk, why: string): Molmo2Error {
    return new Molmo2Error(
      'bad-bundle',
      `${this.label} has no ${chunk.file} (${why}), though its manifest lists the file. Put all files of the bundle beside molmo2.json.`,
    );
  }

  #refused(chunk: BundleChunk, why: string): Molmo2Error {
    return new Molmo2Error(
      'network',
      `${chunkName(chunk)} of ${this.label} could not be fetched: ${why}. Check the address and who may read it.`,
    );
  }

  #damaged(chunk: BundleChunk, why: string): Molmo2Error {
    return new Molmo2Error(
      'bad-bundle',
      `${chunkName(chunk)} of ${this.label} arrived wrong ${this.#policy.fetches} times; the last time ${why}. The file on the server is damaged or belongs to another version of molmo2.json: put the bundle there again.`,
    );
  }

  #unreachable({ chunk, done }: Part, connections: number, why: string, waitMs: number): Molmo2Error {
    const tries =
      waitMs > this.#policy.longestWaitMs
        ? `the server asks to wait ${secondsOf(waitMs)}`
        : `${connections} ${connections === 1 ? 'attempt' : 'attempts'} brought ${done} of ${chunk.end - chunk.start} bytes`;
    return new Molmo2Error(
      'network',
      `${chunkName(chunk)} of ${this.label} could not be fetched: ${tries}; the last time ${why}. Check the connection and load again.`,
    );
  }
}

/** Reads until the part is full or the body ends; drops what lies before byte `from` of the file. */
async function receive(
  part: Part,
  cursor: ResponseCursor,
  { onReceived }: ChunkJob,
  from = cursor.position,
): Promise<Outcome> {
  try {
    while (cursor.position < from)
      if ((await cursor.skip(from - cursor.position)) === 0) return { kind: 'ended' };
    while (part.done < part.bytes.byteLength) {
      const count = await cursor.read(part.bytes.subarray(part.done));
      if (count === 0) return { kind: 'ended' };
      part.done += count;
      onReceived?.(part.done);
    }
    return { kind: 'ended' };
  } catch (error) {
    return { kind: 'again', why: reason(error), waitMs: null };
  }
}

function shortBody({ done, bytes }: Part): string {
  return `the answer ended after ${done} of ${bytes.byteLength} bytes`;
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node hides what happened to the connection one level down.
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
