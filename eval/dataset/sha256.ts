// Hashes of bytes and files, in hexadecimal. For Node.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

export function sha256Of(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** The hash and the length of a file, read piece by piece. */
export async function fileSha256(
  file: string,
  signal?: AbortSignal,
): Promise<{ readonly sha256: string; readonly byteLength: number }> {
  const hash = createHash('sha256');
  let byteLength = 0;
  for await (const piece of createReadStream(file, signal ? { signal } : {})) {
    const bytes = piece as Uint8Array;
    hash.update(bytes);
    byteLength += bytes.length;
  }
  return { sha256: hash.digest('hex'), byteLength };
}
