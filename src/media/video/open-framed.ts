// Opens a file of which each frame can be had: an animated picture, or a container.

import { openMoving } from '../moving/moving-picture.ts';
import type { FramedVideo } from '../sampling/framed-video.ts';
import { isPicture } from '../unreadable-video.ts';

/** `label` names the file in errors. Throws as `openContainer` does, which also says that a picture that stands still is no video. */
export async function openFramed(file: Blob, label: string, signal?: AbortSignal): Promise<FramedVideo> {
  signal?.throwIfAborted();
  const head = new Uint8Array(await file.slice(0, 1 << 16).arrayBuffer());
  const moving = isPicture(head) ? await openMoving(file, label, signal) : null;
  if (moving) return moving;
  const { openContainer } = await import('./container-video.ts');
  return openContainer(file, label, signal);
}
