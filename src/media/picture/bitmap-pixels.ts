// Reads the pixels of an ImageBitmap back. A 2D canvas stores colour multiplied by opacity, which loses the colour of
// transparent pixels; a WebGL texture keeps what the bitmap holds.

import { Molmo2Error } from '../../errors.ts';
import type { Picture } from '../picture.ts';

/** Textures and canvases of this side exist everywhere; larger pictures are read in tiles. */
const tilePx = 4096;

interface Tile {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

type ReadTile = (tile: Tile) => Promise<Uint8Array | Uint8ClampedArray>;

function tilesOf(width: number, height: number, side: number): Tile[] {
  const tiles: Tile[] = [];
  for (let y = 0; y < height; y += side)
    for (let x = 0; x < width; x += side)
      tiles.push({ x, y, width: Math.min(side, width - x), height: Math.min(side, height - y) });
  return tiles;
}

/** Reads tiles through a texture, or undefined where there is no WebGL. */
function textureReader(bitmap: ImageBitmap): { read: ReadTile; close: () => void } | undefined {
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (!gl) return undefined;
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
  gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
  async function read({ x, y, width, height }: Tile): Promise<Uint8Array> {
    if (!gl) return new Uint8Array();
    const whole = width === bitmap.width && height === bitmap.height;
    const exact = { premultiplyAlpha: 'none', colorSpaceConversion: 'none' } as const;
    const part = whole ? bitmap : await createImageBitmap(bitmap, x, y, width, height, exact);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, part);
    if (!whole) part.close();
    const texture: WebGLTexture | null = gl.getParameter(gl.TEXTURE_BINDING_2D);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
    const pixels = new Uint8Array(width * height * 4);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    if (gl.isContextLost() || gl.getError() !== gl.NO_ERROR)
      throw new Molmo2Error(
        'media-unreadable',
        'The graphics driver gave no pixels back. Try again, or a smaller picture.',
      );
    return pixels;
  }
  return { read, close: () => gl.getExtension('WEBGL_lose_context')?.loseContext() };
}

function canvasReader(bitmap: ImageBitmap): { read: ReadTile; close: () => void } {
  async function read({ x, y, width, height }: Tile): Promise<Uint8ClampedArray> {
    const context = new OffscreenCanvas(width, height).getContext('2d');
    if (!context)
      throw new Molmo2Error('media-unreadable', 'The browser offers no canvas to read a picture with.');
    context.drawImage(bitmap, -x, -y);
    return context.getImageData(0, 0, width, height).data;
  }
  return { read, close: () => {} };
}

/**
 * The pixels of a bitmap made with `premultiplyAlpha: 'none'`. `opaque` says that nothing is transparent, so that the
 * cheaper canvas is exact too; it is also what is left where there is no WebGL.
 */
export async function bitmapPixels(bitmap: ImageBitmap, opaque: boolean, side = tilePx): Promise<Picture> {
  const { width, height } = bitmap;
  const { read, close } = (opaque ? undefined : textureReader(bitmap)) ?? canvasReader(bitmap);
  try {
    const tiles = tilesOf(width, height, side);
    const [only] = tiles;
    if (only && tiles.length === 1) return { width, height, channels: 4, data: await read(only) };
    const data = new Uint8Array(width * height * 4);
    for (const tile of tiles) {
      const pixels = await read(tile);
      for (let row = 0; row < tile.height; row++)
        data.set(
          pixels.subarray(row * tile.width * 4, (row + 1) * tile.width * 4),
          ((tile.y + row) * width + tile.x) * 4,
        );
    }
    return { width, height, channels: 4, data };
  } finally {
    close();
  }
}
