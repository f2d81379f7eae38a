import { afterEach, expect, test } from 'vitest';
import type { MediaInfo, Point, Track } from '../../src/api.ts';
import type { EditDetail, MolmoOverlay } from '../../src/overlay/molmo-overlay.ts';
import '../../src/overlay/molmo-overlay.ts';
import { fixtureUrl } from '../fixture-files.ts';
import { samples } from '../parity/samples.ts';
import { sampleLike } from '../sample-questions.ts';
import { coloursAround, inkCentre, once, overlayOver, paint, picture } from './overlay-page.ts';

const clip = sampleLike(await samples(), { kind: 'video', form: 'several crops', file: '.mp4' });

afterEach(() => {
  document.body.innerHTML = '';
});

const star = (id: number, x: number, y: number): Point => ({ x, y, id, label: 'star' });

/** Sends the pointer to a place of the target, in CSS pixels from its corner. */
function pointer(target: HTMLElement, type: string, x: number, y: number): void {
  const rect = target.getBoundingClientRect();
  const at = {
    clientX: rect.left + x,
    clientY: rect.top + y,
    bubbles: true,
    cancelable: true,
    composed: true,
  };
  target.setPointerCapture = () => {}; // there is no real pointer that could be captured
  target.dispatchEvent(
    new PointerEvent(type, { ...at, pointerId: 1, isPrimary: true, pointerType: 'mouse' }),
  );
}

function collect<K extends keyof HTMLElementEventMap>(
  overlay: MolmoOverlay,
  type: K,
): HTMLElementEventMap[K][] {
  const seen: HTMLElementEventMap[K][] = [];
  overlay.addEventListener(type, (event) => seen.push(event));
  return seen;
}

function listOf(overlay: MolmoOverlay): HTMLElement {
  const list = overlay.shadowRoot?.querySelector<HTMLElement>('[part=marks]');
  if (!list) throw new Error('the overlay has no list of marks');
  return list;
}

async function press(overlay: MolmoOverlay, ...keys: (string | KeyboardEventInit)[]): Promise<void> {
  const list = listOf(overlay);
  list.focus();
  for (const key of keys) {
    const init = typeof key === 'string' ? { key } : key;
    list.dispatchEvent(
      new KeyboardEvent('keydown', { bubbles: true, composed: true, cancelable: true, ...init }),
    );
    await paint();
  }
}

async function starred(): Promise<{ overlay: MolmoOverlay; img: HTMLImageElement }> {
  const img = await picture(400, 200);
  img.style.width = '200px';
  const overlay = overlayOver(img);
  overlay.answer = { points: [star(1, 100, 50), star(2, 300, 150)], tracks: [] };
  await paint();
  return { overlay, img };
}

test('the pointer over a dot and a click on it name its object, and clicks elsewhere their place', async () => {
  const { overlay, img } = await starred();
  const hovers = collect(overlay, 'molmo-hover');
  const clicks = collect(overlay, 'molmo-click');
  const selections = collect(overlay, 'molmo-select');
  pointer(img, 'pointermove', 50, 25);
  pointer(img, 'pointermove', 100, 50);
  expect(hovers.map((e) => e.detail?.index)).toEqual([0, undefined]);
  pointer(img, 'click', 152, 77);
  expect(clicks[0]?.detail).toMatchObject({ timeSec: null, image: 1, mark: { kind: 'point', index: 1 } });
  expect(overlay.selected).toBe(overlay.objects[1]?.key);
  pointer(img, 'click', 100, 50);
  expect(clicks[1]?.detail).toMatchObject({ x: 200, y: 100, mark: null });
  expect(selections.map((e) => e.detail)).toEqual([overlay.objects[1]?.key, null]);
});

test('places are right under padding, borders and transforms of the page', async () => {
  const { overlay, img } = await starred();
  img.style.cssText = 'width: 200px; padding: 10px 20px; border: 5px solid; box-sizing: content-box';
  overlay.style.transform = 'scale(1.5)';
  overlay.style.transformOrigin = '0 0';
  await paint();
  await paint();
  const clicks = collect(overlay, 'molmo-click');
  pointer(img, 'click', 1.5 * (25 + 150), 1.5 * (15 + 75));
  expect(clicks[0]?.detail.mark?.index).toBe(1);
  expect(clicks[0]?.detail.x).toBeCloseTo(300, 0);
  expect(clicks[0]?.detail.y).toBeCloseTo(150, 0);
});

test('an object that is hidden is neither drawn nor found, and one that is shown again is', async () => {
  const { overlay, img } = await starred();
  const changes = collect(overlay, 'molmo-change');
  const [first, second] = overlay.objects;
  overlay.setVisible([first?.key ?? '', second?.key ?? ''], false);
  await paint();
  expect(inkCentre(overlay)).toBeNull();
  expect(overlay.objects.map((object) => object.visible)).toEqual([false, false]);
  const hovers = collect(overlay, 'molmo-hover');
  pointer(img, 'pointermove', 50, 25);
  expect(hovers).toEqual([]);
  overlay.setVisible(first?.key ?? '', true);
  await paint();
  expect(inkCentre(overlay)).not.toBeNull();
  expect(changes.length).toBe(2);
});

