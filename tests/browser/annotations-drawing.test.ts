// Annotated clips and pictures, encoded here and decoded again: dots are where the objects are.

import {
  ALL_FORMATS,
  BlobSource,
  BufferTarget,
  CanvasSink,
  EncodedAudioPacketSource,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  Input,
  Mp4OutputFormat,
  Output,
} from 'mediabunny';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  annotateClip,
  type AnnotationDocument,
  drawAnnotations,
  shareAnnotations,
} from '../../src/annotations/annotations.ts';
import { Molmo2Error } from '../../src/errors.ts';
import { frameNumber } from '../numbered-frames.ts';
import { fixtureJson } from '../fixture-files.ts';
import { fixtureUrl } from './fixture-url.ts';

interface Clip {
  readonly name: string;
  readonly kind: string;
  readonly media: readonly string[];
  readonly timestamps: readonly number[];
  readonly duration: number;
  readonly paths: readonly {
    readonly appears: number;
    readonly start: readonly [number, number];
    readonly end: readonly [number, number];
  }[];
}

const clips = ((await fixtureJson('samples/index.json')) as Clip[]).filter(({ kind }) => kind === 'video');
const sizeOf = ({ name }: Clip) =>
  (/-(\d+)x(\d+)$/.exec(name) ?? []).slice(1).map(Number) as [number, number];
const file = async (name: string) => (await fetch(fixtureUrl(name))).blob();

const dotSize = 18;
const plain = { dotSize, labels: 'none' } as const;

/** Colours that no sample has. */
const colors = ['#ff00ff', '#00ffff', '#ff7f00'] as const;

/** Where the object `i` truly is. */
function truth({ paths, duration, ...clip }: Clip, i: number, timeSec: number): { x: number; y: number } {
  const [width, height] = sizeOf({ paths, duration, ...clip });
  const { start, end } = paths[i]!;
  const share = timeSec / duration;
  return {
    x: (start[0] + (end[0] - start[0]) * share) * width,
    y: (start[1] + (end[1] - start[1]) * share) * height,
  };
}

function trueDocument(clip: Clip): AnnotationDocument {
  const { timestamps, duration, paths, media } = clip;
  const [width, height] = sizeOf(clip);
  return {
    media: {
      kind: 'video',
      files: [{ name: media[0]!, width, height }],
      timestamps,
      durationSec: duration,
    },
    asked: [],
    objects: paths.map(({ appears }, i) => ({
      id: i + 1,
      label: `shape ${i + 1}`,
      kind: 'track',
      visible: true,
      color: colors[i]!,
      points: timestamps
        .filter((timeSec) => timeSec >= appears)
        .map((timeSec) => ({ ...truth(clip, i, timeSec), timeSec, origin: 'sampled' })),
    })),
  };
}

/** The middle of where a square of `side` pixels holds most of a colour: a dot, not the thin line behind it. */
function dotOf(
  { data, width, height }: ImageData,
  color: string,
  side: number,
): { x: number; y: number } | null {
  const [r = 0, g = 0, b = 0] = (color.match(/[0-9a-f]{2}/g) ?? []).map((hex) => parseInt(hex, 16));
  const sums = new Int32Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y++)
    for (let x = 0, row = 0; x < width; x++) {
      const at = 4 * (y * width + x);
      const distance = Math.hypot((data[at] ?? 0) - r, (data[at + 1] ?? 0) - g, (data[at + 2] ?? 0) - b);
      row += distance < 90 ? 1 : 0;
      sums[(y + 1) * (width + 1) + x + 1] = (sums[y * (width + 1) + x + 1] ?? 0) + row;
    }
  const s = Math.min(side, width, height);
  let [best, n, sumX, sumY] = [Math.ceil(0.4 * s * s), 0, 0, 0];
  for (let y = 0; y + s <= height; y++)
    for (let x = 0; x + s <= width; x++) {
      const corner = (dx: number, dy: number) => sums[(y + dy) * (width + 1) + x + dx] ?? 0;
      const count = corner(s, s) - corner(0, s) - corner(s, 0) + corner(0, 0);
      if (count > best) [best, n, sumX, sumY] = [count, 0, 0, 0];
      if (count === best) [n, sumX, sumY] = [n + 1, sumX + x + s / 2, sumY + y + s / 2];
    }
  return n === 0 ? null : { x: sumX / n, y: sumY / n };
}

