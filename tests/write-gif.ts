// Writes an animated GIF without compression: with 128 colours every code of its LZW is a byte, as long as the table never grows.

/** Codes behind 127 are commands: forget the table, end. */
const [clear, end] = [128, 129];
/** The table has room for 126 entries before codes get longer. */
const pixelsPerClear = 120;

export interface GifFrame {
  /** Numbers of colours, row by row. */
  readonly pixels: Uint8Array;
  readonly delayMs: number;
}

const uint16 = (value: number) => [value & 255, value >> 8];

function imageData(pixels: Uint8Array): number[] {
  const codes: number[] = [];
  for (let at = 0; at < pixels.length; at += pixelsPerClear)
    codes.push(clear, ...pixels.subarray(at, at + pixelsPerClear));
  codes.push(end);
  const blocks: number[] = [];
  for (let at = 0; at < codes.length; at += 255) {
    const block = codes.slice(at, at + 255);
    blocks.push(block.length, ...block);
  }
  return [7, ...blocks, 0];
}

/** At most 128 colours; it is shown again and again. */
export function animatedGif(
  { width, height }: { readonly width: number; readonly height: number },
  colours: readonly (readonly [number, number, number])[],
  frames: readonly GifFrame[],
): Uint8Array {
  const palette = Array.from({ length: 128 }, (_, i) => colours[i] ?? [0, 0, 0]).flat();
  const repeats = [0x21, 0xff, 11, ...new TextEncoder().encode('NETSCAPE2.0'), 3, 1, 0, 0, 0];
  const parts = [
    [...new TextEncoder().encode('GIF89a'), ...uint16(width), ...uint16(height), 0xf6, 0, 0],
    palette,
    repeats,
    ...frames.flatMap(({ pixels, delayMs }) => [
      [0x21, 0xf9, 4, 4, ...uint16(Math.round(delayMs / 10)), 0, 0],
      [0x2c, 0, 0, 0, 0, ...uint16(width), ...uint16(height), 0],
      imageData(pixels),
    ]),
    [0x3b],
  ];
  return Uint8Array.from(parts.flat());
}
