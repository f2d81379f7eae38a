// Where the pictures of an overlay lie: one fills it, several stand in a grid with captions. Pure; everything in pixels.

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A picture's place on the sheet. */
export interface Tile extends Size {
  readonly x: number;
  readonly y: number;
  /** Written under the picture; empty for none. */
  readonly caption: string;
}

export interface SheetLayout extends Size {
  readonly tiles: readonly Tile[];
}

export const captionHeight = 26;
const gap = 10;
const widestSheet = 2400;

/** One picture as it is. */
export function singleLayout({ width, height }: Size): SheetLayout {
  return { width, height, tiles: [{ x: 0, y: 0, width, height, caption: '' }] };
}

interface Grid {
  readonly columns: number;
  readonly cellWidth: number;
}

function gridLayout(
  sizes: readonly Size[],
  captions: readonly string[],
  { columns, cellWidth }: Grid,
): SheetLayout {
  const tiles: Tile[] = [];
  let top = gap;
  for (let first = 0; first < sizes.length; first += columns) {
    const row = sizes.slice(first, first + columns);
    row.forEach((size, column) =>
      tiles.push({
        // Narrow pictures stand in the middle of their cell.
        x: gap + column * (cellWidth + gap) + Math.floor((cellWidth - size.width) / 2),
        y: top,
        ...size,
        caption: captions[first + column] ?? '',
      }),
    );
    top += Math.max(...row.map(({ height }) => height)) + captionHeight + gap;
  }
  return { width: gap + Math.min(columns, sizes.length) * (cellWidth + gap), height: top, tiles };
}

const smallestSide = 320; // smaller pictures grow, so that numbers on them stay readable
const pictureSide = 720;

/** `size` scaled so that its longer side lies between the two. */
function fitted({ width, height }: Size): Size {
  const longer = Math.max(width, height);
  const scale = Math.min(pictureSide, Math.max(smallestSide, longer)) / longer;
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** The number of columns next to `wanted` that leaves the fewest holes in the last row. */
function fullestColumns(count: number, wanted: number): number {
  const holes = (columns: number) => Math.ceil(count / columns) * columns - count;
  const fewest = Math.max(1, Math.min(count, wanted));
  return fewest < count && holes(fewest + 1) < holes(fewest) ? fewest + 1 : fewest;
}

/** Several pictures side by side, numbered as answers number them. */
export function picturesLayout(sizes: readonly Size[]): SheetLayout {
  const tiles = sizes.map(fitted);
  const columns = fullestColumns(sizes.length, 3);
  const captions = sizes.map((_, i) => String(i + 1));
  return gridLayout(tiles, captions, { columns, cellWidth: Math.max(...tiles.map(({ width }) => width)) });
}

/** A time as a caption: hundredths of a second, no needless zeros. */
const secondsCaption = (timeSec: number) => `${Number(timeSec.toFixed(2))} s`;

/** The frames of a video as a contact sheet, wider than high, with their times. */
export function framesLayout(size: Size, timestamps: readonly number[]): SheetLayout {
  const aspect = size.height / size.width;
  const columns = fullestColumns(timestamps.length, Math.round(Math.sqrt(timestamps.length * 1.6 * aspect)));
  const widest = Math.floor((widestSheet - gap) / columns) - gap;
  const width = Math.max(1, Math.min(widest, Math.max(size.width, smallestSide)));
  const frame = { width, height: Math.max(1, Math.round(width * aspect)) };
  return gridLayout(
    timestamps.map(() => frame),
    timestamps.map(secondsCaption),
    { columns, cellWidth: width },
  );
}