/** The dot within 30 pixels of a place: looking at all of each frame takes a minute. */
function dotNear(picture: ImageData, color: string, { x, y }: { x: number; y: number }) {
  const [left, top] = [Math.max(0, Math.floor(x) - 30), Math.max(0, Math.floor(y) - 30)];
  const width = Math.min(60, picture.width - left);
  const height = Math.min(60, picture.height - top);
  const part = new ImageData(width, height);
  for (let row = 0; row < height; row++) {
    const from = 4 * ((top + row) * picture.width + left);
    part.data.set(picture.data.subarray(from, from + 4 * width), 4 * row * width);
  }
  const dot = dotOf(part, color, dotSize);
  return dot && { x: dot.x + left, y: dot.y + top };
}

interface Shown {
  readonly startSec: number;
  readonly picture: ImageData;
}

/** Every frame of a clip, by another reader than the one that wrote it. */
async function framesOf(clip: Blob): Promise<Shown[]> {
  const input = new Input({ formats: ALL_FORMATS, source: new BlobSource(clip) });
  const track = (await input.getPrimaryVideoTrack())!;
  const shown: Shown[] = [];
  for await (const { canvas, timestamp } of new CanvasSink(track, { poolSize: 1 }).canvases()) {
    const ctx = (canvas as OffscreenCanvas).getContext('2d')!;
    shown.push({
      startSec: timestamp,
      picture: ctx.getImageData(0, 0, canvas.width, canvas.height),
    });
  }
  input.dispose();
  return shown;
}

afterEach(() => vi.unstubAllGlobals());

