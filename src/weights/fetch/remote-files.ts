// Checkpoint files behind URLs, read in ranges where the server knows them.

import { Molmo2Error } from '../../errors.ts';
import { backoffMs } from '../../net/retry.ts';
import { fetchFile, smallFilePolicy, tooPatient } from './fetch-file.ts';
import type { ModelFiles } from '../files/model-files.ts';
import { failedAnswer } from './range-answer.ts';
import { readBlob, readBody, unlessStalled } from './read-body.ts';
import { waitAgain, type OnWait } from './retry.ts';

/** Files behind URLs; `urlOf` gives null for names that do not exist, `onWait` is told why nothing happens for a while. */
export function remoteFiles(
  label: string,
  urlOf: (name: string) => string | null,
  onWait?: OnWait,
): ModelFiles {
  const policy = { ...smallFilePolicy, onWait };
  // Servers that ignore ranges send the whole file; it is kept (a Blob may live on disk) and cut here.
  const whole = new Map<string, Blob>();
  /** Lengths that a server told beside a part. */
  const lengths = new Map<string, number>();

  /** Fetches a file and reads its body with `take`; null when there is no such file. */
  async function fetchRange<T>(
    name: string,
    headers: Record<string, string>,
    take: (response: Response, signal: AbortSignal) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T | null> {
    const url = urlOf(name);
    if (url === null) return null;
    // Ends a connection that stands still, or whose rest nobody reads.
    const own = new AbortController();
    const both = signal ? AbortSignal.any([signal, own.signal]) : own.signal;
    try {
      const response = url.startsWith('data:')
        ? new Response(dataBytes(url))
        : await patientFetch(name, url, headers, both);
      if (response.status === 404 || (response.ok && isStandIn(response))) return null;
      if (!response.ok) refuse(name, response);
      return await take(response, both);
    } catch (cause) {
      if (cause instanceof Molmo2Error) throw cause;
      signal?.throwIfAborted();
      throw new Molmo2Error(
        'network',
        `${name} of ${label} could not be fetched (${String(cause)}). Check the address and the connection; another site must allow cross-origin requests.`,
        { cause },
      );
    } finally {
      own.abort();
    }
  }

  /** The answer, asked for again while the server says that it may come. */
  async function patientFetch(
    name: string,
    url: string,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<Response> {
    for (let failures = 1; ; failures++) {
      const response = await unlessStalled(fetch(url, { headers, signal }), policy.stallMs, signal);
      const failed = failedAnswer(response, policy.now());
      if (failed?.kind !== 'again' || failures > policy.failures) return response;
      await response.body?.cancel();
      const waitMs = failed.waitMs ?? backoffMs(failures, policy);
      if (waitMs > policy.longestWaitMs) throw tooPatient(`${name} of ${label}`, failed.why, waitMs);
      await waitAgain(policy, waitMs, failed.why, signal);
    }
  }

  function refuse(name: string, response: Response): never {
    throw new Molmo2Error(
      'network',
      `${name} of ${label} could not be fetched: the server answered ${response.status} ${response.statusText}. Check the address.`,
    );
  }

  return {
    label,
    async read(name, signal) {
      const url = urlOf(name);
      if (url === null) return null;
      return url.startsWith('data:') ? dataBytes(url) : fetchFile(url, name, label, signal, policy);
    },
    byteLength: async (name) => whole.get(name)?.size ?? lengths.get(name) ?? null,
    async readRange(name, start, end, signal) {
      const kept = whole.get(name);
      if (kept) return new Uint8Array(await kept.slice(start, end).arrayBuffer());
      const take = async (response: Response, both: AbortSignal) => {
        if (response.status === 206) {
          const total = Number(
            /\/(\d+)$/.exec(response.headers.get('Content-Range')?.trim() ?? '')?.[1] ?? NaN,
          );
          if (Number.isSafeInteger(total)) lengths.set(name, total);
          // No more than was asked for: a server may send without an end.
          return await readBody(response, null, policy.stallMs, both, end - start);
        }
        const isLong = response.headers.get('Content-Length') !== null;
        const blob = await readBlob(response, policy.stallMs, both, isLong ? Infinity : largestUnknown);
        if (isUnsaidPart(response, blob, end - start)) return new Uint8Array(await blob.arrayBuffer());
        whole.set(name, blob);
        return new Uint8Array(await blob.slice(start, end).arrayBuffer());
      };
      const bytes = await fetchRange(name, { Range: `bytes=${start}-${end - 1}` }, take, signal);
      if (bytes) return bytes;
      throw new Molmo2Error(
        'bad-checkpoint',
        `${label} has no ${name}. Put all files of the checkpoint into one folder.`,
      );
    },
  };
}

/** What a server may send that neither knows ranges nor says how much will come. */
const largestUnknown = 2 * 1024 * 1024 * 1024;

/** Servers of single-page apps answer a missing file with the page itself; no file of a checkpoint is a page. */
function isStandIn(response: Response): boolean {
  return /^text\/html\b/i.test(response.headers.get('content-type') ?? '');
}

/**
 * Browsers answer for the files of an extension, and for `file:` where a page may read it, with the part that was asked for, but call
 * it 200 and give no Content-Range.
 */
function isUnsaidPart(response: Response, { size }: Blob, asked: number): boolean {
  return !/^(https?:|blob:|$)/.test(response.url) && size <= asked;
}

/** Bundlers put small files into their code as data: URLs, which a content security policy may forbid to fetch. */
function dataBytes(url: string): Uint8Array<ArrayBuffer> {
  const comma = url.indexOf(',');
  const body = decodeURIComponent(url.slice(comma + 1));
  if (!url.slice(0, comma).endsWith(';base64')) return new TextEncoder().encode(body);
  return Uint8Array.from(atob(body), (character) => character.charCodeAt(0));
}
