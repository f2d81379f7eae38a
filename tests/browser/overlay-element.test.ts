import { afterEach, expect, test } from 'vitest';
import type { MediaInfo, Point, Track } from '../../src/api.ts';
import { type MolmoOverlay } from '../../src/overlay/molmo-overlay.ts';
import '../../src/overlay/molmo-overlay.ts';
import { fixtureUrl } from '../fixture-files.ts';
import { samples } from '../parity/samples.ts';
import { sampleLike } from '../sample-questions.ts';
import { canvasOf, expectNear, inkCentre, once, overlayOver, paint, picture } from './overlay-page.ts';

const shownClip = sampleLike(await samples(), { kind: 'video', form: 'several crops', file: '.mp4' });
const clipUrl = fixtureUrl(`samples/${shownClip.media[0]}`).href;
const [, width = 0, height = 0] = (/-(\d+)x(\d+)$/.exec(shownClip.name) ?? []).map(Number);
const clipMedia: MediaInfo = {
  kind: 'video',
  sizes: [{ width, height }],
  timestamps: [0, 0.5, 1, 1.5, 2, 2.5, 3],
  durationSec: 3,
};

afterEach(() => {
  document.body.innerHTML = '';
});

const point: Point = { x: 300, y: 50, id: 1, label: 'star' };

// A 400 x 200 picture in a 300 x 300 box; the point (300, 50) lies at three quarters of its width, one quarter of its height.
const fits = [
  { fit: 'fill', x: 225, y: 75 },
  { fit: 'contain', x: 225, y: 112.5 },
  { fit: 'none', x: 250, y: 100 },
];
test.each(fits)('a dot lies on its place under object-fit $fit', async ({ fit, x, y }) => {
  const img = await picture(400, 200);
  img.style.cssText = `width: 300px; height: 300px; object-fit: ${fit}`;
  const overlay = overlayOver(img);
  overlay.add(point);
  await paint();
  const rect = img.getBoundingClientRect();
  expectNear(inkCentre(overlay), rect.left + x, rect.top + y);
});

test('a dot lies on its place under object-fit cover, padding and border', async () => {
  const img = await picture(400, 200);
  img.style.cssText =
    'box-sizing: border-box; width: 300px; height: 300px; object-fit: cover; padding: 10px 20px; border: 5px solid';
  const overlay = overlayOver(img);
  overlay.add({ ...point, x: 220, y: 50 });
  await paint();
  const rect = img.getBoundingClientRect();
  // The content box is 250 x 270; the picture covers it as 540 x 270 and hangs over by 145 on each side.
  expectNear(inkCentre(overlay), rect.left + 25 - 145 + 0.55 * 540, rect.top + 15 + 0.25 * 270);
});

test('the dot follows when the picture is resized and when the page is scaled and turned', async () => {
  const img = await picture(400, 200);
  img.style.width = '400px';
  const overlay = overlayOver(img);
  overlay.add(point);
  await paint();
  img.style.width = '200px';
  await paint();
  await paint();
  let rect = img.getBoundingClientRect();
  expectNear(inkCentre(overlay), rect.left + 150, rect.top + 25);
  overlay.style.transform = 'scale(1.5) rotate(180deg)';
  await paint();
  rect = img.getBoundingClientRect();
  // Half a turn mirrors the place inside the bounding rectangle of picture and canvas alike.
  const centre = inkCentre(overlay);
  expectNear(centre, rect.left + 225, rect.top + 37.5, 1.5);
  expect(canvasOf(overlay).getBoundingClientRect().width).toBeCloseTo(rect.width, 0);
});

test('the canvas has one pixel for each pixel of the screen', async () => {
  const img = await picture(400, 200);
  img.style.width = '333px';
  const overlay = overlayOver(img);
  overlay.add(point);
  await paint();
  expect(canvasOf(overlay).width).toBe(Math.round(333 * devicePixelRatio));
});

test('sizes of the original count, not those of the copy on the page', async () => {
  const img = await picture(400, 200);
  const overlay = overlayOver(img);
  overlay.media = {
    kind: 'images',
    sizes: [{ width: 4000, height: 2000 }],
    timestamps: [],
    durationSec: null,
  };
  overlay.add({ ...point, x: 3000, y: 500 });
  await paint();
  const rect = img.getBoundingClientRect();
  expectNear(inkCentre(overlay), rect.left + 300, rect.top + 50);
});

test('an overlay with for floats over a picture elsewhere and shows that picture alone', async () => {
  const img = await picture(400, 200);
  img.id = 'elsewhere';
  const frame = document.createElement('div');
  frame.style.cssText = 'position: relative; margin: 40px; padding: 7px';
  frame.append(img);
  const overlay = document.createElement('molmo-overlay');
  overlay.setAttribute('for', 'elsewhere');
  overlay.setAttribute('labels', 'none');
  overlay.image = 2;
  frame.append(overlay);
  document.body.append(frame);
  overlay.add({ ...point, image: 1, x: 20 });
  overlay.add({ ...point, image: 2 });
  await paint();
  const rect = img.getBoundingClientRect();
  expectNear(inkCentre(overlay), rect.left + 300, rect.top + 50);
});

