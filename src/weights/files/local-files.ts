// Checkpoint files that a visitor chose from the disk.

import { Molmo2Error } from '../../errors.ts';
import { byteCount } from './byte-count.ts';
import { largestSmallFile, type ModelFiles } from './model-files.ts';

/** A file that is read whole and has more bytes than any of its kind. */
export function tooLarge(label: string, name: string, byteLength: number): Molmo2Error {
  return new Molmo2Error(
    'bad-checkpoint',
    `${name} of ${label} has ${byteCount(byteLength)}, more than the ${byteCount(largestSmallFile)} of any file of its kind. Download the file again.`,
  );
}

export function localFiles(label: string, files: Readonly<Record<string, File>>): ModelFiles {
  async function bytesOf(name: string, blob: Blob): Promise<Uint8Array<ArrayBuffer>> {
    try {
      return new Uint8Array(await blob.arrayBuffer());
    } catch (cause) {
      throw new Molmo2Error(
        'bad-checkpoint',
        `${name} of ${label} could not be read (${String(cause)}). Choose the folder again.`,
        { cause },
      );
    }
  }
  return {
    label,
    names: async () => Object.keys(files),
    async read(name) {
      const file = files[name];
      if (file && file.size > largestSmallFile) throw tooLarge(label, name, file.size);
      return file ? bytesOf(name, file) : null;
    },
    byteLength: async (name) => files[name]?.size ?? null,
    async readRange(name, start, end) {
      const file = files[name];
      if (!file)
        throw new Molmo2Error(
          'bad-checkpoint',
          `${label} has no ${name}. Choose the folder that holds all files of the checkpoint.`,
        );
      return bytesOf(name, file.slice(start, end));
    },
  };
}