/** Pixels of the canvas of dots that are not transparent. */
function inked(overlay: MolmoOverlay): number {
  const canvas = overlay.shadowRoot?.querySelector('canvas');
  const data = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
  let count = 0;
  for (let i = 3; i < data.length; i += 4) if (data[i]) count++;
  return count;
}

test('names of many close objects give way, and come back under the pointer and with the focus', async () => {
  const img = await picture(400, 200);
  const overlay = overlayOver(img);
  overlay.setAttribute('labels', 'auto');
  const points = Array.from({ length: 12 }, (_, i) =>
    star(i + 1, 150 + (i % 4) * 20, 60 + Math.floor(i / 4) * 20),
  );
  overlay.answer = { points, tracks: [] };
  await paint();
  const collapsed = inked(overlay);
  pointer(img, 'pointermove', 170, 80); // the sixth, in the middle
  await paint();
  const revealed = inked(overlay);
  // A name of four letters and a number is a box of about 50 x 17 CSS pixels, some of it over other dots.
  expect(revealed - collapsed).toBeGreaterThan(200 * devicePixelRatio ** 2);
  pointer(img, 'pointermove', 10, 190);
  await paint();
  expect(inked(overlay)).toBe(collapsed);
  await press(overlay, ...Array.from({ length: 5 }, () => 'ArrowRight'));
  expect(listOf(overlay).getAttribute('aria-activedescendant')).toBe('mark-5');
  expect(inked(overlay)).toBe(revealed);
});

test('a dot is dragged, and the event carries the change and what was before', async () => {
  const { overlay, img } = await starred();
  overlay.editable = true;
  await paint();
  const edits = collect(overlay, 'molmo-edit');
  const clicks = collect(overlay, 'molmo-click');
  const before = overlay.points;
  pointer(img, 'pointerdown', 50, 25);
  pointer(img, 'pointermove', 60, 35);
  await paint();
  expect(overlay.points).toBe(before);
  pointer(img, 'pointermove', 80, 75);
  pointer(img, 'pointerup', 80, 75);
  pointer(img, 'click', 80, 75);
  expect(edits).toHaveLength(1);
  expect(clicks).toEqual([]);
  const detail = edits[0]?.detail as EditDetail;
  expect(detail.edit).toEqual({ action: 'move', kind: 'point', index: 0, x: 160, y: 150 });
  expect(overlay.points[0]).toEqual(star(1, 160, 150));
  overlay.answer = detail.before;
  expect(overlay.points).toEqual([star(1, 100, 50), star(2, 300, 150)]);
});

test('a page that refuses a change keeps what there was', async () => {
  const { overlay, img } = await starred();
  overlay.editable = true;
  overlay.addEventListener('molmo-edit', (event) => event.preventDefault());
  pointer(img, 'dblclick', 100, 50);
  expect(overlay.points).toHaveLength(2);
});

test('without editable nothing moves', async () => {
  const { overlay, img } = await starred();
  const edits = collect(overlay, 'molmo-edit');
  pointer(img, 'pointerdown', 50, 25);
  pointer(img, 'pointermove', 80, 75);
  pointer(img, 'pointerup', 80, 75);
  pointer(img, 'dblclick', 100, 50);
  await press(overlay, 'Enter', 'ArrowRight', 'Delete', 'Insert');
  expect(edits).toEqual([]);
});

test('a mark that is clicked takes the keys, so that Delete deletes it', async () => {
  const { overlay, img } = await starred();
  const key = (name: string) =>
    overlay.shadowRoot?.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key: name }));
  pointer(img, 'click', 150, 75);
  key('Delete');
  expect(overlay.points).toHaveLength(2);
  overlay.editable = true;
  pointer(img, 'click', 150, 75);
  expect(overlay.selected).toBe(overlay.objects[1]?.key);
  key('ArrowLeft');
  expect(overlay.points[1]).toEqual(star(2, 299, 150));
  key('Delete');
  expect(overlay.points).toEqual([star(1, 100, 50)]);
});

test('the keyboard selects, moves, adds and deletes marks', async () => {
  const { overlay } = await starred();
  overlay.editable = true;
  await paint();
  await press(overlay, 'ArrowDown', 'Enter');
  expect(overlay.selected).toBe(overlay.objects[1]?.key);
  await press(overlay, 'ArrowLeft', { key: 'ArrowUp', shiftKey: true });
  expect(overlay.points[1]).toEqual(star(2, 299, 140));
  await press(overlay, 'Delete');
  expect(overlay.points).toEqual([star(1, 100, 50)]);
  overlay.selected = null;
  await press(overlay, 'Insert');
  expect(overlay.points[1]).toEqual({ ...star(2, 200, 100), image: 1 });
});

