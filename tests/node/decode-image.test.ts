import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ImageInput } from '../../src/api.ts';
import { Molmo2Error } from '../../src/errors.ts';
import { decodeImage } from '../../src/media/picture/decode-image-node.ts';
import { portableImage } from '../../src/media/portable-media.ts';
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

const path = (name: string) => resolve('tests/fixtures/media', name);
const bytes = (name: string) => new Uint8Array(readFileSync(path(name)));

async function decode(input: ImageInput) {
  const { image } = await portableImage(input);
  return decodeImage(image, 'image 1');
}

async function failure(input: ImageInput): Promise<Molmo2Error> {
  const error: unknown = await decode(input).catch((cause: unknown) => cause);
  if (!(error instanceof Molmo2Error)) throw new Error(`expected a Molmo2Error, got ${String(error)}`);
  return error;
}

let server: Server;
let origin = '';
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/quarters.png') response.end(bytes('quarters.png'));
    else response.writeHead(403).end('no');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address && typeof address === 'object') origin = `http://127.0.0.1:${address.port}`;
});
afterAll(() => server.close());

test.each(['quarters.png', 'quarters.webp', 'quarters.gif', 'palette.png', 'animated.gif', 'p3.png'])(
  '%s is decoded exactly, without colour conversion and to its first frame',
  async (name) => {
    const picture = await decode(path(name));
    expect([picture.width, picture.height, picture.channels]).toEqual([48, 32, 3]);
    expect(quartersError(picture)).toBe(0);
  },
);

test.each(['quarters.jpg', 'quarters.avif'])('%s is decoded as closely as it was coded', async (name) => {
  expect(quartersError(await decode(path(name)))).toBeLessThanOrEqual(4);
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])('EXIF orientation %d is applied', async (orientation) => {
  const picture = await decode(path(`orientation-${orientation}.jpg`));
  expect([picture.width, picture.height]).toEqual(orientation > 4 ? [32, 48] : [48, 32]);
  const seen = orientedQuarters[orientation - 1]?.map(
    (quarter) => quarterColours[quarter] ?? quarterColours[0],
  );
  expect(quartersError(picture, seen)).toBeLessThanOrEqual(4);
});

test.each(['transparent.png', 'transparent.webp'])(
  '%s keeps the colour under every opacity',
  async (name) => {
    expect(wrongTransparentPixels(await decode(path(name)))).toBe(0);
  },
);

test('grey with opacity becomes three equal colours', async () => {
  const { channels, data } = await decode(path('grey-alpha.png'));
  expect(channels).toBe(3);
  expect([...data.subarray(3, 9)]).toEqual([9, 9, 9, 18, 18, 18]);
});

test('every spelling of a picture that Node has arrives with its pixels', async () => {
  const encoded = bytes('quarters.png');
  const inputs: ImageInput[] = [
    path('quarters.png'),
    'tests/fixtures/media/quarters.png',
    pathToFileURL(path('quarters.png')),
    pathToFileURL(path('quarters.png')).href,
    `${origin}/quarters.png`,
    new URL(`${origin}/quarters.png`),
    `data:image/png;base64,${Buffer.from(encoded).toString('base64')}`,
    encoded,
    Buffer.from(encoded),
    encoded.slice().buffer,
    new Blob([encoded]),
  ];
  for (const input of inputs) expect(quartersError(await decode(input))).toBe(0);
});

describe('a picture in printing colours', () => {
  test.each([{}, { adobe: 0 }, { adobe: 0, orientation: 3 }, { adobe: 0, orientation: 1 }] as const)(
    '%o has the colours of <img>, and no profile of its own',
    async (options) => {
      const picture = await decode(printed(options));
      const turned = 'orientation' in options && options.orientation === 3;
      expect([picture.width, picture.height]).toEqual([32, 16]);
      expect(blocksOf(picture)).toEqual(turned ? printedColours.toReversed() : printedColours);
    },
  );

  test('turned by a quarter', async () => {
    const picture = await decode(printed({ adobe: 0, orientation: 6 }));
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
    const colours = blocksOf(await decode(three));
    // The three are inks here: what YCC gives is light that is missing.
    const expected = colours.map((rgb, i) =>
      rgb.map((value) => Math.floor(((255 - value) * (components[i]?.[3] ?? 0)) / 255)),
    );
    const actual = blocksOf(await decode(four));
    actual
      .flat()
      .forEach((value, i) => expect(Math.abs(value - (expected.flat()[i] ?? NaN))).toBeLessThanOrEqual(1));
  });
});

