import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { framesLayout, picturesLayout, singleLayout, type SheetLayout } from '../../cli/sheet-layout.ts';
import { markColors, sheetMarks } from '../../cli/sheet-marks.ts';
import { strokeText, strokeWidth } from '../../cli/stroke-digits.ts';
import { palette } from '../../src/overlay/marks/palette.ts';
import type { Answer, MediaInfo } from '../../src/index.ts';

const empty: Answer = {
  text: '',
  tokenIds: [],
  finishReason: 'stop',
  points: [],
  tracks: [],
  count: null,
  usage: { promptTokens: 1, visionTokens: 0, visionCrops: 1, newTokens: 0 },
  timings: { loadMs: 0, mediaMs: 0, visionMs: 0, prefillMs: 0, decodeMs: 0, totalMs: 0 },
};

const images = (...sizes: { width: number; height: number }[]): MediaInfo => ({
  kind: 'images',
  sizes,
  timestamps: [],
  durationSec: null,
});

const times = (count: number) => Array.from({ length: count }, (_, i) => i / 2);

/** Colours of the drawn marks at places, as #rrggbb; the sheet itself is black. */
async function drawn(layout: SheetLayout, svg: string): Promise<(x: number, y: number) => string> {
  const { width, height } = layout;
  const data = await sharp({ create: { width, height, channels: 3, background: '#000' } })
    .composite([{ input: Buffer.from(svg), left: 0, top: 0 }])
    .removeAlpha()
    .raw()
    .toBuffer();
  return (x, y) => {
    const at = (Math.round(y) * width + Math.round(x)) * 3;
    return `#${data.toString('hex', at, at + 3)}`;
  };
}

describe('layouts', () => {
  test('a single picture keeps its size', () => {
    expect(singleLayout({ width: 31, height: 7 })).toMatchObject({ width: 31, height: 7, tiles: [{ x: 0, y: 0 }] });
  }); // prettier-ignore

  test.each([
    ['one frame', framesLayout({ width: 320, height: 240 }, [0])],
    ['a tall video', framesLayout({ width: 90, height: 160 }, times(13))],
    ['all frames of a long video', framesLayout({ width: 1920, height: 1080 }, times(384))],
    ['a strip of one pixel', framesLayout({ width: 4000, height: 1 }, times(2))],
    ['pictures of every shape', picturesLayout([{ width: 9, height: 2000 }, { width: 3000, height: 20 }, { width: 1, height: 1 }, { width: 500, height: 400 }])],
  ])('tiles of %s lie apart and inside the sheet', (_, { width, height, tiles }) => {
    expect(width).toBeLessThanOrEqual(3000);
    tiles.forEach((a, i) => {
      expect(a.x >= 0 && a.y >= 0 && a.x + a.width <= width && a.y + a.height <= height).toBe(true);
      expect(a.width >= 1 && a.height >= 1 && Number.isInteger(a.x + a.y + a.width + a.height)).toBe(true);
      for (const b of tiles.slice(i + 1))
        expect(a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y).toBe(true);
    });
  }); // prettier-ignore

  test('frames are captioned with their times and pictures with their numbers', () => {
    const frames = framesLayout({ width: 320, height: 240 }, [0, 0.5, 1.234]);
    expect(frames.tiles.map(({ caption }) => caption)).toEqual(['0 s', '0.5 s', '1.23 s']);
    const pictures = picturesLayout(Array.from({ length: 2 }, () => ({ width: 10, height: 10 })));
    expect(pictures.tiles.map(({ caption }) => caption)).toEqual(['1', '2']);
  });
});

describe('sheetMarks', () => {
  test('a dot has a white ring and lies where the point is', async () => {
    const layout = singleLayout({ width: 400, height: 300 });
    const media = images({ width: 400, height: 300 });
    const point = { x: 250, y: 100, id: 1, label: 'cat', image: 1 };
    const at = await drawn(layout, sheetMarks(layout, media, { ...empty, points: [point] }));
    expect(at(250, 100)).toBe(markColors[0]);
    expect(at(250 + 8, 100)).toBe('#ffffff');
    expect(at(250 + 20, 100)).toBe('#000000');
  });

  test('points of several pictures lie on their own one, scaled with it', async () => {
    const sizes = [{ width: 1440, height: 720 }, { width: 1440, height: 720 }]; // prettier-ignore
    const layout = picturesLayout(sizes);
    const point = { x: 720, y: 180, id: null, label: '', image: 2 };
    const at = await drawn(layout, sheetMarks(layout, images(...sizes), { ...empty, points: [point] }));
    const [one, two] = layout.tiles;
    expect(at(two!.x + 360, two!.y + 90)).toBe(markColors[0]);
    expect(at(one!.x + 360, one!.y + 90)).toBe('#000000');
  });

  test('a track shows in each frame where the object is, and numbers tell several apart', async () => {
    const timestamps = [0, 0.5333, 1];
    const media: MediaInfo = {
      kind: 'video',
      sizes: [{ width: 640, height: 360 }],
      timestamps,
      durationSec: 1,
    };
    const layout = framesLayout({ width: 640, height: 360 }, timestamps);
    const points = [0, 0.5, 1].map((timeSec, i) => ({ timeSec, x: 100 + 200 * i, y: 180 }));
    const tracks = [{ id: 3, label: 'dog', points }, { id: 12, label: 'dog', points: points.map((p) => ({ ...p, y: 40 })) }]; // prettier-ignore
    const svg = sheetMarks(layout, media, { ...empty, tracks });
    const at = await drawn(layout, svg);
    layout.tiles.forEach((tile, i) => {
      const x = tile.x + 100 + 200 * i;
      // Beside the number, inside the ring.
      expect(at(x, tile.y + 180 - 7)).toBe(markColors[2]);
      expect(at(x, tile.y + 40 - 7)).toBe(markColors[1]);
    });
    const [first] = layout.tiles;
    expect(at(first!.x + 500, first!.y + 180 - 7)).toBe('#000000');
  });

  test('its colours are those of the overlay in pages', () => {
    expect(markColors).toEqual(palette);
  });
});

describe('strokeText', () => {
  test.each('0123456789.-s'.split(''))('draws %s inside its own width', async (character) => {
    const [width, height] = [strokeWidth(character, 60), 60];
    const margin = 20;
    const size = { width: Math.ceil(width) + 2 * margin, height: height + 2 * margin };
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">${strokeText(character, margin, margin, height, '#fff')}</svg>`;
    const at = await drawn({ ...size, tiles: [] }, svg);
    const white: [number, number][] = [];
    for (let y = 0; y < size.height; y++)
      for (let x = 0; x < size.width; x++) if (at(x, y) === '#ffffff') white.push([x, y]);
    expect(white.length).toBeGreaterThan(20);
    const stroke = 6; // half of the line's width reaches over the box
    for (const [x, y] of white) {
      expect(x >= margin - stroke && x <= margin + width + stroke).toBe(true);
      expect(y >= margin - stroke && y <= margin + height + stroke).toBe(true);
    }
  });

  test('characters it does not know take no room', () => {
    expect(strokeWidth('1?', 6)).toBe(strokeWidth('1', 6));
  });
});
