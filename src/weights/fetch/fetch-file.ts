// A small file from a server, whole: tried again when the connection fails, ended when it stalls, bounded in length.

import { Molmo2Error } from '../../errors.ts';
import { backoffMs } from '../../net/retry.ts';
import { byteCount } from '../files/byte-count.ts';
import { largestSmallFile } from '../files/model-files.ts';
import { failedAnswer } from './range-answer.ts';
import { ResponseCursor } from './response-cursor.ts';
import { defaultPolicy, secondsOf, waitAgain, type RetryPolicy } from './retry.ts';

// Fewer and quicker attempts than for chunks: without a connection, a copy on this machine waits to be used.
export const smallFilePolicy: RetryPolicy = {
  ...defaultPolicy,
  failures: 3,
  firstWaitMs: 300,
  longestWaitMs: 20_000,
};

/** Null when there is no such file. Throws `network`; `name` and `label` are for its message. */
export async function fetchFile(
  url: string,
  name: string,
  label: string,
  signal: AbortSignal = new AbortController().signal,
  policy: RetryPolicy = smallFilePolicy,
): Promise<Uint8Array<ArrayBuffer> | null> {
  for (let failures = 1; ; failures++) {
    const outcome = await attempt(url, name, label, signal, policy);
    if (outcome.kind === 'missing') return null;
    if (outcome.kind === 'body') return outcome.bytes;
    const waitMs = outcome.waitMs ?? backoffMs(failures, policy);
    if (waitMs > policy.longestWaitMs) throw tooPatient(`${name} of ${label}`, outcome.why, waitMs);
    if (failures > policy.failures)
      throw new Molmo2Error(
        'network',
        `${name} of ${label} could not be fetched (${outcome.why}). Check the address and the connection; another site must allow cross-origin requests.`,
      );
    await waitAgain(policy, waitMs, outcome.why, signal);
  }
}

/** A server asks for more time than anybody waits in front of a screen. */
export function tooPatient(what: string, why: string, waitMs: number): Molmo2Error {
  return new Molmo2Error(
    'network',
    `${what} could not be fetched: ${why} and asks to wait ${secondsOf(waitMs)}. Load again after that time.`,
  );
}

type Outcome =
  | { readonly kind: 'body'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'missing' }
  | { readonly kind: 'again'; readonly why: string; readonly waitMs: number | null };

async function attempt(
  url: string,
  name: string,
  label: string,
  signal: AbortSignal,
  policy: RetryPolicy,
): Promise<Outcome> {
  let cursor: ResponseCursor | null = null;
  try {
    // Asked for again each time: an old manifest would not fit new shards.
    const options = { signal, policy, fetch: globalThis.fetch, cache: 'no-cache' } as const;
    cursor = await ResponseCursor.open(url, {}, options);
    const { response } = cursor;
    const failed = failedAnswer(response, policy.now());
    if (failed) return failed;
    if (!response.ok)
      throw new Molmo2Error(
        'network',
        `${name} of ${label} could not be fetched: the server answered ${response.status} ${response.statusText}. Check the address.`,
      );
    return { kind: 'body', bytes: await wholeBody(cursor, name, label) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Molmo2Error) throw error;
    return { kind: 'again', why: String(error), waitMs: null };
  } finally {
    cursor?.cancel();
  }
}

async function wholeBody(
  cursor: ResponseCursor,
  name: string,
  label: string,
): Promise<Uint8Array<ArrayBuffer>> {
  let bytes = new Uint8Array(65_536);
  for (;;) {
    const count = await cursor.read(bytes.subarray(cursor.position));
    if (count === 0) return bytes.slice(0, cursor.position);
    if (cursor.position > largestSmallFile)
      throw new Molmo2Error(
        'network',
        `${name} of ${label} has more than ${byteCount(largestSmallFile)}, which no file of its kind has. Check the address.`,
      );
    if (cursor.position === bytes.byteLength) {
      const grown = new Uint8Array(2 * bytes.byteLength);
      grown.set(bytes);
      bytes = grown;
    }
  }
}
