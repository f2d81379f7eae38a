// Fetches a picture or a video that the user named by URL.

import { Molmo2Error } from '../errors.ts';

/** The whole file. Throws `network` with the status, or the signal's reason when cancelled. */
export async function fetchMedia(url: string, label: string, signal?: AbortSignal): Promise<Blob> {
  // A data: URL may be megabytes long; a message needs no more than its beginning.
  const name = url.length > 200 ? `${url.slice(0, 80)}...` : url;
  let response: Response;
  try {
    response = await fetch(url, { signal: signal ?? null });
    if (response.ok) return await response.blob();
  } catch (cause) {
    signal?.throwIfAborted();
    throw new Molmo2Error(
      'network',
      `${label} could not be fetched from ${name}: ${cause instanceof Error ? cause.message : String(cause)}. ` +
        'Check the address and the connection; another site must allow the request (CORS).',
      { cause },
    );
  }
  throw new Molmo2Error(
    'network',
    `${label} could not be fetched from ${name}: the server answered ${response.status} ${response.statusText}`.trimEnd() +
      '. Check the address.',
  );
}
