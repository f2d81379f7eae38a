import { mendMatroska } from './cut-matroska.ts';
import { mendMp4 } from './cut-mp4.ts';
import type { MendedFile } from './mended-file.ts';

/** Makes a file of any kind readable whose end is missing. Only the heads of its parts are read. */
export async function mendEnd(file: Blob): Promise<MendedFile> {
  const mp4 = await mendMp4(file);
  const matroska = await mendMatroska(mp4.blob);
  return { ...mp4, blob: matroska.blob, isCut: mp4.isCut || matroska.isCut };
}