describe('an annotated clip', () => {
  const chosen = ['.mp4', '.webm'].map((ending) =>
    clips.find(({ media, paths }) => media[0]!.endsWith(ending) && paths.length > 1)!,
  );

  test.each(chosen.map((clip) => [clip.name, clip] as const))(
    '%s has each dot where its shape is, in each frame',
    async (_, clip) => {
      const original = await file(`samples/${clip.media[0]}`);
      const told: number[] = [];
      const annotated = await annotateClip(trueDocument(clip), original, {
        ...plain,
        onProgress: ({ done, total }) => told.push(done / total),
      });
      const [before, after] = [await framesOf(original), await framesOf(annotated)];
      expect(after).toHaveLength(before.length);
      expect(told).toEqual(before.map((__, i) => (i + 1) / before.length));
      const [width] = sizeOf(clip);
      const worst = clip.paths.map(() => 0);
      after.forEach(({ startSec, picture }, frame) => {
        expect(Math.abs(startSec - before[frame]!.startSec)).toBeLessThan(1e-3);
        clip.paths.forEach(({ appears }, i) => {
          const place = truth(clip, i, startSec);
          const dot =
            startSec < appears - 0.02
              ? dotOf(picture, colors[i]!, dotSize)
              : dotNear(picture, colors[i]!, place);
          if (startSec < appears - 0.02) {
            expect(dot, `object ${i + 1} at ${startSec} s`).toBeNull();
            return;
          }
          const off = dot ? Math.hypot(dot.x - place.x, dot.y - place.y) : Infinity;
          worst[i] = Math.max(worst[i]!, off);
        });
      });
      // Another dot may lie over it for a few frames; the samples' objects pass each other at a distance.
      for (const off of worst) expect(off / width).toBeLessThan(0.01);
    },
  );

  test('of a part begins with what is shown at its start, and ends with it', async () => {
    const [clip] = chosen;
    const original = await file(`samples/${clip!.media[0]}`);
    const part = { startSec: 0.95, endSec: 2 };
    const told: number[] = [];
    const written = await annotateClip(trueDocument(clip!), original, {
      ...plain,
      ...part,
      onProgress: ({ done, total }) => told.push(done / total),
    });
    const before = (await framesOf(original)).filter(
      ({ startSec }, i, all) =>
        (all[i + 1]?.startSec ?? Infinity) > part.startSec + 1e-6 && startSec < part.endSec,
    );
    const after = await framesOf(written);
    expect(after).toHaveLength(before.length);
    expect(told.at(-1)).toBe(1);
    expect(after[0]!.startSec).toBe(0);
    const [width] = sizeOf(clip!);
    const always = clip!.paths.findIndex(({ appears }) => appears === 0);
    after.slice(1).forEach(({ startSec, picture }, i) => {
      const was = before[i + 1]!.startSec;
      expect(Math.abs(startSec - (was - part.startSec))).toBeLessThan(1e-3);
      const place = truth(clip!, always, was);
      const dot = dotNear(picture, colors[always]!, place);
      if (!dot) expect.fail(`no dot at ${was} s`);
      expect(Math.hypot(dot.x - place.x, dot.y - place.y) / width).toBeLessThan(0.01);
    });
    const refusals = [{ startSec: 60 }, { startSec: 2, endSec: 1 }, { startSec: -1 }].map((wrong) =>
      annotateClip(trueDocument(clip!), original, wrong).catch((error: unknown) => error),
    );
    const [behind, backwards, negative] = await Promise.all(refusals);
    expect(behind).toMatchObject({
      code: 'bad-request',
      message: expect.stringMatching(
        /^startSec is 60, but the video lasts \d\.\d+ s\. Choose an earlier start\.$/,
      ),
    });
    expect(backwards).toEqual(new RangeError('endSec must be greater than startSec (2), got 1.'));
    expect(negative).toEqual(new RangeError('startSec must be 0 or more seconds, got -1.'));
  });

  test('is upright where the original is turned, and its frames are the same ones', async () => {
    const original = await file('media/rotated-90.mp4');
    const [first] = await framesOf(original);
    const { width, height } = first!.picture;
    // Between the blocks that spell a frame's number, and off the middle.
    const point = { x: width / 2, y: 0.74 * height };
    const document: AnnotationDocument = {
      media: { kind: 'video', files: [{ name: 'r', width, height }], timestamps: [], durationSec: null },
      asked: [],
      objects: [
        {
          id: 1,
          label: '',
          kind: 'track',
          visible: true,
          color: colors[0],
          points: [0, 60].map((timeSec) => ({ ...point, timeSec, origin: 'made' })),
        },
      ],
    };
    const dots = { ...plain, dotSize: 10 };
    const [before, after] = [
      await framesOf(original),
      await framesOf(await annotateClip(document, original, dots)),
    ];
    expect(after).toHaveLength(before.length);
    // As the frames of this fixture are turned.
    const numberOf = ({ picture }: Shown) => {
      const { width: across, height: down, data } = picture;
      return frameNumber({ width: across, height: down, data, channels: 4 }, 270);
    };
    expect(after.map(numberOf)).toEqual(before.map(numberOf));
    for (const { picture } of [after[0]!, after.at(-1)!]) {
      const dot = dotOf(picture, colors[0], 10)!;
      expect(Math.hypot(dot.x - point.x, dot.y - point.y) / width).toBeLessThan(0.01);
    }
  });

  test('keeps the sound', async () => {
    const { clip, packets } = await withSound(chosen[0]!);
    const input = new Input({
      formats: ALL_FORMATS,
      source: new BlobSource(await annotateClip(trueDocument(chosen[0]!), clip)),
    });
    const track = (await input.getPrimaryAudioTrack())!;
    const copied: number[] = [];
    for await (const { data } of new EncodedPacketSink(track).packets()) copied.push(data.length);
    expect(copied).toEqual(packets);
    input.dispose();
  });

  test('is given up at once when it is cancelled', async () => {
    const [clip] = chosen;
    const cancelling = new AbortController();
    const frames: number[] = [];
    const result = annotateClip(trueDocument(clip!), await file(`samples/${clip!.media[0]}`), {
      signal: cancelling.signal,
      onProgress: ({ done }) => {
        frames.push(done);
        if (done === 5) cancelling.abort(new Error('enough'));
      },
    });
    await expect(result).rejects.toThrow('enough');
    expect(frames).toEqual([1, 2, 3, 4, 5]);
  });

  test('of annotations of another video, without an encoder, or of no video is refused in one sentence', async () => {
    const [clip] = chosen;
    const document = trueDocument(clip!);
    const original = await file(`samples/${clip!.media[0]}`);
    const other = { ...document, media: { ...document.media, files: [{ name: 'x', width: 9, height: 9 }] } };
    const code = (error: unknown) => (error instanceof Molmo2Error ? [error.code, error.message] : error);
    expect(code(await annotateClip(other, original).catch((e: unknown) => e))).toEqual([
      'bad-annotations',
      expect.stringContaining('a video of 9 x 9 pixels, the clip has'),
    ]);
    expect(code(await annotateClip(document, new Blob(['x'])).catch((e: unknown) => e))).toEqual([
      'media-unreadable',
      expect.any(String),
    ]);
    vi.stubGlobal('VideoEncoder', undefined);
    expect(code(await annotateClip(document, original).catch((e: unknown) => e))).toEqual([
      'no-encoder',
      expect.stringContaining('this browser has no WebCodecs encoder'),
    ]);
  });
});

