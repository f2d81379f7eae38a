// Which tensors' bytes a chunk of a bundle holds. Pure.

import { chunkBytes, type BundleManifest, type BundleTensor } from './manifest.ts';

/** Bytes of a tensor's stored form. */
export interface TensorPiece {
  readonly name: string;
  /** Place in the tensor's stored bytes. */
  readonly byteOffset: number;
  readonly bytes: Uint8Array;
}

/** Cuts chunks into pieces; they may come in any order. */
export function tensorPieces(
  { tensors, shards }: Pick<BundleManifest, 'tensors' | 'shards'>,
  size: number = chunkBytes,
): (chunk: { readonly shard: number; readonly index: number; readonly bytes: Uint8Array }) => TensorPiece[] {
  const byShard = shards.map((_, shard) => tensors.filter((tensor) => tensor.shard === shard));
  return ({ shard, index, bytes }) => {
    const start = index * size;
    const end = start + bytes.byteLength;
    const list = byShard[shard] ?? [];
    const pieces: TensorPiece[] = [];
    for (let i = firstEndingBehind(list, start); i < list.length; i++) {
      const tensor = list[i];
      if (!tensor || tensor.byteOffset >= end) break;
      const from = Math.max(start, tensor.byteOffset);
      const to = Math.min(end, tensor.byteOffset + tensor.byteLength);
      pieces.push({
        name: tensor.name,
        byteOffset: from - tensor.byteOffset,
        bytes: bytes.subarray(from - start, to - start),
      });
    }
    return pieces;
  };
}

/** The first tensor that reaches beyond `at`; tensors lie in ascending order. */
function firstEndingBehind(list: readonly BundleTensor[], at: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const tensor = list[middle];
    if (tensor && tensor.byteOffset + tensor.byteLength <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
