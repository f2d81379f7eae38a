// Which patches become one token. A pooling table has one row per token, with the flat patch indices of its window in
// row-major order; -1 stands for a place outside the picture.

/** Tokens along one axis of `patches` patches. */
export function pooledLength(patches: number, window: number): number {
  return Math.ceil(patches / window);
}

/**
 * Appends to `table` at `offset` the windows over a grid of rows x columns patches, row-major, and returns the offset
 * behind them. A side that is no multiple of the window is padded, the smaller half in front.
 */
export function writeWindows(
  table: Int32Array,
  offset: number,
  [rows, columns]: readonly [number, number],
  [windowRows, windowColumns]: readonly [number, number],
  patchIndex: (row: number, column: number) => number,
): number {
  const tokenRows = pooledLength(rows, windowRows);
  const tokenColumns = pooledLength(columns, windowColumns);
  const padTop = Math.floor((tokenRows * windowRows - rows) / 2);
  const padLeft = Math.floor((tokenColumns * windowColumns - columns) / 2);
  for (let i = 0; i < tokenRows; i++)
    for (let j = 0; j < tokenColumns; j++)
      for (let r = i * windowRows - padTop; r < (i + 1) * windowRows - padTop; r++)
        for (let c = j * windowColumns - padLeft; c < (j + 1) * windowColumns - padLeft; c++)
          table[offset++] = r < 0 || c < 0 || r >= rows || c >= columns ? -1 : patchIndex(r, c);
  return offset;
}

/**
 * Where a patch of the high-resolution picture lies along one axis: the crop that owns it and its place in that crop.
 * Neighbouring crops overlap by both margins; the outer patches of an inner border belong to the neighbour.
 */
export function patchOwner(
  patch: number,
  leadingMargin: number,
  windowPatches: number,
  crops: number,
): { readonly crop: number; readonly place: number } {
  const crop = Math.min(Math.max(Math.floor((patch - leadingMargin) / windowPatches), 0), crops - 1);
  return { crop, place: patch - windowPatches * crop };
}
