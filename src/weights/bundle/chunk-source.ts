// Where chunks come from: a server, files, or the cache alone. Every source verifies what it gives.

import { Molmo2Error } from '../../errors.ts';
import { chunkName, type BundleChunk } from './bundle-chunk.ts';
import type { VerifiedBytes } from './chunk-hash.ts';

export interface ChunkJob {
  /** The same for all chunks of one load: a source may keep a connection open between them until it is aborted. */
  readonly signal: AbortSignal;
  /** As long as the chunk: memory to put it in, where the source does not bring its own. Without it, fresh memory is taken. */
  readonly into?: Uint8Array<ArrayBuffer>;
  /** Bytes of this chunk that are here; falls back when it is fetched again. */
  readonly onReceived?: (byteLength: number) => void;
}

export interface ChunkSource {
  /** For messages: the folder, URL or model name. */
  readonly label: string;
  /** Throws `bad-bundle` or `network` naming the chunk; with an aborted signal, the signal's own reason. */
  read(chunk: BundleChunk, job: ChunkJob): Promise<VerifiedBytes>;
}

/** For models that exist only in the cache: every chunk that is asked for is one that the cache has lost. */
export function noSource(label: string): ChunkSource {
  return {
    label,
    async read(chunk) {
      throw new Molmo2Error(
        'bad-bundle',
        `${chunkName(chunk)} of the cached model ${label} is damaged, and it was made on this machine, so it cannot be fetched again. Delete the cached model and load the checkpoint once more.`,
      );
    },
  };
}
