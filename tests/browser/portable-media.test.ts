import { describe, expect, test } from 'vitest';
import type { ImageInput, VideoInput } from '../../src/api.ts';
import { Molmo2Error } from '../../src/errors.ts';
import { decodeImage } from '../../src/media/picture/decode-image.ts';
import type { Picture } from '../../src/media/picture.ts';
import { portableImage, portableVideo } from '../../src/media/portable-media.ts';
import { quartersError, wrongTransparentPixels } from '../picture-fixtures.ts';
import { fixtureUrl } from './fixture-url.ts';

const media = (name: string) => fixtureUrl(`media/${name}`);
const fetchBlob = async (name: string) => (await fetch(media(name))).blob();
const exact = { premultiplyAlpha: 'none', colorSpaceConversion: 'none' } as const;

/** What the worker would decode: the portable form after a real structured clone. */
async function acrossTheBorder(input: ImageInput): Promise<Picture> {
  const { image, transfer } = await portableImage(input);
  return decodeImage(structuredClone(image, { transfer }), 'image 1');
}

async function loaded(name: string): Promise<HTMLImageElement> {
  const img = new Image();
  img.src = media(name);
  await img.decode();
  return img;
}

function drawnCanvas<C extends HTMLCanvasElement | OffscreenCanvas>(canvas: C, img: HTMLImageElement): C {
  canvas.width = img.naturalWidth;
  canvas.height = img.naturalHeight;
  const context = canvas.getContext('2d') as CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;
  context.drawImage(img, 0, 0);
  return canvas;
}

describe('every spelling of a picture arrives with its pixels', () => {
  test('Blob, File, ArrayBuffer, Uint8Array, shared memory, URL and string', async () => {
    const blob = await fetchBlob('quarters.png');
    const buffer = await blob.arrayBuffer();
    // The constructor of shared memory is hidden from pages that are not isolated; this way in is not.
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer;
    const shared = new Uint8Array(memory, 0, buffer.byteLength);
    shared.set(new Uint8Array(buffer));
    const inputs: ImageInput[] = [
      blob,
      new File([blob], 'q.png'),
      buffer,
      new Uint8Array(buffer),
      shared,
      new URL(media('quarters.png')),
      media('quarters.png'),
    ];
    for (const input of inputs) expect(quartersError(await acrossTheBorder(input))).toBe(0);
    expect(buffer.byteLength).toBe(blob.size); // not detached
  });

  test('a relative URL means the document', async () => {
    const { image } = await portableImage('pictures/cat.png');
    expect(image).toEqual({ kind: 'url', url: new URL('pictures/cat.png', document.baseURI).href });
  });

  test('<img>, both canvases, ImageData and ImageBitmap', async () => {
    const img = await loaded('quarters.png');
    const canvas = drawnCanvas(document.createElement('canvas'), img);
    const offscreen = drawnCanvas(new OffscreenCanvas(1, 1), img);
    const data = canvas.getContext('2d')?.getImageData(0, 0, 48, 32);
    if (!data) throw new Error('no canvas');
    const inputs: ImageInput[] = [img, canvas, offscreen, data, await createImageBitmap(img)];
    for (const input of inputs) {
      const picture = await acrossTheBorder(input);
      expect([picture.width, picture.height]).toEqual([48, 32]);
      expect(quartersError(picture)).toBe(0);
    }
    expect(data.data.byteLength).toBe(48 * 32 * 4);
  });

  test('an <img> keeps the colour of its transparent pixels and is turned as its EXIF says', async () => {
    expect(wrongTransparentPixels(await acrossTheBorder(await loaded('transparent.png')))).toBe(0);
    const turned = await acrossTheBorder(await loaded('orientation-6.jpg'));
    expect([turned.width, turned.height]).toEqual([32, 48]);
  });

  test("the user's bitmap is not consumed, and its colours under opacity stay", async () => {
    const bitmap = await createImageBitmap(await fetchBlob('transparent.png'), exact);
    expect(wrongTransparentPixels(await acrossTheBorder(bitmap))).toBe(0);
    expect(wrongTransparentPixels(await acrossTheBorder(bitmap))).toBe(0);
    expect(bitmap.width).toBe(16);
  });

  test('an element of another document', async () => {
    const frame = document.createElement('iframe');
    document.body.append(frame);
    const foreign = frame.contentDocument;
    if (!foreign) throw new Error('no document in the frame');
    const canvas = drawnCanvas(foreign.createElement('canvas'), await loaded('quarters.png'));
    expect(quartersError(await acrossTheBorder(canvas))).toBe(0);
    frame.remove();
  });
});

