// A bundle of seeded bytes in small chunks, the same wherever it is made: the server sends it, the tests compare with it.

import { sha256Hex } from '../../src/weights/bundle/chunk-hash.ts';
import { seeded } from '../kernels/random.ts';

export interface BundleRecipe {
  readonly seed: number;
  /** Bytes of each shard. */
  readonly shards: readonly number[];
  readonly chunkBytes: number;
}

export interface TestBundle {
  readonly manifest: {
    readonly shards: readonly {
      readonly file: string;
      readonly byteLength: number;
      readonly sha256: readonly string[];
    }[];
  };
  readonly manifestBytes: Uint8Array<ArrayBuffer>;
  /** Everything a server has: `molmo2.json`, two small files and the shards. */
  readonly files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>;
}

/** Odd in every way: more than one shard, chunks that fill a shard exactly, and a last chunk of one byte. */
export const smallRecipe: BundleRecipe = { seed: 1, shards: [300_000, 65_536, 131_073], chunkBytes: 65_536 };

export async function testBundle({ seed, shards, chunkBytes }: BundleRecipe): Promise<TestBundle> {
  const files: Record<string, Uint8Array<ArrayBuffer>> = {};
  const list = [];
  for (const [i, byteLength] of shards.entries()) {
    const file = `part-${i}.bin`;
    const bytes = seededBytes(1000 * seed + i, byteLength);
    const sha256: string[] = [];
    for (let at = 0; at < byteLength; at += chunkBytes)
      sha256.push(await sha256Hex(bytes.subarray(at, at + chunkBytes)));
    files[file] = bytes;
    list.push({ file, byteLength, sha256 });
  }
  const manifest = { shards: list };
  const manifestBytes = json(manifest);
  files['molmo2.json'] = manifestBytes;
  files['config.json'] = json({ seed });
  files['tokenizer.json'] = json({ model: { vocab: { a: seed } } });
  return { manifest, manifestBytes, files };
}

function json(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

function seededBytes(seed: number, byteLength: number): Uint8Array<ArrayBuffer> {
  const random = seeded(seed);
  const words = Uint32Array.from({ length: Math.ceil(byteLength / 4) }, () => random() * 2 ** 32);
  return new Uint8Array(words.buffer, 0, byteLength);
}
