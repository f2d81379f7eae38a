// The drawn dot is where the shape is, in the very frame that is presented: both are looked for among the pixels, inside
// the callback of that frame.

import { afterEach, expect, test } from 'vitest';
import type { Track } from '../../src/api.ts';
import { randomShares } from '../../eval/metrics/random.ts';
import type { MolmoOverlay } from '../../src/overlay/molmo-overlay.ts';
import '../../src/overlay/molmo-overlay.ts';
import { palette } from '../../src/overlay/marks/palette.ts';
import { fixtureJson, fixtureUrl } from '../fixture-files.ts';
import { type SampleEntry, sampleLike } from '../sample-questions.ts';
import { canvasOf, once, overlayOver, paint } from './overlay-page.ts';

/** Where a shape truly is: a straight way from `start` at 0 to `end` at the clip's end, in shares of the picture. */
interface Clip extends SampleEntry {
  readonly duration: number;
  readonly paths: readonly {
    readonly appears: number;
    readonly start: readonly [number, number];
    readonly end: readonly [number, number];
  }[];
}

const clips = ((await fixtureJson('samples/index.json')) as SampleEntry[]).filter(
  (sample): sample is Clip => sample.kind === 'video',
);

afterEach(() => {
  document.body.innerHTML = '';
});

type Rgb = readonly [number, number, number];

/** Centre of the pixels of one colour in a box around a place, all in pixels of `image`; null where there are none. */
function centreOf(image: ImageData, colour: Rgb, at: { x: number; y: number }, reach: number, slack: number) {
  let count = 0;
  let sumX = 0;
  let sumY = 0;
  const [left, right] = [
    Math.max(0, Math.floor(at.x - reach)),
    Math.min(image.width, Math.ceil(at.x + reach)),
  ];
  const [top, bottom] = [
    Math.max(0, Math.floor(at.y - reach)),
    Math.min(image.height, Math.ceil(at.y + reach)),
  ];
  for (let y = top; y < bottom; y++)
    for (let x = left; x < right; x++) {
      const i = 4 * (y * image.width + x);
      const far = Math.max(...colour.map((c, k) => Math.abs(c - (image.data[i + k] ?? 0))));
      if (far > slack || image.data[i + 3] !== 255) continue;
      count++;
      sumX += x + 0.5;
      sumY += y + 0.5;
    }
  return count === 0 ? null : { x: sumX / count, y: sumY / count };
}

function rgbOf(hex: string): Rgb {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16));
  return [r, g, b];
}

/** A clip on the page, with an overlay that was fed the true paths, and a way to compare what both show. */
async function compared(clip: Clip) {
  const video = document.createElement('video');
  video.muted = true;
  video.src = fixtureUrl(`samples/${clip.media[0]}`).href;
  await once(video, 'loadeddata');
  const { videoWidth: width, videoHeight: height } = video;
  video.style.cssText = `width: ${width}px; height: ${height}px`;
  const overlay: MolmoOverlay = overlayOver(video);
  overlay.setAttribute('paths', 'none');
  overlay.setAttribute('dot-size', '8');
  const place = (i: number, timeSec: number) => {
    const { start, end } = clip.paths[i] ?? { start: [0, 0], end: [0, 0] };
    const share = timeSec / clip.duration;
    return {
      x: width * (start[0] + (end[0] - start[0]) * share),
      y: height * (start[1] + (end[1] - start[1]) * share),
    };
  };
  const tracks = clip.paths.map(({ appears }, i): Track => {
    const times = (clip.timestamps ?? []).filter((t) => t >= appears);
    return { id: i + 1, label: 'shape', points: times.map((timeSec) => ({ timeSec, ...place(i, timeSec) })) };
  });
  overlay.media = {
    kind: 'video',
    sizes: [{ width, height }],
    timestamps: clip.timestamps ?? [],
    durationSec: clip.duration,
  };
  overlay.answer = { points: [], tracks };
  await paint();
  const ctx = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  const drawn = canvasOf(overlay).getContext('2d');
  if (!ctx || !drawn) throw new Error('there is no canvas');
  const shapeColours: (Rgb | undefined)[] = [];

  /** Of each shape of the frame that is shown: how far its dot is off, as a share of the frame's width. */
  const offsets = (mediaTime: number): number[] => {
    ctx.drawImage(video, 0, 0);
    const frame = ctx.getImageData(0, 0, width, height);
    const canvas = drawn.canvas;
    const dots = drawn.getImageData(0, 0, canvas.width, canvas.height);
    const found: number[] = [];
    for (const [i, { appears }] of clip.paths.entries()) {
      if (mediaTime < appears + 0.1 || mediaTime > clip.duration - 0.05) continue;
      const truth = place(i, mediaTime);
      const at = 4 * (Math.round(truth.y) * width + Math.round(truth.x));
      // The shape's own colour is in its middle, when it is seen for the first time.
      const colour = (shapeColours[i] ??= [
        frame.data[at] ?? 0,
        frame.data[at + 1] ?? 0,
        frame.data[at + 2] ?? 0,
      ]);
      const shape = centreOf(frame, colour, truth, width / 10, 48);
      const scale = canvas.width / width;
      const dot = centreOf(
        dots,
        rgbOf(palette[i] ?? ''),
        { x: truth.x * scale, y: truth.y * scale },
        width,
        2,
      );
      if (!shape || !dot) found.push(Infinity);
      else found.push(Math.hypot(dot.x / scale - shape.x, dot.y / scale - shape.y) / width);
    }
    return found;
  };
  return { video, offsets };
}

const mp4 = sampleLike(clips, { form: 'several crops', file: '.mp4' });
const webm = sampleLike(clips, { form: 'tall', file: '.webm' });

test.each([mp4, webm])(
  'after 60 random seeks in $name the dots lie on the shapes of the presented frame',
  async (clip) => {
    const { video, offsets } = await compared(clip);
    const share = randomShares(16);
    const found: number[] = [];
    for (let i = 0; i < 60; i++) {
      const presented = new Promise<void>((resolve) =>
        video.requestVideoFrameCallback((_, frame) => {
          found.push(...offsets(frame.mediaTime));
          resolve();
        }),
      );
      video.currentTime = share() * clip.duration;
      await presented;
    }
    expect(found.length).toBeGreaterThan(20);
    expect(Math.max(...found)).toBeLessThan(0.01);
  },
);

test.each([1, 2])(
  'while a clip plays at %ix the dots lie on the shapes of the presented frame',
  async (rate) => {
    const { video, offsets } = await compared(mp4);
    video.playbackRate = rate;
    const found: number[] = [];
    await new Promise<void>((resolve, reject) => {
      const look = (_: number, frame: VideoFrameCallbackMetadata): void => {
        found.push(...offsets(frame.mediaTime));
        if (video.ended || frame.mediaTime > 2.4) resolve();
        else video.requestVideoFrameCallback(look);
      };
      video.requestVideoFrameCallback(look);
      video.play().catch(reject);
    });
    video.pause();
    expect(found.length).toBeGreaterThan(10);
    expect(Math.max(...found)).toBeLessThan(0.01);
  },
);
