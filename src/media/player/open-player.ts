// Where a player is found: in this document, or in the page of this worker.

import type { FramePlayer } from './frame-player.ts';

type OpenPlayer = (file: Blob, signal?: AbortSignal) => Promise<FramePlayer>;

let elsewhere: OpenPlayer | null = null;

/** Where there is no document here but one beyond, as a worker's page is: its player is opened so. */
export function playElsewhere(open: OpenPlayer): void {
  elsewhere = open;
}

async function openHere(file: Blob, signal?: AbortSignal): Promise<FramePlayer> {
  const { openVideoElement } = await import('./video-element.ts');
  return openVideoElement(file, signal);
}

/** The file in a player; null where there is none, or where it does not play the file. Throws the signal's reason. */
export async function openPlayer(file: Blob, signal?: AbortSignal): Promise<FramePlayer | null> {
  const open = typeof document === 'undefined' ? elsewhere : openHere;
  if (!open) return null;
  try {
    return await open(file, signal);
  } catch {
    signal?.throwIfAborted();
    return null;
  }
}
