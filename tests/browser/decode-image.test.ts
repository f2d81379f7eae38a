import { describe, expect, test } from 'vitest';
import { Molmo2Error } from '../../src/errors.ts';
import { bitmapPixels } from '../../src/media/picture/bitmap-pixels.ts';
import { decodeImage } from '../../src/media/picture/decode-image.ts';
import { writeJpeg } from '../jpeg-writer.ts';
import {
  blocksOf,
  cutPng,
  orientedQuarters,
  printed,
  printedColours,
  quarterColours,
  quartersError,
  webpWithExif,
  wrongTransparentPixels,
  withWrongChecksum,
} from '../picture-fixtures.ts';
import { fixtureUrl } from './fixture-url.ts';

const media = (name: string) => fixtureUrl(`media/${name}`);

async function file(name: string, as = name): Promise<File> {
  const response = await fetch(media(name));
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return new File([await response.blob()], as);
}
const decode = async (name: string) => decodeImage({ kind: 'blob', blob: await file(name) }, 'image 1');

const bytesOf = async (name: string) => new Uint8Array(await (await file(name)).arrayBuffer());
const decodeBytes = (bytes: Uint8Array<ArrayBuffer>) =>
  decodeImage({ kind: 'blob', blob: new Blob([bytes]) }, 'image 1');
const failureOf = (bytes: Uint8Array<ArrayBuffer>) => failure(new Blob([bytes]));

async function failure(blob: Blob): Promise<Molmo2Error> {
  const error: unknown = await decodeImage({ kind: 'blob', blob }, 'image 1').catch(
    (cause: unknown) => cause,
  );
  if (!(error instanceof Molmo2Error)) throw new Error(`expected a Molmo2Error, got ${String(error)}`);
  return error;
}

test.each(['quarters.png', 'quarters.webp', 'quarters.gif', 'palette.png', 'animated.gif', 'p3.png'])(
  '%s is decoded exactly, without colour conversion and to its first frame',
  async (name) => {
    const picture = await decode(name);
    expect([picture.width, picture.height]).toEqual([48, 32]);
    expect(quartersError(picture)).toBe(0);
  },
);

test.each(['quarters.jpg', 'quarters.avif'])('%s is decoded as closely as it was coded', async (name) => {
  const picture = await decode(name);
  expect([picture.width, picture.height]).toEqual([48, 32]);
  expect(quartersError(picture)).toBeLessThanOrEqual(4);
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])('EXIF orientation %d is applied', async (orientation) => {
  const picture = await decode(`orientation-${orientation}.jpg`);
  expect([picture.width, picture.height]).toEqual(orientation > 4 ? [32, 48] : [48, 32]);
  const seen = orientedQuarters[orientation - 1]?.map(
    (quarter) => quarterColours[quarter] ?? quarterColours[0],
  );
  expect(quartersError(picture, seen)).toBeLessThanOrEqual(4);
});

test.each(['transparent.png', 'transparent.webp'])(
  '%s keeps the colour under every opacity',
  async (name) => {
    expect(wrongTransparentPixels(await decode(name))).toBe(0);
  },
);

test('pictures larger than a tile are put together from tiles, exactly', async () => {
  const exact = { premultiplyAlpha: 'none', colorSpaceConversion: 'none' } as const;
  const bitmap = await createImageBitmap(await file('transparent.png'), exact);
  expect(wrongTransparentPixels(await bitmapPixels(bitmap, false, 7))).toBe(0);
  const opaque = await createImageBitmap(await file('quarters.png'), exact);
  expect(Array.from((await bitmapPixels(opaque, true, 13)).data)).toEqual(
    Array.from((await bitmapPixels(opaque, true)).data),
  );
});

test('without WebGL an opaque picture is still exact', async () => {
  const original = OffscreenCanvas.prototype.getContext;
  const withoutWebgl = function (this: OffscreenCanvas, kind: string) {
    return kind === 'webgl2' ? null : Reflect.apply(original, this, [kind]);
  };
  OffscreenCanvas.prototype.getContext = withoutWebgl as typeof original;
  try {
    expect(quartersError(await decode('quarters.png'))).toBe(0);
  } finally {
    OffscreenCanvas.prototype.getContext = original;
  }
});

test('a picture is decoded in a worker', async () => {
  const worker = new Worker(new URL('./decode-worker.ts', import.meta.url), { type: 'module' });
  const answer = await new Promise((resolve, reject) => {
    worker.onmessage = (event: MessageEvent<unknown>) => resolve(event.data);
    worker.onerror = reject;
    void file('transparent.png').then((blob) => worker.postMessage(blob), reject);
  });
  worker.terminate();
  expect(answer).toEqual({ wrong: 0 });
});

describe('a picture in printing colours', () => {
  test.each([{}, { adobe: 0 }, { adobe: 0, orientation: 3 }, { adobe: 0, orientation: 1 }] as const)(
    '%o has the colours of <img>, and no profile of its own',
    async (options) => {
      const picture = await decodeBytes(printed(options));
      const turned = 'orientation' in options && options.orientation === 3;
      expect([picture.width, picture.height]).toEqual([32, 16]);
      expect(blocksOf(picture)).toEqual(turned ? printedColours.toReversed() : printedColours);
    },
  );

  test('turned by a quarter', async () => {
    const picture = await decodeBytes(printed({ adobe: 0, orientation: 6 }));
    const [a, b, c, d, e, f, g, h] = printedColours;
    expect(blocksOf(picture)).toEqual([e, a, f, b, g, c, h, d]);
  });

  test('stored as luma and chroma (YCCK) is converted as three colours are', async () => {
    const components = [
      [76, 85, 255, 255],
      [150, 44, 21, 200],
    ] as const;
    const four = writeJpeg({ columns: 2, rows: 1, blocks: components, adobe: 2 });
    const three = writeJpeg({
      columns: 2,
      rows: 1,
      blocks: components.map((block) => block.slice(0, 3)),
      adobe: 1,
    });
    const colours = blocksOf(await decodeBytes(three));
    // The three are inks here: what YCC gives is light that is missing.
    const expected = colours.map((rgb, i) =>
      rgb.map((value) => Math.floor(((255 - value) * (components[i]?.[3] ?? 0)) / 255)),
    );
    const actual = blocksOf(await decodeBytes(four));
    actual
      .flat()
      .forEach((value, i) => expect(Math.abs(value - (expected.flat()[i] ?? NaN))).toBeLessThanOrEqual(1));
  });
});