describe('a picture without pixels is refused', () => {
  const failure = async (input: ImageInput) => portableImage(input).catch((cause: unknown) => cause);

  test('an <img> that is not loaded, or failed to', async () => {
    expect(await failure(new Image())).toMatchObject({
      code: 'media-unreadable',
      message: expect.stringContaining('load') as string,
    });
    const broken = new Image();
    broken.src = 'data:image/png;base64,AAAA';
    await broken.decode().catch(() => {});
    expect(await failure(broken)).toBeInstanceOf(Molmo2Error);
  });

  test('a canvas of no size and a closed bitmap', async () => {
    const canvas = document.createElement('canvas');
    canvas.width = 0;
    expect(await failure(canvas)).toMatchObject({
      code: 'media-unreadable',
      message: expect.stringContaining('0 x') as string,
    });
    const bitmap = await createImageBitmap(await fetchBlob('quarters.png'));
    bitmap.close();
    expect(await failure(bitmap)).toMatchObject({
      code: 'media-unreadable',
      message: expect.stringContaining('closed') as string,
    });
  });

  test('a canvas whose pixels another site owns', async () => {
    // An SVG with foreign content taints a canvas in the same way as a picture of another site.
    const tainting = new Image();
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><foreignObject width="8" height="8"><div xmlns="http://www.w3.org/1999/xhtml">x</div></foreignObject></svg>';
    tainting.src = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
    await tainting.decode();
    const canvas = drawnCanvas(document.createElement('canvas'), tainting);
    expect(() => canvas.getContext('2d')?.getImageData(0, 0, 1, 1)).toThrow(/tainted/);
    expect(await failure(canvas)).toMatchObject({
      code: 'media-unreadable',
      message: expect.stringMatching(/another site.*crossorigin/) as string,
    });
  });
});

test.each([42, null, undefined, {}, [], document.createElement('video')])(
  '%s is no picture',
  async (wrong) => {
    const error: unknown = await portableImage(wrong as unknown as ImageInput).catch(
      (cause: unknown) => cause,
    );
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ message: expect.stringMatching(/Blob or File, a URL/) as string });
  },
);

describe('a video', () => {
  test('of any file spelling passes as it is', async () => {
    const blob = new Blob(['x']);
    expect(await portableVideo(blob)).toEqual({ video: { kind: 'blob', blob }, transfer: [] });
    expect((await portableVideo(new Uint8Array(3))).video).toMatchObject({ kind: 'blob' });
    expect((await portableVideo('clip.mp4')).video).toMatchObject({ kind: 'url' });
  });

  test('as a list of frames hands over its bitmaps', async () => {
    const img = await loaded('quarters.png');
    const { video, transfer } = await portableVideo({
      frames: [img, await fetchBlob('quarters.png')],
      timestamps: [0, 0.5],
    });
    expect(video).toMatchObject({
      kind: 'frames',
      timestamps: [0, 0.5],
      frames: [{ kind: 'bitmap' }, { kind: 'blob' }],
    });
    expect(transfer).toHaveLength(1);
  });

  test.each([
    [{ frames: [], timestamps: [] }, RangeError, /empty/],
    [{ frames: ['a'], timestamps: [0, 1] }, RangeError, /1 pictures.*2 times/],
    [{ frames: ['a', 'b'], timestamps: [1, 0.5] }, RangeError, /ascend.*0.5 after 1/],
    [{ frames: ['a'], timestamps: ['0'] }, TypeError, /timestamps\[0\]/],
    [{ frames: ['a'], timestamps: [NaN] }, TypeError, /timestamps\[0\]/],
    [{ frames: 'a', timestamps: [0] }, TypeError, /arrays/],
    [7, TypeError, /A video must be/],
    [null, TypeError, /A video must be/],
    [document.createElement('video'), TypeError, /A video must be/],
  ])('%o is refused', async (wrong, kind, message) => {
    const error: unknown = await portableVideo(wrong as unknown as VideoInput).catch(
      (cause: unknown) => cause,
    );
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ message: expect.stringMatching(message) as string });
  });
});
