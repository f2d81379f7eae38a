import { expect, test } from 'vitest';
import type { BundleTensor } from '../../src/weights/bundle/manifest.ts';
import { tensorPieces } from '../../src/weights/bundle/tensor-pieces.ts';
import { seeded } from '../kernels/random.ts';

const tensor = (name: string, shard: number, byteOffset: number, byteLength: number): BundleTensor => ({
  name,
  shape: [byteLength / 4],
  format: 'f32',
  layout: 'rows',
  shard,
  byteOffset,
  byteLength,
});

test('every byte of every tensor comes out once, at its place, whatever the chunks are', () => {
  const random = seeded(3);
  const shards = [0, 1].map(() => Uint8Array.from({ length: 4096 }, () => Math.floor(random() * 256)));
  const tensors = [
    tensor('a', 0, 0, 256),
    tensor('gap behind', 0, 256, 100),
    tensor('long', 0, 512, 3000),
    tensor('end', 0, 3584, 512),
    tensor('other shard', 1, 1024, 2048),
  ];
  for (const size of [256, 700, 1000, 4096]) {
    const pieces = tensorPieces(
      { tensors, shards: shards.map((bytes, i) => ({ file: `${i}`, byteLength: bytes.length, sha256: [] })) },
      size,
    );
    const found = new Map(tensors.map(({ name, byteLength }) => [name, new Uint8Array(byteLength)]));
    const written = new Map(tensors.map(({ name }) => [name, 0]));
    shards.forEach((bytes, shard) => {
      for (let index = 0; index * size < bytes.length; index++)
        for (const piece of pieces({ shard, index, bytes: bytes.slice(index * size, (index + 1) * size) })) {
          found.get(piece.name)?.set(piece.bytes, piece.byteOffset);
          written.set(piece.name, (written.get(piece.name) ?? 0) + piece.bytes.byteLength);
        }
    });
    for (const { name, shard, byteOffset, byteLength } of tensors) {
      expect(written.get(name)).toBe(byteLength);
      expect(found.get(name)).toEqual(shards[shard]?.slice(byteOffset, byteOffset + byteLength));
    }
  }
});

test('bytes between tensors belong to none', () => {
  const pieces = tensorPieces(
    { tensors: [tensor('a', 0, 256, 256)], shards: [{ file: 'x', byteLength: 512, sha256: [] }] },
    256,
  );
  expect(pieces({ shard: 0, index: 0, bytes: new Uint8Array(256) })).toEqual([]);
  expect(pieces({ shard: 0, index: 1, bytes: new Uint8Array(256) })).toHaveLength(1);
});
