// Cuts the tensors of a checkpoint into reads of a few megabytes, each with the places its rows go to. Pure.

import type { BundlePlan } from '../../src/weights/bundle/bundle-plan.ts';
import { matrixBytes, rowAlignment, rowOffsets } from '../../src/weights/formats/formats.ts';
import type { BundleTensor } from '../../src/weights/bundle/manifest.ts';
import type { StoredTensor } from '../../src/weights/checkpoint/safetensors.ts';
import type { Job, OutputRange, Piece, ReadPiece } from '../bundle/jobs.ts';

export type SourceTensor = StoredTensor & { readonly file: string };

/** Bytes that are read at a time, if 128 rows are not more. */
export const sliceBytes = 8 * 1024 * 1024;

/** Some rows of `tensor` with their places in its shard. */
export function pieceOf(tensor: BundleTensor, firstRow: number, rows: number): Piece {
  const [allRows, columns] = sizeOf(tensor.shape);
  const { codeBytes, scaleBytes } = matrixBytes(tensor.format, rows, columns);
  const offsets = rowOffsets(tensor.format, allRows, columns, firstRow);
  const at = (offset: number, length: number): OutputRange => ({
    shard: tensor.shard,
    offset: tensor.byteOffset + offset,
    length,
  });
  return {
    name: tensor.name,
    format: tensor.format,
    rows,
    columns,
    codes: at(offsets.codes, codeBytes),
    scales: scaleBytes > 0 ? at(offsets.scales, scaleBytes) : null,
  };
}

/** Rows and columns; a vector is one row. */
export function sizeOf(shape: readonly number[]): readonly [number, number] {
  return shape.length < 2 ? [1, shape[0] ?? 1] : [shape[0] ?? 1, shape[1] ?? 1];
}

/** First rows and row counts of slices of about `bytes`, cut at multiples of 128 rows. */
export function rowSlices(rows: number, bytesPerRow: number, bytes = sliceBytes): [number, number][] {
  const step = Math.max(1, Math.floor(bytes / (bytesPerRow * rowAlignment))) * rowAlignment;
  return Array.from({ length: Math.ceil(rows / step) }, (_, i) => [
    i * step,
    Math.min(step, rows - i * step),
  ]);
}

/** The slices of one stored tensor, as byte ranges of its file. */
export function tensorSlices(
  source: SourceTensor,
): { firstRow: number; rows: number; start: number; end: number }[] {
  const [allRows] = sizeOf(source.shape);
  const bytesPerRow = (source.end - source.start) / allRows;
  return rowSlices(allRows, bytesPerRow).map(([firstRow, rows]) => {
    const start = source.start + firstRow * bytesPerRow;
    return { firstRow, rows, start, end: start + rows * bytesPerRow };
  });
}

/**
 * The jobs that write all tensors of `plan`, in file order. Small neighbours are read together; tensors of `digested` are
 * read alone and their bytes hashed, so that their equals can be told by content.
 */
export function encodeJobs(
  plan: BundlePlan,
  source: ReadonlyMap<string, SourceTensor>,
  digested: ReadonlySet<string>,
): Extract<Job, { kind: 'encode' }>[] {
  const slices = plan.tensors.flatMap((tensor) => {
    const stored = source.get(tensor.name);
    if (!stored) return [];
    const digest = digested.has(tensor.name);
    return tensorSlices(stored).map(({ firstRow, rows, start, end }) => ({
      file: stored.file,
      start,
      end,
      digest,
      piece: {
        ...pieceOf(tensor, firstRow, rows),
        dtype: stored.dtype,
        firstElement: firstRow * sizeOf(stored.shape)[1],
      },
    }));
  });
  slices.sort((a, b) => (a.file === b.file ? a.start - b.start : a.file < b.file ? -1 : 1));
  const groups: (typeof slices)[] = [];
  for (const slice of slices) {
    const group = groups.at(-1);
    const first = group?.[0];
    const joins =
      first &&
      first.file === slice.file &&
      !first.digest &&
      !slice.digest &&
      slice.end - first.start <= sliceBytes;
    if (group && joins) group.push(slice);
    else groups.push([slice]);
  }
  return groups.map((group) => {
    const start = Math.min(...group.map((slice) => slice.start));
    const end = Math.max(...group.map((slice) => slice.end));
    const pieces: ReadPiece[] = group.map((slice) => ({
      ...slice.piece,
      start: slice.start - start,
      end: slice.end - start,
    }));
    return {
      kind: 'encode',
      input: { file: group[0]?.file ?? '', start, end },
      pieces,
      digest: group[0]?.digest ?? false,
    };
  });
}