test.each([1, 2, 3, 6, 8])(
  'a WebP with EXIF orientation %d is seen as it is stored, as in <img>',
  async (orientation) => {
    const picture = await decodeBytes(webpWithExif(await bytesOf('quarters.webp'), 48, 32, orientation));
    expect([picture.width, picture.height]).toEqual([48, 32]);
    expect(quartersError(picture)).toBe(0);
  },
);

describe('a PNG whose end is missing', () => {
  test.each([0, 1, 4, 8, 11])('is whole when its pixels are: %d bytes of the end chunk', async (endBytes) => {
    expect(quartersError(await decodeBytes(cutPng(await bytesOf('quarters.png'), endBytes)))).toBe(0);
    expect(
      wrongTransparentPixels(await decodeBytes(cutPng(await bytesOf('transparent.png'), endBytes))),
    ).toBe(0);
  });

  test('with something else behind its pixels', async () => {
    const text = [0, 0, 0, 3, 0x74, 0x45, 0x58, 0x74, 0x61];
    const cut = Uint8Array.from([...cutPng(await bytesOf('quarters.png'), 0), ...text]);
    expect(quartersError(await decodeBytes(cut))).toBe(0);
  });

  test.each([1, 5, 20, 60])('is cut where %d bytes of its pixels are missing', async (missing) => {
    const error = await failureOf(cutPng(await bytesOf('quarters.png'), -missing));
    expect(error.message).toMatch(/recognised as PNG of 48 x 32/);
  });
});

describe('a PNG with a wrong checksum', () => {
  test.each(['IEND', 'pHYs', 'pixels'])('of %s is seen, as in <img>', async (where) => {
    expect(quartersError(await decodeBytes(withWrongChecksum(await bytesOf('quarters.png'), where)))).toBe(0);
  });

  test.each(['IHDR', 'IDAT'])('of %s is damaged', async (where) => {
    const error = await failureOf(withWrongChecksum(await bytesOf('quarters.png'), where));
    expect(error.message).toMatch(/recognised as PNG of 48 x 32, but damaged/);
  });
});

describe('a picture that cannot be decoded gives one error that says what it is', () => {
  test('no bytes', async () => {
    const error = await failure(new File([], 'empty.png'));
    expect(error.code).toBe('media-unreadable');
    expect(error.message).toMatch(/image 1 \(empty\.png\).*0 bytes.*empty.*JPEG, PNG, WebP, AVIF and GIF/);
  });

  test('a text named .png', async () => {
    const error = await failure(new File(['Dear diary, today was sunny.'], 'notes.png'));
    expect(error.code).toBe('media-unreadable');
    expect(error.message).toMatch(/image 1 \(notes\.png\).*28 bytes.*text/);
  });

  test('an unknown format', async () => {
    const error = await failure(await file('quarters.tiff'));
    expect(error.code).toBe('media-unreadable');
    expect(error.message).toMatch(/not recognised/);
  });

  test.each(['quarters.jpg', 'smooth.jpg', 'quarters.png', 'quarters.webp', 'quarters.avif'])(
    '%s cut off in the middle',
    async (name) => {
      const whole = await file(name);
      const error = await failure(whole.slice(0, Math.floor(whole.size * 0.8)));
      expect(error.code).toBe('media-unreadable');
      expect(error.message).toMatch(/recognised as \w+ of \d+ x \d+/);
      expect(error.message).toContain(`${Math.floor(whole.size * 0.8)} bytes`);
    },
  );

  test('20,000 x 12,000 pixels are refused before they are decoded', async () => {
    const error = await failure(await file('huge.png'));
    expect(error.code).toBe('media-too-large');
    expect(error.message).toMatch(/20000 x 12000 = 240 megapixels.*limit is 100/);
  });
});

test('a URL is fetched, and a failing one is a network error with its status', async () => {
  expect(quartersError(await decodeImage({ kind: 'url', url: media('quarters.png') }, 'image 1'))).toBe(0);
  const missing = new URL('/@fs/no-such-file.png', location.href).href;
  const error: unknown = await decodeImage({ kind: 'url', url: missing }, 'image 2').catch(
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(Molmo2Error);
  expect(error).toMatchObject({
    code: 'network',
    message: expect.stringMatching(/image 2.*\b40[34]\b/) as string,
  });
  await expect(
    decodeImage({ kind: 'url', url: 'http://127.0.0.1:1/x.png' }, 'image 3'),
  ).rejects.toMatchObject({
    code: 'network',
  });
});

test('a cancelled call throws the reason of its signal', async () => {
  const reason = new Error('changed my mind');
  const blob = await file('quarters.png');
  await expect(decodeImage({ kind: 'blob', blob }, 'image 1', AbortSignal.abort(reason))).rejects.toBe(
    reason,
  );
  const later = new AbortController();
  const pending = decodeImage({ kind: 'url', url: media('smooth.jpg') }, 'image 1', later.signal);
  later.abort(reason);
  await expect(pending).rejects.toBe(reason);
});