test('a list names the objects for screen readers, and which one is selected', async () => {
  const { overlay } = await starred();
  overlay.selected = overlay.objects[1]?.key ?? null;
  await paint();
  const options = [...listOf(overlay).querySelectorAll('[role=option]')];
  expect(options.map((o) => [o.textContent, o.ariaSelected])).toEqual([
    ['star 1', 'false'],
    ['star 2', 'true'],
  ]);
});

const [, width = 0, height = 0] = (/-(\d+)x(\d+)$/.exec(clip.name) ?? []).map(Number);
const media: MediaInfo = {
  kind: 'video',
  sizes: [{ width, height }],
  timestamps: [0, 1, 2, 3],
  durationSec: 3,
};
const moving: Track = {
  id: 1,
  label: 'star',
  points: [0, 1, 2].map((timeSec) => ({ timeSec, x: width * (0.25 + timeSec / 4), y: height / 2 })),
};

async function followed(): Promise<{ overlay: MolmoOverlay; video: HTMLVideoElement }> {
  const video = document.createElement('video');
  video.muted = true;
  video.src = fixtureUrl(`samples/${clip.media[0]}`).href;
  video.style.cssText = `width: 320px; height: ${(320 * height) / width}px`;
  await once(video, 'loadeddata');
  const overlay = overlayOver(video);
  overlay.media = media;
  overlay.answer = { points: [], tracks: [moving] };
  return { overlay, video };
}

/** Whether the frame of this time is presented within a second. */
function isShown(video: HTMLVideoElement, timeSec: number): Promise<boolean> {
  return new Promise((resolve) => {
    const look = (_: number, { mediaTime }: VideoFrameCallbackMetadata): void => {
      if (Math.abs(mediaTime - timeSec) < 0.1) resolve(true);
      else video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
    setTimeout(() => resolve(false), 1000);
  });
}

/**
 * Ends when the frame is on the screen: a busy browser presents it some paints after it says that it has sought. One that it presents
 * while it still tells of the frame before is never told, and is sought again.
 */
async function seekTo(video: HTMLVideoElement, timeSec: number): Promise<void> {
  for (let isThere = false; !isThere;) {
    const seeked = once(video, 'seeked');
    const shown = isShown(video, timeSec);
    video.currentTime = timeSec;
    await seeked;
    isThere = await shown;
  }
  await paint();
}

test('a dot has a whole ring on sampled frames and a broken one between them', async () => {
  const { overlay, video } = await followed();
  const isWhite = ([r = 0, g = 0, b = 0, a = 0]: number[]): boolean => Math.min(r, g, b) > 240 && a === 255;
  const middle = (160 * height) / width;
  await seekTo(video, 1);
  // The ring is 2.3 pixels wide, and its pixels are counted where they are white through and through.
  expect(coloursAround(overlay, 160, middle, 9.1).filter(isWhite).length).toBeGreaterThanOrEqual(40);
  await seekTo(video, 0.5 + 1 / 60);
  // Half a frame behind the time that was asked for: the frame on the screen begins at 0.5 s.
  const ring = coloursAround(overlay, 320 * 0.375, middle, 9.1).filter(isWhite).length;
  expect(ring).toBeGreaterThan(12);
  expect(ring).toBeLessThan(36);
  expect(coloursAround(overlay, 320 * 0.375, middle, 4)[0]).toEqual([0xd0, 0x16, 0x67, 255]);
});

test('a track is corrected on a sampled frame and between two, and its steps are deleted', async () => {
  const { overlay, video } = await followed();
  overlay.editable = true;
  const middle = (160 * height) / width;
  const px = width / 320;
  await seekTo(video, 1);
  pointer(video, 'pointerdown', 160, middle);
  pointer(video, 'pointermove', 160, middle + 20);
  pointer(video, 'pointerup', 160, middle + 20);
  expect(overlay.tracks[0]?.points).toHaveLength(3);
  expect(overlay.tracks[0]?.points[1]).toMatchObject({ timeSec: 1, y: height / 2 + 20 * px });
  await seekTo(video, 1.5);
  pointer(video, 'pointerdown', 200, middle + 10);
  pointer(video, 'pointermove', 200, middle - 20);
  pointer(video, 'pointerup', 200, middle - 20);
  expect(overlay.tracks[0]?.points.map((p) => Math.round(p.timeSec * 100) / 100)).toEqual([0, 1, 1.5, 2]);
  overlay.selected = overlay.objects[0]?.key ?? null;
  await seekTo(video, 1);
  await press(overlay, 'Delete');
  expect(overlay.tracks[0]?.points).toHaveLength(3);
  await seekTo(video, 0.7);
  await press(overlay, 'Delete');
  expect(overlay.tracks[0]?.points).toHaveLength(3);
  await press(overlay, { key: 'Delete', shiftKey: true });
  expect(overlay.tracks).toEqual([]);
});
