// SHA-256 of chunks. Bytes that went through here carry a mark in their type, and the cache takes no others.

import { Molmo2Error } from '../../errors.ts';
import type { BundleChunk } from './bundle-chunk.ts';

declare const mark: unique symbol;

/** Bytes whose hash is the one that the manifest gives. */
export type VerifiedBytes = Uint8Array<ArrayBuffer> & { readonly [mark]: true };

export type Verdict =
  { readonly ok: true; readonly bytes: VerifiedBytes } | { readonly ok: false; readonly found: string };

// `digest` copies what it is given, so more at once would hold more memory than it gains speed.
const atOnce = 2;
let running = 0;
const waiting: (() => void)[] = [];

/** Hexadecimal SHA-256. Throws `bad-bundle` where the page has no cryptography. */
export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  // Missing in pages that are neither HTTPS nor localhost, whatever the types say.
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  if (!subtle)
    throw new Molmo2Error(
      'bad-bundle',
      'The model cannot be verified: crypto.subtle is missing because this page is no secure context. Serve it over https or from localhost.',
    );
  if (running === atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    return hex(new Uint8Array(await subtle.digest('SHA-256', bytes)));
  } finally {
    // The place goes straight to who waits longest.
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Whether the bytes are the chunk that the manifest means. */
export async function verdict(bytes: Uint8Array<ArrayBuffer>, chunk: BundleChunk): Promise<Verdict> {
  const found = await sha256Hex(bytes);
  return found === chunk.sha256.toLowerCase()
    ? { ok: true, bytes: bytes as VerifiedBytes }
    : { ok: false, found };
}

/** How messages tell two hashes apart. */
export function hashDifference(found: string, chunk: BundleChunk): string {
  return `its SHA-256 begins ${found.slice(0, 12)}, the manifest says ${chunk.sha256.slice(0, 12)}`;
}
