// One HTTP answer, read piece by piece with a limit on silence.

import type { RetryPolicy } from './retry.ts';

export interface OpenOptions {
  readonly signal: AbortSignal;
  readonly policy: RetryPolicy;
  readonly fetch: typeof globalThis.fetch;
  /** What the browser's own HTTP cache may do. */
  readonly cache: RequestCache;
}

/** An answer whose body is read from the front; ends with `cancel`. */
export class ResponseCursor {
  readonly response: Response;
  /** Place in the file of the next byte; set by who knows where the answer begins. */
  position = 0;
  readonly #own: AbortController;
  readonly #stallMs: number;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | null;
  #rest: Uint8Array | null = null;

  private constructor(response: Response, own: AbortController, stallMs: number) {
    this.response = response;
    this.#own = own;
    this.#stallMs = stallMs;
    this.#reader = response.body?.getReader() ?? null;
  }

  /** Rejects when there is no connection, or no answer within the policy's stall time. */
  static async open(
    url: string,
    headers: Record<string, string>,
    { signal, policy, fetch, cache }: OpenOptions,
  ): Promise<ResponseCursor> {
    const own = new AbortController();
    const both = AbortSignal.any([signal, own.signal]);
    const response = await inTime(fetch(url, { headers, signal: both, cache }), policy.stallMs, own);
    return new ResponseCursor(response, own, policy.stallMs);
  }

  /** Copies bytes to `target` from its start; returns how many came: 0 means the body has ended. */
  async read(target: Uint8Array): Promise<number> {
    const piece = await this.#piece();
    if (!piece) return 0;
    const count = Math.min(piece.byteLength, target.byteLength);
    target.set(piece.subarray(0, count));
    this.#took(piece, count);
    return count;
  }

  /** Drops up to `byteLength` bytes; returns how many were dropped: 0 means the body has ended. */
  async skip(byteLength: number): Promise<number> {
    const piece = await this.#piece();
    if (!piece) return 0;
    const count = Math.min(piece.byteLength, byteLength);
    this.#took(piece, count);
    return count;
  }

  /** Ends the connection. */
  cancel(): void {
    this.#rest = null;
    this.#own.abort();
  }

  async #piece(): Promise<Uint8Array | null> {
    while (!this.#rest || this.#rest.byteLength === 0) {
      if (!this.#reader) return null;
      const { done, value } = await inTime(this.#reader.read(), this.#stallMs, this.#own);
      if (done) return null;
      this.#rest = value;
    }
    return this.#rest;
  }

  #took(piece: Uint8Array, count: number): void {
    this.#rest = count === piece.byteLength ? null : piece.subarray(count);
    this.position += count;
  }
}

/** Ends `own` when `work` takes too long, which makes the work reject. */
async function inTime<T>(work: Promise<T>, ms: number, own: AbortController): Promise<T> {
  const timer = setTimeout(() => own.abort(new Error(`no bytes for ${ms / 1000} seconds`)), ms);
  try {
    return await work;
  } catch (error) {
    throw own.signal.aborted ? own.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}
