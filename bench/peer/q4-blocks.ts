// Our q4 weights in the layout of the operator MatMulNBits with 4 bits and blocks of 32: the same codes and scales in
// another order, so that both engines multiply by equal values, (code - 8) * scale.

import { blockColumns, matrixBytes } from '../../src/weights/formats/formats.ts';
import { halfValues } from '../../src/weights/formats/half.ts';

export interface Q4Blocks {
  readonly rows: number;
  readonly columns: number;
  /** [rows, columns / 32, 16]; the low nibble of byte j is column 2 j of the block, the high one 2 j + 1. */
  readonly codes: Uint8Array<ArrayBuffer>;
  /** [rows, columns / 32] */
  readonly scales: Float32Array<ArrayBuffer>;
}

const tileRows = 64;
const blockWords = 4;

/** Rows [firstRow, firstRow + count) of a matrix stored as q4 (src/weights/formats/formats.ts); columns are a multiple of 32. */
export function q4Blocks(
  stored: Uint8Array,
  rows: number,
  columns: number,
  firstRow = 0,
  count = rows - firstRow,
): Q4Blocks {
  if (columns % blockColumns !== 0)
    throw new RangeError(`columns must be a multiple of ${blockColumns}, got ${columns}.`);
  const blocks = columns / blockColumns;
  const { codeBytes } = matrixBytes('q4', rows, columns);
  const { buffer, byteOffset, byteLength } = stored;
  const from = new Uint32Array(buffer, byteOffset, codeBytes / 4);
  const halves = new Uint16Array(buffer, byteOffset + codeBytes, (byteLength - codeBytes) / 2);
  const known = halfValues();
  const codes = new Uint32Array(count * blocks * blockWords);
  const scales = new Float32Array(count * blocks);
  let to = 0;
  for (let n = firstRow; n < firstRow + count; n++) {
    let block = (n - (n % tileRows)) * blocks + (n % tileRows);
    for (let b = 0; b < blocks; b++, block += tileRows, to++) {
      scales[to] = known[halves[block] ?? 0] ?? 0;
      for (let word = 0; word < blockWords; word++)
        codes[to * blockWords + word] = inPairs(from[block * blockWords + word] ?? 0);
    }
  }
  return { rows: count, columns, codes: new Uint8Array(codes.buffer), scales };
}

/** Eight codes, of which four lie in low nibbles and the next four in high ones, with neighbours side by side. */
function inPairs(word: number): number {
  return nibblePairs(word & 0x0f0f0f0f) | (nibblePairs((word >>> 4) & 0x0f0f0f0f) << 16);
}

function nibblePairs(nibbles: number): number {
  const pairs = nibbles | (nibbles >>> 4);
  return (pairs & 0xff) | ((pairs >>> 8) & 0xff00);
}
