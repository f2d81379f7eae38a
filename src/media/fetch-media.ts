// Fetches a picture or a video that the user named by URL.

import { Molmo2Error } from '../errors.ts';
import { Silence } from '../net/silence.ts';

/** How long a server may say nothing, before its answer or in the middle of it. */
const mostSilenceMs = 30_000;

/** A browser keeps what is in a Blob outside the page's memory, so that chunks are put there as they come. */
const bytesPerBlob = 16 << 20;

async function body(response: Response, onBytes: (count: number) => void): Promise<Blob> {
  const type = response.headers.get('Content-Type') ?? '';
  const whole: Blob[] = [];
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  const reader = response.body?.getReader();
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
    onBytes(next.value.length);
    parts.push(next.value);
    bytes += next.value.length;
    if (bytes < bytesPerBlob) continue;
    whole.push(new Blob(parts));
    parts = [];
    bytes = 0;
  }
  return new Blob([...whole, ...parts], { type });
}

/**
 * The whole file. Throws `network` with the status, or when the server falls silent for `silenceMs`, or the signal's
 * reason when cancelled.
 */
export async function fetchMedia(
  url: string,
  label: string,
  signal?: AbortSignal,
  silenceMs = mostSilenceMs,
): Promise<Blob> {
  signal?.throwIfAborted();
  // A data: URL may be megabytes long; a message needs no more than its beginning.
  const name = url.length > 200 ? `${url.slice(0, 80)}...` : url;
  const silence = new Silence(silenceMs, signal);
  let received: number | null = null;
  let response: Response;
  try {
    response = await fetch(url, { signal: silence.signal });
    silence.heard();
    if (response.ok) {
      received = 0;
      return await body(response, (count) => {
        received = (received ?? 0) + count;
        silence.heard();
      });
    }
  } catch (cause) {
    signal?.throwIfAborted();
    if (silence.isOver) throw fellSilent(label, name, silenceMs, received, cause);
    throw new Molmo2Error(
      'network',
      `${label} could not be fetched from ${name}: ${cause instanceof Error ? cause.message : String(cause)}. ` +
        'Check the address and the connection; another site must allow the request (CORS).',
      { cause },
    );
  } finally {
    silence.end();
  }
  throw new Molmo2Error(
    'network',
    `${label} could not be fetched from ${name}: the server answered ${response.status} ${response.statusText}`.trimEnd() +
      '. Check the address.',
  );
}

function fellSilent(
  label: string,
  name: string,
  silenceMs: number,
  received: number | null,
  cause: unknown,
): Molmo2Error {
  const when = received === null ? 'it did not answer' : `it sent ${received} bytes and then nothing`;
  return new Molmo2Error(
    'network',
    `${label} could not be fetched from ${name}: the server fell silent (${when} for ${silenceMs / 1000} s). ` +
      'Check the connection and ask again, or download the file and pass it.',
    { cause },
  );
}
