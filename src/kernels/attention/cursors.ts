// Where rows of decoding stand: the words that shaders/shared/row-place.wgsl reads.

import { invariant } from '../../errors.ts';
import type { Tensor } from '../../gpu/tensor.ts';

/** Words of a cursor: position, stopped; of several rows each also prefix and start. */
export const branchCursorWords = 4;

/** A row among several: it sees the slots [0, prefix), and its own from `start` on. */
export interface RowCursor {
  /** Keys before it, the prefix among them. */
  readonly position: number;
  readonly stopped: boolean;
  /** Slots that it sees whatever they belong to, which other rows may see as well. */
  readonly prefix: number;
  /** Slot of its first key behind them. */
  readonly start: number;
}

/** Whether cursors are those of rows with slots of their own; else [2] of one row whose slots are positions. */
export function isBranched(cursor: Tensor): boolean {
  if (cursor.shape.length === 1) return false;
  invariant(cursor.shape[1] === branchCursorWords, `${cursor.label} is [${cursor.shape.join(', ')}]`);
  return true;
}

/** What a tensor [rows, 4] of cursors holds. */
export function cursorWords(cursors: readonly RowCursor[]): Uint32Array<ArrayBuffer> {
  return Uint32Array.from(
    cursors.flatMap(({ position, stopped, prefix, start }) => [position, stopped ? 1 : 0, prefix, start]),
  );
}