test.each([1, 2, 3, 6, 8])(
  'a WebP with EXIF orientation %d is seen as it is stored, as in <img>',
  async (orientation) => {
    const picture = await decode(webpWithExif(bytes('quarters.webp'), 48, 32, orientation));
    expect([picture.width, picture.height]).toEqual([48, 32]);
    expect(quartersError(picture)).toBe(0);
  },
);

describe('a PNG whose end is missing', () => {
  test.each([0, 1, 4, 8, 11])('is whole when its pixels are: %d bytes of the end chunk', async (endBytes) => {
    expect(quartersError(await decode(cutPng(bytes('quarters.png'), endBytes)))).toBe(0);
    expect(wrongTransparentPixels(await decode(cutPng(bytes('transparent.png'), endBytes)))).toBe(0);
  });

  test('with something else behind its pixels', async () => {
    const text = [0, 0, 0, 3, 0x74, 0x45, 0x58, 0x74, 0x61];
    const cut = Uint8Array.from([...cutPng(bytes('quarters.png'), 0), ...text]);
    expect(quartersError(await decode(cut))).toBe(0);
  });

  test.each([1, 5, 20, 60])('is cut where %d bytes of its pixels are missing', async (missing) => {
    const error = await failure(cutPng(bytes('quarters.png'), -missing));
    expect(error.message).toMatch(/recognised as PNG of 48 x 32/);
  });
});

describe('a PNG with a wrong checksum', () => {
  test.each(['IEND', 'pHYs', 'pixels'])('of %s is seen, as in <img>', async (where) => {
    expect(quartersError(await decode(withWrongChecksum(bytes('quarters.png'), where)))).toBe(0);
  });

  test.each(['IHDR', 'IDAT'])('of %s is damaged', async (where) => {
    const error = await failure(withWrongChecksum(bytes('quarters.png'), where));
    expect(error.message).toMatch(/recognised as PNG of 48 x 32, but damaged/);
  });
});

describe('a picture that cannot be decoded gives one error that says what it is', () => {
  test('no bytes', async () => {
    const error = await failure(new Uint8Array());
    expect(error).toMatchObject({ code: 'media-unreadable' });
    expect(error.message).toMatch(/image 1.*0 bytes.*empty.*JPEG, PNG, WebP, AVIF and GIF/);
  });

  test('a text', async () => {
    const error = await failure(path('make.sh'));
    expect(error).toMatchObject({ code: 'media-unreadable' });
    expect(error.message).toMatch(/make\.sh.*text/);
  });

  test('an unknown format', async () => {
    expect((await failure(path('quarters.tiff'))).message).toMatch(/not recognised/);
  });

  test.each(['quarters.jpg', 'smooth.jpg', 'quarters.png', 'quarters.webp', 'quarters.avif'])(
    '%s cut off in the middle',
    async (name) => {
      const whole = bytes(name);
      const error = await failure(whole.slice(0, Math.floor(whole.length * 0.8)));
      expect(error).toMatchObject({ code: 'media-unreadable' });
      expect(error.message).toMatch(/recognised as \w+ of \d+ x \d+/);
    },
  );

  test('20,000 x 12,000 pixels are refused before they are decoded', async () => {
    const error = await failure(path('huge.png'));
    expect(error.code).toBe('media-too-large');
    expect(error.message).toMatch(/20000 x 12000 = 240 megapixels.*limit is 100/);
  });

  test('a path that does not exist', async () => {
    const error = await failure('no/such/cat.png');
    expect(error).toMatchObject({ code: 'media-unreadable' });
    expect(error.message).toMatch(/no[\\/]such[\\/]cat\.png/);
  });

  test('a URL that the server refuses', async () => {
    const error = await failure(`${origin}/secret.png`);
    expect(error).toMatchObject({ code: 'network' });
    expect(error.message).toMatch(/secret\.png.*403/);
  });

  test('without the optional package', async () => {
    vi.doMock('sharp', () => {
      throw new Error("Cannot find package 'sharp'");
    });
    try {
      const error = await failure(path('quarters.png'));
      expect(error).toMatchObject({ code: 'media-unreadable' });
      expect(error.message).toMatch(/npm install sharp/);
    } finally {
      vi.doUnmock('sharp');
    }
  });
});

test('a cancelled call throws the reason of its signal', async () => {
  const reason = new Error('changed my mind');
  const { image } = await portableImage(path('quarters.png'));
  await expect(decodeImage(image, 'image 1', AbortSignal.abort(reason))).rejects.toBe(reason);
  const controller = new AbortController();
  const pending = decodeImage(image, 'image 1', controller.signal);
  controller.abort(reason);
  await expect(pending).rejects.toBe(reason);
});

test.each([42, null, {}, ''])('%o is no picture', async (wrong) => {
  await expect(portableImage(wrong as unknown as ImageInput)).rejects.toBeInstanceOf(TypeError);
});
