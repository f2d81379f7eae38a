// A picture's file in Node: its bytes, and what can be said of them without decoding.

import { readFile } from 'node:fs/promises';
import { Molmo2Error } from '../../errors.ts';
import { pictureHeader } from './picture-header.ts';

/** The bytes of a file; `label` names the picture in errors. Throws `media-unreadable` or the signal's reason. */
export async function readPictureFile(
  path: string,
  label: string,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await readFile(path, { signal });
  } catch (cause) {
    signal?.throwIfAborted();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Molmo2Error('media-unreadable', `${label} cannot be read: ${reason}. Check the path.`, {
      cause,
    });
  }
}

/** Throws `media-unreadable` or `media-too-large`, in the words of `decodeImage`, where the file's head is no picture's. */
export async function checkPictureFile(path: string, label: string, signal?: AbortSignal): Promise<void> {
  pictureHeader(await readPictureFile(path, label, signal), `${label} (${path})`);
}