/** A sample clip with the sound of a fixture beside it, and the length of each of its packets. */
async function withSound({ media }: Clip): Promise<{ clip: Blob; packets: number[] }> {
  const open = async (name: string) =>
    new Input({ formats: ALL_FORMATS, source: new BlobSource(await file(name)) });
  const [pictures, sound] = [await open(`samples/${media[0]}`), await open('media/audio-only.mp4')];
  const [video, audio] = [(await pictures.getPrimaryVideoTrack())!, (await sound.getPrimaryAudioTrack())!];
  const target = new BufferTarget();
  const output = new Output({ format: new Mp4OutputFormat(), target });
  const videoOut = new EncodedVideoPacketSource((await video.getCodec())!);
  const audioOut = new EncodedAudioPacketSource((await audio.getCodec())!);
  output.addVideoTrack(videoOut);
  output.addAudioTrack(audioOut);
  await output.start();
  const packets: number[] = [];
  const endSec = await video.computeDuration();
  for await (const packet of new EncodedPacketSink(video).packets())
    await videoOut.add(packet, { decoderConfig: (await video.getDecoderConfig())! });
  for await (const packet of new EncodedPacketSink(audio).packets()) {
    if (packet.timestamp < 0 || packet.timestamp >= endSec) continue;
    packets.push(packet.data.length);
    await audioOut.add(packet, { decoderConfig: (await audio.getDecoderConfig())! });
  }
  await output.finalize();
  expect(packets.length).toBeGreaterThan(3);
  return { clip: new Blob([target.buffer!]), packets };
}

