/** Decoded pixels, row-major, 8 bits a channel; the fourth channel, where there is one, is ignored by every reader. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** How errors name one of the pictures of a question; `i` counts from 0. */
export const imageLabel = (i: number, count: number): string => (count > 1 ? `Image ${i + 1}` : 'The image');
