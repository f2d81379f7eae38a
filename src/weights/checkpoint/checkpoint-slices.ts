// Cuts the tensors of a checkpoint into slices of whole rows that are read one by one, with the next one on its way.

import type { FileTensor } from './checkpoint-tensors.ts';
import { isMatrix, rowAlignment } from '../formats/formats.ts';

/** Some rows of a tensor in its file; a vector is one slice. */
export interface CheckpointSlice {
  readonly tensor: FileTensor;
  readonly firstRow: number;
  readonly rows: number;
  readonly start: number;
  readonly end: number;
}

const sliceBytes = 8 * 1024 * 1024;

/** Slices of about 8 MiB that begin at multiples of 128 rows. */
export function checkpointSlices(tensors: readonly FileTensor[]): CheckpointSlice[] {
  return tensors.flatMap((tensor) => {
    const { name, shape, start, end } = tensor;
    if (!isMatrix(name, shape)) return [{ tensor, firstRow: 0, rows: shape[0] ?? 0, start, end }];
    const [rows = 0] = shape;
    const rowBytes = (end - start) / Math.max(1, rows);
    const step = Math.max(1, Math.floor(sliceBytes / (rowBytes * rowAlignment))) * rowAlignment;
    const slices: CheckpointSlice[] = [];
    for (let firstRow = 0; firstRow < rows; firstRow += step) {
      const count = Math.min(step, rows - firstRow);
      const from = start + firstRow * rowBytes;
      slices.push({ tensor, firstRow, rows: count, start: from, end: from + count * rowBytes });
    }
    return slices;
  });
}

/** Results in order, with `ahead` of them under way at once. */
export async function* readAhead<T, R>(
  items: readonly T[],
  read: (item: T) => Promise<R>,
  ahead: number,
): AsyncGenerator<R, void, undefined> {
  const tasks: Promise<R>[] = [];
  let next = 0;
  const startMore = () => {
    while (next < items.length && tasks.length < ahead) {
      const item = items[next++];
      if (item === undefined) continue;
      const task = read(item);
      task.catch(() => {}); // reported when its turn comes
      tasks.push(task);
    }
  };
  startMore();
  for (let task = tasks.shift(); task; task = tasks.shift()) {
    const result = await task;
    startMore();
    yield result;
  }
}
