// Where a picture lies inside its element's content box, as CSS object-fit and object-position place it.
// Pure arithmetic: pixels of the picture on one side, CSS pixels of the element on the other.

/** In pixels of a picture, or in CSS pixels of an element. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Rect extends Size {
  readonly x: number;
  readonly y: number;
}

/** One axis of object-position: a share of the free space plus a fixed offset in CSS pixels. */
export interface Offset {
  readonly share: number;
  readonly px: number;
}

export type Position = readonly [Offset, Offset];

const centre: Offset = { share: 0.5, px: 0 };

function axisOffset(text: string | undefined): Offset {
  const percent = /(-?[\d.]+)%/.exec(text ?? '');
  const px = /([+-]?)\s*(-?[\d.]+)px/.exec(text ?? '');
  if (!percent && !px) return centre;
  const sign = px?.[1] === '-' ? -1 : 1;
  return { share: percent ? Number(percent[1]) / 100 : 0, px: px ? sign * Number(px[2]) : 0 };
}

/** Reads the computed value of object-position: per axis a percentage, a length in px, or `calc()` of both. */
export function parsePosition(computed: string): Position {
  const axes = computed.match(/calc\([^)]*\)|[^\s]+/g) ?? [];
  return [axisOffset(axes[0]), axisOffset(axes[1])];
}

function fittedSize(picture: Size, box: Size, fit: string): Size {
  if (fit === 'fill') return box;
  const inside = Math.min(box.width / picture.width, box.height / picture.height);
  const over = Math.max(box.width / picture.width, box.height / picture.height);
  const scale =
    fit === 'cover' ? over : fit === 'none' ? 1 : fit === 'scale-down' ? Math.min(1, inside) : inside;
  return { width: picture.width * scale, height: picture.height * scale };
}

/**
 * The rectangle that the whole picture covers, in CSS pixels from the content box's corner. It may reach beyond the
 * box (`cover`). `fit` is the computed value of object-fit; unknown values count as `contain`.
 */
export function pictureRect(
  picture: Size,
  box: Size,
  fit: string,
  position: Position = [centre, centre],
): Rect {
  if (picture.width <= 0 || picture.height <= 0) return { x: 0, y: 0, ...box };
  const size = fittedSize(picture, box, fit);
  const [h, v] = position;
  return {
    x: (box.width - size.width) * h.share + h.px,
    y: (box.height - size.height) * v.share + v.px,
    ...size,
  };
}

/** Pixels of the original picture to CSS pixels, where the whole picture of size `original` covers `rect`. */
export function toElement(
  point: { readonly x: number; readonly y: number },
  original: Size,
  rect: Rect,
): { x: number; y: number } {
  return {
    x: rect.x + (point.x / original.width) * rect.width,
    y: rect.y + (point.y / original.height) * rect.height,
  };
}

/** CSS pixels of the element to pixels of the original, inside the picture. */
export function toOriginal(
  at: { readonly x: number; readonly y: number },
  original: Size,
  rect: Rect,
): { x: number; y: number } {
  const axis = (value: number, from: number, length: number, size: number): number =>
    Math.min(size, Math.max(0, ((value - from) / length) * size));
  return {
    x: axis(at.x, rect.x, rect.width, original.width),
    y: axis(at.y, rect.y, rect.height, original.height),
  };
}
