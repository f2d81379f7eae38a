// Checkpoint files behind URLs, read in ranges where the server knows them.

import { Molmo2Error } from '../errors.ts';
import type { ModelFiles } from './model-files.ts';

/** Files behind URLs; `urlOf` gives null for names that do not exist. */
export function remoteFiles(label: string, urlOf: (name: string) => string | null): ModelFiles {
  // Servers that ignore ranges send the whole file; it is kept (a Blob may live on disk) and cut here.
  const whole = new Map<string, Blob>();

  async function fetchFile(
    name: string,
    headers: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<Response | null> {
    const url = urlOf(name);
    if (url === null) return null;
    try {
      return await fetch(url, { headers, signal: signal ?? null });
    } catch (cause) {
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
      const response = await fetchFile(name, {}, signal);
      if (!response || response.status === 404) return null;
      if (!response.ok) refuse(name, response);
      return new Uint8Array(await response.arrayBuffer());
    },
    async readRange(name, start, end, signal) {
      const kept = whole.get(name);
      if (kept) return new Uint8Array(await kept.slice(start, end).arrayBuffer());
      const response = await fetchFile(name, { Range: `bytes=${start}-${end - 1}` }, signal);
      if (!response || response.status === 404)
        throw new Molmo2Error(
          'bad-checkpoint',
          `${label} has no ${name}. Put all files of the checkpoint into one folder.`,
        );
      if (!response.ok) refuse(name, response);
      if (response.status === 206) return new Uint8Array(await response.arrayBuffer());
      const blob = await response.blob();
      whole.set(name, blob);
      return new Uint8Array(await blob.slice(start, end).arrayBuffer());
    },
  };
}
