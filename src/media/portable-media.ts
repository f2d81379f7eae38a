// Turns what users pass in into something that can be posted to a worker. Runs on the user's thread, never detaches the
// user's own buffers or bitmaps, and lists what may be transferred.

import { locate } from '#media/locate';
import type { FrameList, ImageInput, VideoInput } from '../api.ts';
import { Molmo2Error } from '../errors.ts';
import { checkFrameList } from './check-frame-list.ts';
import type { PortableFile, PortableImage, PortableVideo } from './media-types.ts';

interface TaggedTypes {
  Blob: Blob;
  File: File;
  URL: URL;
  ArrayBuffer: ArrayBuffer;
  SharedArrayBuffer: SharedArrayBuffer;
  Uint8Array: Uint8Array;
  ImageData: ImageData;
  ImageBitmap: ImageBitmap;
  HTMLImageElement: HTMLImageElement;
  HTMLCanvasElement: HTMLCanvasElement;
  OffscreenCanvas: OffscreenCanvas;
}

/** `instanceof` that also knows objects of another frame, and needs no such class to exist. */
function isA<K extends keyof TaggedTypes>(name: K, value: unknown): value is TaggedTypes[K] {
  return Object.prototype.toString.call(value) === `[object ${name}]`;
}

/** A file of any spelling, or undefined where the value is no file. */
function portableFile(input: unknown): PortableFile | undefined {
  if (typeof input === 'string') return locate(input);
  if (isA('URL', input)) return locate(input.href);
  if (isA('Blob', input) || isA('File', input)) return { kind: 'blob', blob: input };
  // The copy keeps the user's buffer theirs, and a Blob crosses to the worker without another one.
  if (isA('Uint8Array', input)) return { kind: 'blob', blob: new Blob([new Uint8Array(input)]) };
  if (isA('ArrayBuffer', input) || isA('SharedArrayBuffer', input))
    return { kind: 'blob', blob: new Blob([new Uint8Array(new Uint8Array(input))]) };
  return undefined;
}

/** Pixels as they are stored: not premultiplied, not converted to another colour space. */
const exactPixels = { premultiplyAlpha: 'none', colorSpaceConversion: 'none' } as const;

async function copyOfBitmap(
  source: ImageBitmapSource & CanvasImageSource,
  what: string,
): Promise<ImageBitmap> {
  refuseForeignPixels(source, what);
  try {
    return await createImageBitmap(source, exactPixels);
  } catch (cause) {
    throw new Molmo2Error(
      'media-unreadable',
      `The pixels of ${what} could not be read. Pass the picture's file, or wait until it is drawn.`,
      { cause },
    );
  }
}

/** A bitmap from another site could be made but neither posted nor read: say so before it gets that far. */
function refuseForeignPixels(source: CanvasImageSource, what: string): void {
  const context = new OffscreenCanvas(1, 1).getContext('2d');
  try {
    context?.drawImage(source, 0, 0);
    context?.getImageData(0, 0, 1, 1);
  } catch (cause) {
    throw new Molmo2Error(
      'media-unreadable',
      `The browser does not let this page read the pixels of ${what}: they come from another site. Load the picture ` +
        'with crossorigin="anonymous" from a server that allows it, or pass its file.',
      { cause },
    );
  }
}

function refuseEmpty(width: number, height: number, what: string, advice: string): void {
  if (width > 0 && height > 0) return;
  throw new Molmo2Error('media-unreadable', `${what} has no pixels (${width} x ${height}). ${advice}`);
}

async function portablePixels(input: unknown): Promise<PortableImage | undefined> {
  if (isA('ImageData', input)) {
    const { width, height, data } = input;
    if (data instanceof Uint8ClampedArray)
      return { kind: 'picture', picture: { width, height, channels: 4, data } };
    throw new TypeError('An ImageData must have 8 bits a channel (pixelFormat "rgba-unorm8").');
  }
  if (isA('HTMLImageElement', input)) {
    const advice = 'Wait for its load event (await img.decode()) and check its address.';
    refuseEmpty(input.complete ? input.naturalWidth : 0, input.naturalHeight, 'The <img> element', advice);
    return { kind: 'bitmap', bitmap: await copyOfBitmap(input, 'the <img> element') };
  }
  if (isA('HTMLCanvasElement', input) || isA('OffscreenCanvas', input)) {
    refuseEmpty(input.width, input.height, 'The canvas', 'Give it a size and draw on it first.');
    return { kind: 'bitmap', bitmap: await copyOfBitmap(input, 'the canvas') };
  }
  if (isA('ImageBitmap', input)) {
    refuseEmpty(
      input.width,
      input.height,
      'The ImageBitmap',
      'It was closed or transferred; make a new one.',
    );
    return { kind: 'bitmap', bitmap: await copyOfBitmap(input, 'the ImageBitmap') };
  }
  return undefined;
}

function describe(value: unknown): string {
  return value === null || typeof value !== 'object' ? String(value) : Object.prototype.toString.call(value);
}

/** A picture as it can cross to a worker, and the parts of it to transfer. Throws TypeError for anything else. */
export async function portableImage(
  input: ImageInput,
): Promise<{ readonly image: PortableImage; readonly transfer: Transferable[] }> {
  const image = portableFile(input) ?? (await portablePixels(input));
  if (!image)
    throw new TypeError(
      'A picture must be a Blob or File, a URL, encoded bytes (ArrayBuffer, Uint8Array), an ImageData, an ImageBitmap, ' +
        `an <img>, a canvas or, in Node, a path; got ${describe(input)}.`,
    );
  return { image, transfer: image.kind === 'bitmap' ? [image.bitmap] : [] };
}

function isFrameList(input: unknown): input is FrameList {
  return typeof input === 'object' && input !== null && 'frames' in input && 'timestamps' in input;
}

/** A video as it can cross to a worker, and the parts of it to transfer. Throws TypeError for anything else. */
export async function portableVideo(
  input: VideoInput,
): Promise<{ readonly video: PortableVideo; readonly transfer: Transferable[] }> {
  const file = portableFile(input);
  if (file) return { video: file, transfer: [] };
  if (!isFrameList(input))
    throw new TypeError(
      'A video must be a Blob or File, a URL, bytes (ArrayBuffer, Uint8Array), { frames, timestamps } or, in Node, ' +
        `a path; got ${describe(input)}.`,
    );
  checkFrameList(input);
  const parts = await Promise.all(input.frames.map(portableImage));
  return {
    video: { kind: 'frames', frames: parts.map((part) => part.image), timestamps: [...input.timestamps] },
    transfer: parts.flatMap((part) => part.transfer),
  };
}
