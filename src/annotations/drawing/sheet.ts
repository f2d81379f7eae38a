// Pictures with their dots as one PNG: one in its own size, or several side by side under their numbers and names.

import type { AnnotatedFile, AnnotationDocument } from '../document/document.ts';
import { refuseToWrite } from '../formats/fault.ts';
import { type DrawingStyle, momentPainter } from './moment.ts';

/** What of a document is drawn as a picture. All optional. */
export interface PictureOptions extends DrawingStyle {
  /** 1-based number of the picture that is drawn alone; default all of them, as a sheet. */
  readonly image?: number;
  /** Moment of the video that `pictures` has a frame of. */
  readonly timeSec?: number;
}

/** Sides and pixels that browsers have canvases for. */
const mostSide = 16_384;
const mostPixels = 64e6;
const gap = 24; // pixels between pictures
const captionHeight = 40;

export interface Cell {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface SheetLayout {
  readonly width: number;
  readonly height: number;
  readonly cells: readonly Cell[];
}

/**
 * Where pictures of these sizes lie: rows of as many as make the sheet about square, each row as high as its highest, with room
 * for a line of text above each; all in their own size, unless no canvas would hold that.
 */
export function sheetLayout(
  sizes: readonly { readonly width: number; readonly height: number }[],
): SheetLayout {
  const columns = Math.ceil(Math.sqrt(sizes.length));
  const rows = Array.from({ length: Math.ceil(sizes.length / columns) }, (_, row) =>
    sizes.slice(row * columns, (row + 1) * columns),
  );
  const widest = Math.max(...rows.map((row) => row.reduce((sum, { width }) => sum + width + gap, gap)));
  const highest = rows.reduce(
    (sum, row) => sum + Math.max(...row.map(({ height }) => height)) + captionHeight + gap,
    gap,
  );
  const scale = Math.min(
    1,
    mostSide / widest,
    mostSide / highest,
    Math.sqrt(mostPixels / (widest * highest)),
  );
  const cells: Cell[] = [];
  let y = gap;
  for (const row of rows) {
    let x = gap;
    for (const { width } of row) {
      cells.push({ x: x * scale, y: (y + captionHeight) * scale, scale });
      x += width + gap;
    }
    y += Math.max(...row.map(({ height }) => height)) + captionHeight + gap;
  }
  return { width: Math.ceil(widest * scale), height: Math.ceil(highest * scale), cells };
}

/** Where one picture lies when it is drawn alone. */
function aloneLayout({ width, height }: AnnotatedFile): SheetLayout {
  const scale = Math.min(1, mostSide / width, mostSide / height, Math.sqrt(mostPixels / (width * height)));
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
    cells: [{ x: 0, y: 0, scale }],
  };
}

type Drawable = Exclude<CanvasImageSource, VideoFrame | SVGImageElement>;

function paintCaption(
  ctx: OffscreenCanvasRenderingContext2D,
  { x, y, scale }: Cell,
  text: string,
  width: number,
): void {
  ctx.fillStyle = '#1d2530';
  ctx.font = `600 ${20 * scale}px system-ui, sans-serif`;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  ctx.fillText(text, x, y - (captionHeight / 2) * scale, Math.max(60, width) * scale);
}

/**
 * Draws dots over `pictures`, which are those of the document in their order, or one frame of its video, and encodes a PNG. Throws
 * `bad-annotations` where a picture is missing, and what the browser throws for pictures of other sites that may not be read.
 */
export async function drawnPicture(
  document: AnnotationDocument,
  pictures: readonly Drawable[],
  options: PictureOptions = {},
): Promise<Blob> {
  const { image, timeSec } = options;
  const { media } = document;
  const isVideo = media.kind === 'video';
  const chosen = image === undefined || isVideo ? media.files.map((_, i) => i + 1) : [image];
  const files = chosen.map((number) => {
    const [file, picture] = [media.files[number - 1], pictures[number - 1]];
    if (file && picture) return { number, file, picture };
    return refuseToWrite(
      'PNG',
      `picture ${number} is not there (${pictures.length} of ${media.files.length} were given)`,
    );
  });
  const [first] = files;
  if (!first) return refuseToWrite('PNG', 'there are no pictures');
  const layout = files.length === 1 ? aloneLayout(first.file) : sheetLayout(files.map(({ file }) => file));
  const canvas = new OffscreenCanvas(layout.width, layout.height);
  const ctx = canvas.getContext('2d');
  if (!ctx) throw new DOMException('The browser gave no 2D canvas.', 'InvalidStateError');
  ctx.fillStyle = '#fff';
  ctx.fillRect(0, 0, layout.width, layout.height);
  const paint = momentPainter(document, options);
  files.forEach(({ number, file, picture }, i) => {
    const cell = layout.cells[i] ?? { x: 0, y: 0, scale: 1 };
    const { x, y, scale } = cell;
    const { width, height } = file;
    if (files.length > 1) paintCaption(ctx, cell, `${number}  ${file.name}`, width);
    ctx.drawImage(picture, x, y, width * scale, height * scale);
    const moment = { image: number, timeSec: isVideo ? (timeSec ?? 0) : null };
    paint(ctx, moment, { x, y, scale, width, height });
  });
  return canvas.convertToBlob({ type: 'image/png' });
}
