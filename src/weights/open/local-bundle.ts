// Chunks out of files that lie on this machine: a folder of the disk, or one that a visitor dropped on the page.

import { Molmo2Error } from '../../errors.ts';
import { chunkName, type BundleChunk } from '../bundle/bundle-chunk.ts';
import { hashDifference, verdict } from '../bundle/chunk-hash.ts';
import type { ChunkSource } from '../bundle/chunk-source.ts';
import { httpChunks, type HttpOptions } from '../fetch/http-chunks.ts';
import type { ModelFiles } from '../files/model-files.ts';
import { fileUrl, type ModelSource } from '../source/model-source.ts';

export function localChunks(files: ModelFiles): ChunkSource {
  const { label } = files;
  return {
    label,
    async read(chunk, { signal, onReceived }) {
      const bytes = await readChunk(files, chunk, signal);
      const length = chunk.end - chunk.start;
      if (bytes.byteLength !== length)
        throw new Molmo2Error(
          'bad-bundle',
          `${chunkName(chunk)} of ${label} has ${bytes.byteLength} of ${length} bytes: the file is shorter than the ${chunk.fileBytes} bytes of the manifest. Copy or convert the bundle again.`,
        );
      onReceived?.(length);
      const checked = await verdict(bytes, chunk);
      if (checked.ok) return checked.bytes;
      throw new Molmo2Error(
        'bad-bundle',
        `${chunkName(chunk)} of ${label} is damaged: ${hashDifference(checked.found, chunk)}. Copy or convert the bundle again.`,
      );
    },
  };
}

async function readChunk(
  files: ModelFiles,
  chunk: BundleChunk,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const bytes = await files.readRange(chunk.file, chunk.start, chunk.end, signal);
    signal.throwIfAborted();
    return bytes;
  } catch (cause) {
    signal.throwIfAborted();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Molmo2Error('bad-bundle', `${chunkName(chunk)} could not be read: ${why}`, { cause });
  }
}

/** The chunks of a bundle wherever it lies: HTTP ranges for addresses, else the files themselves. */
export function sourceChunks(source: ModelSource, files: ModelFiles, options?: HttpOptions): ChunkSource {
  const { label } = source;
  const isRemote = (url: string | undefined) => url !== undefined && !url.startsWith('file:');
  if (source.kind === 'folder-url' && isRemote(source.base))
    return httpChunks(label, (file) => fileUrl(source.base, file), options);
  if (source.kind === 'urls' && isRemote(Object.values(source.urls)[0]))
    return httpChunks(label, (file) => source.urls[file] ?? null, options);
  return localChunks(files);
}