describe('pictures with dots', () => {
  const sizes = [
    [320, 240],
    [700, 300],
    [64, 480],
  ] as const;

  function pictures(): OffscreenCanvas[] {
    return sizes.map(([width, height], i) => {
      const canvas = new OffscreenCanvas(width, height);
      const ctx = canvas.getContext('2d')!;
      ctx.fillStyle = ['#204060', '#604020', '#206040'][i]!;
      ctx.fillRect(0, 0, width, height);
      return canvas;
    });
  }

  const document: AnnotationDocument = {
    media: {
      kind: 'images',
      files: sizes.map(([width, height], i) => ({ name: `picture ${i + 1}.png`, width, height })),
      timestamps: [],
      durationSec: null,
    },
    asked: [],
    objects: sizes.map(([width, height], i) => ({
      id: i + 1,
      label: `thing ${i + 1}`,
      kind: 'points',
      visible: true,
      color: colors[i]!,
      points: [{ x: 0.5 * width, y: 0.25 * height, image: i + 1, origin: 'made' }],
    })),
  };

  async function decoded(png: Blob): Promise<ImageData> {
    expect(png.type).toBe('image/png');
    const bitmap = await createImageBitmap(png);
    const ctx = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
    ctx.drawImage(bitmap, 0, 0);
    return ctx.getImageData(0, 0, bitmap.width, bitmap.height);
  }

  test('one is as large as the original, with its own dots alone', async () => {
    const picture = await decoded(await drawAnnotations(document, pictures(), { ...plain, image: 2 }));
    expect([picture.width, picture.height]).toEqual([700, 300]);
    const dot = dotOf(picture, colors[1], dotSize)!;
    expect(Math.hypot(dot.x - 350, dot.y - 75)).toBeLessThan(1);
    expect(dotOf(picture, colors[0], dotSize)).toBeNull();
  });

  test('several are a sheet: each in its own size, and each with its dots', async () => {
    const sheet = await decoded(await drawAnnotations(document, pictures(), plain));
    for (const [i, [width, height]] of sizes.entries()) {
      const dot = dotOf(sheet, colors[i]!, dotSize)!;
      // The picture reaches from a quarter of its height above the dot to three quarters below it.
      const colorAt = (x: number, y: number) => {
        const at = 4 * (Math.round(dot.y + y) * sheet.width + Math.round(dot.x + x));
        return [...sheet.data.slice(at, at + 3)].map((value) => value.toString(16).padStart(2, '0')).join('');
      };
      const own = ['204060', '604020', '206040'][i];
      expect(colorAt(-width / 2 + 2, -height / 4 + 2)).toBe(own);
      expect(colorAt(width / 2 - 3, 0.75 * height - 3)).toBe(own);
      expect(colorAt(-width / 2 - 3, -height / 4 + 2)).toBe('ffffff');
      expect(colorAt(width / 2 + 3, 0.75 * height - 3)).toBe('ffffff');
    }
  });

  test('a picture that is missing is named', async () => {
    const error: unknown = await drawAnnotations(document, pictures().slice(0, 2)).catch((e: unknown) => e);
    expect(String(error)).toContain('picture 3 is not there (2 of 3 were given)');
  });
});

test('a share file shows its pictures with their dots by itself', async () => {
  const [width, height] = [320, 240];
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')!.fillRect(0, 0, width, height);
  const shared = await shareAnnotations(
    {
      media: { kind: 'images', files: [{ name: 'a.png', width, height }], timestamps: [], durationSec: null },
      asked: [{ prompt: 'Point to <b>it</b>.', text: '' }],
      objects: [
        {
          id: 3,
          label: 'it',
          kind: 'points',
          visible: true,
          color: '#00ffff',
          points: [{ x: 80, y: 60, image: 1, origin: 'made' }],
        },
      ],
    },
    [await canvas.convertToBlob()],
  );
  const frame = document.createElement('iframe');
  frame.srcdoc = await shared.text();
  const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
  document.body.append(frame);
  await loaded;
  const page = frame.contentDocument!;
  const image = page.querySelector('img')!;
  await image.decode();
  expect([image.naturalWidth, image.naturalHeight]).toEqual([width, height]);
  const dot = page.querySelector('circle')!;
  const [at, box] = [dot.getBoundingClientRect(), image.getBoundingClientRect()];
  expect((at.x + at.width / 2 - box.x) / box.width).toBeCloseTo(0.25, 2);
  expect((at.y + at.height / 2 - box.y) / box.height).toBeCloseTo(0.25, 2);
  expect(dot.querySelector('title')?.textContent).toBe('it 3');
  expect(page.querySelector('header')?.textContent).toContain('Point to <b>it</b>.');
  frame.remove();
});
