// The sizes of pictures that a file of questions names without them, as a viewer shows the pictures.

import { readFile } from 'node:fs/promises';
import { Molmo2Error } from '../../src/errors.ts';

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Upright, as the model is shown them: browsers turn all kinds but WebP. */
async function sizeOf(path: string): Promise<PictureSize> {
  const { default: sharp } = await import('sharp');
  const { width, height, format, autoOrient } = await sharp(await readFile(path)).metadata();
  return format === 'webp' ? { width, height } : autoOrient;
}

/**
 * Sizes by source; `pathOf` says where a source lies, null for one that is not on this machine and has no size here.
 * @throws Molmo2Error `bad-dataset` naming a picture that cannot be read.
 */
export async function pictureSizes(
  sources: Iterable<string>,
  pathOf: (source: string) => string | null,
  name: string,
  signal?: AbortSignal,
): Promise<Map<string, PictureSize>> {
  const sizes = new Map<string, PictureSize>();
  for (const source of sources) {
    signal?.throwIfAborted();
    const path = pathOf(source);
    if (path === null || sizes.has(source)) continue;
    try {
      sizes.set(source, await sizeOf(path));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Molmo2Error(
        'bad-dataset',
        `${name} does not say how large ${source} is, and the picture cannot be read: ${reason}. ` +
          'Put it there, or give the folder from which the file names it with --media.',
        { cause },
      );
    }
  }
  return sizes;
}
