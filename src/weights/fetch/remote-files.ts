// Checkpoint files behind URLs, read in ranges where the server knows them.

import { Molmo2Error } from '../../errors.ts';
import { fetchFile } from './fetch-file.ts';
import type { ModelFiles } from '../files/model-files.ts';

/** Files behind URLs; `urlOf` gives null for names that do not exist. */
export function remoteFiles(label: string, urlOf: (name: string) => string | null): ModelFiles {
  // Servers that ignore ranges send the whole file; it is kept (a Blob may live on disk) and cut here.
  const whole = new Map<string, Blob>();

  /** Fetches a file and reads its body with `take`; null when there is no such file. */
  async function fetchRange<T>(
    name: string,
    headers: Record<string, string>,
    take: (response: Response) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T | null> {
    const url = urlOf(name);
    if (url === null) return null;
    try {
      const response = url.startsWith('data:')
        ? new Response(dataBytes(url))
        : await fetch(url, { headers, signal: signal ?? null });
      if (response.status === 404 || (response.ok && isStandIn(response))) return null;
      if (!response.ok) refuse(name, response);
      return await take(response);
    } catch (cause) {
      if (cause instanceof Molmo2Error) throw cause;
      signal?.throwIfAborted();
      throw new Molmo2Error(
        'network',
        `${name} of ${label} could not be fetched (${String(cause)}). Check the address and the connection; another site must allow cross-origin requests.`,
        { cause },
      );
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
      return url.startsWith('data:') ? dataBytes(url) : fetchFile(url, name, label, signal);
    },
    async readRange(name, start, end, signal) {
      const kept = whole.get(name);
      if (kept) return new Uint8Array(await kept.slice(start, end).arrayBuffer());
      const take = async (response: Response) => {
        if (response.status === 206) return new Uint8Array(await response.arrayBuffer());
        const blob = await response.blob();
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

/** Servers of single-page apps answer a missing file with the page itself; no file of a checkpoint is a page. */
function isStandIn(response: Response): boolean {
  return /^text\/html\b/i.test(response.headers.get('content-type') ?? '');
}

/** Bundlers put small files into their code as data: URLs, which a content security policy may forbid to fetch. */
function dataBytes(url: string): Uint8Array<ArrayBuffer> {
  const comma = url.indexOf(',');
  const body = decodeURIComponent(url.slice(comma + 1));
  if (!url.slice(0, comma).endsWith(';base64')) return new TextEncoder().encode(body);
  return Uint8Array.from(atob(body), (character) => character.charCodeAt(0));
}