test('clear removes the dots, and the description lists what is marked', async () => {
  const overlay = overlayOver(await picture(400, 200));
  overlay.add(point);
  await paint();
  expect(overlay.shadowRoot?.querySelector('[part=description]')?.textContent).toContain(
    '300 across, 50 down',
  );
  expect(inkCentre(overlay)).not.toBeNull();
  overlay.clear();
  await paint();
  expect(inkCentre(overlay)).toBeNull();
  expect(overlay.shadowRoot?.querySelector('[part=description]')?.textContent).toBe('');
});

test('a snapshot has the size of the picture and the dot on its place', async () => {
  const img = await picture(400, 200);
  img.style.width = '100px';
  const overlay = overlayOver(img);
  overlay.add(point);
  await paint();
  const bitmap = await createImageBitmap(await overlay.snapshot());
  expect([bitmap.width, bitmap.height]).toEqual([400, 200]);
  const canvas = new OffscreenCanvas(400, 200);
  const ctx = canvas.getContext('2d');
  ctx?.drawImage(bitmap, 0, 0);
  expect([...(ctx?.getImageData(300, 50, 1, 1).data ?? [])]).toEqual([0xd0, 0x16, 0x67, 255]);
  expect(ctx?.getImageData(100, 50, 1, 1).data[3]).toBe(0);
});

async function clip(): Promise<HTMLVideoElement> {
  const video = document.createElement('video');
  video.muted = true;
  video.src = clipUrl;
  video.style.cssText = 'width: 320px; height: 320px';
  await once(video, 'loadeddata');
  return video;
}

/** Crosses the picture from left to right, 100 of its 640 parts a second. */
const track: Track = {
  id: 1,
  label: 'star',
  points: [
    { timeSec: 0.5, x: (50 * width) / 640, y: height / 2 },
    { timeSec: 1.5, x: (150 * width) / 640, y: height / 2 },
    { timeSec: 2.5, x: (250 * width) / 640, y: height / 2 },
  ],
};

async function seek(video: HTMLVideoElement, timeSec: number): Promise<void> {
  const seeked = once(video, 'seeked');
  video.currentTime = timeSec;
  await seeked;
  await paint();
}

test('points of a video are shown from their time to the next sampled time', async () => {
  const video = await clip();
  const overlay = overlayOver(video);
  overlay.media = clipMedia;
  overlay.add({ x: width / 2, y: height / 2, id: 1, label: 'star', timeSec: 1 });
  for (const [timeSec, visible] of [
    [0.9, false],
    [1, true],
    [1.4, true],
    [1.5, false],
  ] as const) {
    await seek(video, timeSec);
    expect(inkCentre(overlay) !== null, `visible at ${timeSec}`).toBe(visible);
  }
  await seek(video, 1.2);
  const rect = video.getBoundingClientRect();
  expectNear(inkCentre(overlay), rect.left + 160, rect.top + 160);
});

test('dots of a track move with the frames of a playing video', async () => {
  const video = await clip();
  const overlay = overlayOver(video);
  overlay.style.setProperty('--molmo-ring-color', 'transparent');
  overlay.media = clipMedia;
  overlay.add(track);
  await paint();
  const seen: { timeSec: number; x: number | null }[] = [];
  const left = video.getBoundingClientRect().left;
  await new Promise<void>((resolve, reject) => {
    const look = (_now: number, frame: VideoFrameCallbackMetadata): void => {
      // The rightmost opaque pixels belong to the dot: the trail ends in it.
      seen.push({ timeSec: frame.mediaTime, x: rightEnd(overlay) });
      if (video.ended || frame.mediaTime > 2.2) resolve();
      else video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
    video.play().catch(reject);
  });
  const during = seen.filter((s) => s.timeSec > 0.6 && s.timeSec < 2.2);
  expect(during.length).toBeGreaterThan(5);
  for (const { timeSec, x } of during) {
    const expected = left + (50 + (timeSec - 0.5) * 100) / 2;
    expect(Math.abs((x ?? Infinity) - 8 - expected), `dot at ${timeSec} s`).toBeLessThan(2.5);
  }
  expect(seen.filter((s) => s.timeSec < 0.4).every((s) => s.x === null)).toBe(true);
});

/** Right end of the opaque pixels, in CSS pixels of the viewport; null where nothing is drawn. */
function rightEnd(overlay: MolmoOverlay): number | null {
  const canvas = canvasOf(overlay);
  const data = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
  let right = -1;
  for (let i = 3; i < data.length; i += 4)
    if ((data[i] ?? 0) > 250) right = Math.max(right, ((i - 3) / 4) % canvas.width);
  const rect = canvas.getBoundingClientRect();
  return right < 0 ? null : rect.left + ((right + 1) / canvas.width) * rect.width;
}
