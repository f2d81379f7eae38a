// A small valid manifest, to be damaged by tests.

import { chunkBytes } from '../../src/weights/bundle/manifest.ts';

export interface ManifestJson {
  format: unknown;
  version: unknown;
  shards: Record<string, unknown>[];
  tensors: Record<string, unknown>[];
  aliases: Record<string, unknown>;
}

const hash = (digit: string) => digit.repeat(64);

/** Two shards, the first of two chunks; a vector, matrices in f16 and q4, an alias. */
export function validManifest(): ManifestJson {
  const q4 = 1024 * 512 * (16 / 32 + 2 / 32);
  return {
    format: 'molmo2-bundle',
    version: 1,
    shards: [
      { file: 'weights-1.bin', byteLength: chunkBytes + 512, sha256: [hash('a'), hash('b')] },
      { file: 'weights-2.bin', byteLength: q4, sha256: [hash('c')] },
    ],
    tensors: [
      { name: 'model.transformer.wte.embedding', shape: [1024, 4096], format: 'f16', layout: 'rows', shard: 0, byteOffset: 0, byteLength: chunkBytes },
      { name: 'model.transformer.ln_f.weight', shape: [100], format: 'f32', layout: 'rows', shard: 0, byteOffset: chunkBytes, byteLength: 400 },
      { name: 'model.transformer.blocks.0.mlp.ff_out.weight', shape: [1000, 512], format: 'q4', layout: 'tile64', shard: 1, byteOffset: 0, byteLength: q4 },
    ],
    aliases: { 'lm_head.weight': 'model.transformer.wte.embedding' },
  }; // prettier-ignore
}
