// Whether stored values of a bundle are finite. A bundle of an earlier release, or of another tool, may hold others.

import { matrixBytes, isQuantized } from '../formats/formats.ts';
import type { BundleTensor } from './manifest.ts';
import type { TensorPiece } from './tensor-pieces.ts';

/** What is wrong with a piece of `tensor`, to stand behind the name of its shard; null when nothing is. */
export function pieceProblem(tensor: BundleTensor, { byteOffset, bytes }: TensorPiece): string | null {
  const { name, format, shape } = tensor;
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  if (format === 'f32') {
    const words = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >> 2);
    const at = words.findIndex((word) => (word & 0x7f800000) === 0x7f800000);
    return at < 0
      ? null
      : `tensor "${name}" holds ${named((words[at] ?? 0) & 0x7fffff, (words[at] ?? 0) >>> 31)} (element ${byteOffset / 4 + at})`;
  }
  const [rows = 0, columns = 0] = shape;
  const firstHalf = isQuantized(format) ? matrixBytes(format, rows, columns).codeBytes : 0;
  const from = Math.max(0, firstHalf - byteOffset);
  if (from >= aligned.byteLength) return null;
  const halves = new Uint16Array(aligned.buffer, aligned.byteOffset + from, (aligned.byteLength - from) >> 1);
  const at = halves.findIndex((half) => (half & 0x7c00) === 0x7c00);
  if (at < 0) return null;
  const value = named((halves[at] ?? 0) & 0x3ff, (halves[at] ?? 0) >> 15);
  const place = (byteOffset + from - firstHalf) / 2 + at;
  return isQuantized(format)
    ? `tensor "${name}" has a scale that is ${value} (scale ${place})`
    : `tensor "${name}" holds ${value} (element ${place})`;
}

function named(fraction: number, sign: number): string {
  if (fraction !== 0) return 'NaN';
  return sign === 1 ? '-Infinity' : 'Infinity';
}
