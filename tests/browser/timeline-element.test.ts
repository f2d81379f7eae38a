import { afterEach, expect, test } from 'vitest';
import type { MediaInfo, Track } from '../../src/api.ts';
import '../../src/overlay/molmo-overlay.ts';
import type { MolmoOverlay } from '../../src/overlay/molmo-overlay.ts';
import '../../src/timeline/molmo-timeline.ts';
import type { MolmoTimeline, TimeRange } from '../../src/timeline/molmo-timeline.ts';
import { fixtureUrl } from '../fixture-files.ts';
import { samples } from '../parity/samples.ts';
import { sampleLike } from '../sample-questions.ts';
import { canvasOf, once, overlayOver, paint } from './overlay-page.ts';
import { largeClip, partOf, timelineUnder } from './timeline-page.ts';

const clip = sampleLike(await samples(), { kind: 'video', form: 'several crops', file: '.mp4' });
const [, width = 0, height = 0] = (/-(\d+)x(\d+)$/.exec(clip.name) ?? []).map(Number);
const timestamps = [0, 0.5, 1, 1.5, 2, 2.5, 3];
const media: MediaInfo = { kind: 'video', sizes: [{ width, height }], timestamps, durationSec: 3 };
const track = (id: number, times: readonly number[]): Track => ({
  id,
  label: 'star',
  points: times.map((timeSec) => ({ timeSec, x: 10 * id, y: 10 })),
});

afterEach(() => {
  document.body.innerHTML = '';
});

async function shown(): Promise<{ overlay: MolmoOverlay; video: HTMLVideoElement; timeline: MolmoTimeline }> {
  const video = document.createElement('video');
  video.muted = true;
  video.src = fixtureUrl(`samples/${clip.media[0]}`).href;
  await once(video, 'loadeddata');
  const overlay = overlayOver(video);
  const timeline = timelineUnder(overlay);
  await paint();
  return { overlay, video, timeline };
}

async function answered() {
  const page = await shown();
  page.overlay.media = media;
  page.overlay.answer = { points: [], tracks: [track(1, [0.5, 1, 1.5]), track(2, [1, 2.5])] };
  await paint();
  await paint();
  return page;
}

/** Where a moment lies on the page. */
function xOf(timeline: MolmoTimeline, timeSec: number): number {
  const { left, width } = partOf(timeline, 'body').getBoundingClientRect();
  return left + (timeSec / 3) * width;
}

function point(target: HTMLElement, type: string, clientX: number, init: PointerEventInit = {}): void {
  const { top, height } = target.getBoundingClientRect();
  target.setPointerCapture = () => {}; // there is no real pointer that could be captured
  const clientY = init.clientY ?? top + height / 2;
  target.dispatchEvent(
    new PointerEvent(type, { bubbles: true, pointerId: 1, pointerType: 'mouse', clientX, ...init, clientY }),
  );
}

async function press(timeline: MolmoTimeline, video: HTMLVideoElement, key: string): Promise<void> {
  const seeked = once(video, 'seeked');
  partOf(timeline, 'slider').dispatchEvent(
    new KeyboardEvent('keydown', { key, bubbles: true, composed: true }),
  );
  await seeked;
  await paint();
}

/** The colour of the canvas at a place, in CSS pixels of it. */
function colourAt(canvas: HTMLElement, x: number, y: number): number[] {
  if (!(canvas instanceof HTMLCanvasElement)) throw new Error('no canvas');
  const scale = canvas.width / canvas.getBoundingClientRect().width;
  return [
    ...(canvas.getContext('2d')?.getImageData(Math.floor(x * scale), Math.floor(y * scale), 1, 1).data ?? []),
  ];
}

test('it is there before the first question, with pictures of the clip and the samples that are told', async () => {
  const { timeline, video } = await shown();
  timeline.samples = timestamps;
  const upper = partOf(timeline, 'upper');
  const isPainted = () =>
    colourAt(upper, 30, 40)[3] === 255 && colourAt(upper, upper.clientWidth - 30, 40)[3] === 255;
  for (let i = 0; i < 200 && !isPainted(); i++) await paint();
  expect(isPainted()).toBe(true);
  expect(partOf(timeline, 'lanes').clientHeight).toBe(0);
  expect(partOf(timeline, 'slider').getAttribute('aria-valuemax')).toBe(video.duration.toFixed(1));
});

test('each object has a lane, whose marks lie at its times in its colour', async () => {
  const { timeline, overlay } = await answered();
  const rows = partOf(timeline, 'rows');
  const names = [...partOf(timeline, 'names').querySelectorAll('input')].map((input) => input.value);
  expect(names).toEqual(['star', 'star']);
  const rowPx = rows.clientHeight / 2;
  const at = (timeSec: number, row: number) =>
    colourAt(rows, (timeSec / 3) * rows.clientWidth, (row + 0.5) * rowPx);
  const rgb = (id: number) => [1, 3, 5].map((i) => Number.parseInt(overlay.colorOf(id).slice(i, i + 2), 16));
  expect(at(1, 0).slice(0, 3)).toEqual(rgb(1));
  expect(at(2.5, 1).slice(0, 3)).toEqual(rgb(2));
  expect(at(2.8, 0)[3]).toBeLessThan(40);
});

test('answers to several questions are layers: drawn together, each in its colour, and hidden one by one', async () => {
  const { overlay, timeline } = await shown();
  overlay.media = media;
  const ask = (id: string, name: string, number: number) => ({
    id,
    name,
    answer: { points: [], tracks: [{ ...track(1, [0, 1.5]), points: [0, 1.5].map((timeSec) => ({ timeSec, x: width * number, y: height / 2 })) }] }, // prettier-ignore
  });
  overlay.layers = [ask('1', 'Left?', 0.25), { ...ask('2', 'Right?', 0.75), color: '#00a86b' }];
  const pixel = (share: number) => {
    const canvas = canvasOf(overlay);
    const at = [canvas.width * share, canvas.height / 2].map(Math.round) as [number, number];
    return [...(canvas.getContext('2d')?.getImageData(...at, 1, 1).data ?? [])];
  };
  const names = () =>
    [...partOf(timeline, 'names').querySelectorAll('button')].map((one) => [
      one.getAttribute('aria-label'),
      one.getAttribute('aria-pressed'),
      one.style.getPropertyValue('--color'),
    ]);
  await paint();
  await paint();
  const firstColor = overlay.layers[0]?.color ?? '';
  expect(pixel(0.25)).toEqual([0xd0, 0x16, 0x67, 255]);
  expect(pixel(0.75)).toEqual([0, 0xa8, 0x6b, 255]);
  expect(names()).toEqual([
    ['Show star 1, Left?', 'true', firstColor],
    ['Show star 1, Right?', 'true', '#00a86b'],
  ]);
  overlay.layers = overlay.layers.map((layer) => ({ ...layer, visible: layer.id !== '1' }));
  await paint();
  await paint();
  expect(pixel(0.25)[3]).toBe(0);
  expect(pixel(0.75)).toEqual([0, 0xa8, 0x6b, 255]);
  expect(names().map(([, pressed]) => pressed)).toEqual(['false', 'true']);
  partOf(timeline, 'names').querySelector('button')?.click();
  await paint();
  await paint();
  expect(pixel(0.25)).toEqual([0xd0, 0x16, 0x67, 255]);
  expect(overlay.layers.map(({ visible }) => visible)).toEqual([true, true]);
  overlay.clear();
  expect(overlay.layers).toEqual([]);
});

test('lanes are hidden and renamed, and the overlay follows', async () => {
  const { timeline, overlay } = await answered();
  partOf(timeline, 'names').querySelector('button')?.click();
  await paint();
  await paint();
  expect(overlay.objects.map((object) => object.visible)).toEqual([false, true]);
  expect(partOf(timeline, 'names').querySelector('button')?.getAttribute('aria-pressed')).toBe('false');
  const input = partOf(timeline, 'names').querySelectorAll('input')[1];
  if (!input) throw new Error('there is no field');
  input.value = 'comet';
  input.dispatchEvent(new Event('change'));
  expect(overlay.tracks.map((t) => t.label)).toEqual(['star', 'comet']);
  timeline.addEventListener('molmo-rename', (event) => event.preventDefault());
  await paint();
  await paint();
  const first = partOf(timeline, 'names').querySelector('input');
  if (!first) throw new Error('there is no field');
  first.value = 'planet';
  first.dispatchEvent(new Event('change'));
  expect(overlay.tracks[0]?.label).toBe('star');
});

test('the arrow keys step from mark to mark, and the slider says what is there', async () => {
  const { timeline, video } = await answered();
  for (const timeSec of [0.5, 1, 1.5, 2.5]) {
    await press(timeline, video, 'ArrowRight');
    expect(video.currentTime).toBe(timeSec);
  }
  await press(timeline, video, 'PageDown');
  await press(timeline, video, 'ArrowLeft');
  await press(timeline, video, 'ArrowLeft');
  expect(partOf(timeline, 'slider').getAttribute('aria-valuetext')).toBe('0:00.5, star 1');
  await press(timeline, video, 'End');
  expect(video.currentTime).toBe(video.duration);
});

test('steps by frame show each frame once, forwards and back', async () => {
  const { timeline, video } = await answered();
  await press(timeline, video, 'ArrowRight');
  const seen: number[] = [];
  for (const direction of [1, 1, 1, -1, -1, 1, 1] as const) {
    await timeline.stepFrame(direction);
    seen.push(Math.round(timeline.timeSec * 30));
  }
  expect(seen).toEqual([16, 17, 18, 17, 16, 17, 18]);
});

test('the figures of a playing clip are those of the frame that is shown', async () => {
  const { video, timeline } = await shown();
  const figures: string[] = [];
  const frames: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const look = (_now: number, { mediaTime }: VideoFrameCallbackMetadata) => {
      frames.push(`0:0${mediaTime.toFixed(2)}`);
      figures.push(partOf(timeline, 'time').textContent.split(' / ')[0]!);
      if (frames.length === 12) resolve();
      else video.requestVideoFrameCallback(look);
    };
    // After the time line's own: it is called first.
    video.requestVideoFrameCallback(look);
    video.play().catch(reject);
  });
  video.pause();
  expect(new Set(frames).size).toBeGreaterThan(8);
  expect(figures).toEqual(frames);
});

test('a pointer seeks, shows the moment that it is over, and with Shift chooses a part', async () => {
  const { timeline, video } = await answered();
  const slider = partOf(timeline, 'slider');
  const ranges: (TimeRange | null)[] = [];
  timeline.addEventListener('molmo-range', ({ detail }) => ranges.push(detail));
  const seeked = once(video, 'seeked');
  point(slider, 'pointerdown', xOf(timeline, 2));
  point(slider, 'pointerup', xOf(timeline, 2));
  await seeked;
  expect(video.currentTime).toBeCloseTo(2, 1);
  point(slider, 'pointermove', xOf(timeline, 1.5));
  expect(partOf(timeline, 'preview').textContent).toBe('0:01.5');
  point(slider, 'pointerdown', xOf(timeline, 2.5), { shiftKey: true });
  point(slider, 'pointermove', xOf(timeline, 1), { shiftKey: true });
  point(slider, 'pointerup', xOf(timeline, 1));
  expect(ranges.at(-1)?.startSec).toBeCloseTo(1, 1);
  expect(ranges.at(-1)?.endSec).toBeCloseTo(2.5, 1);
  const from = partOf(timeline, 'from');
  from.dispatchEvent(new KeyboardEvent('keydown', { key: 'Home' }));
  expect(timeline.range?.startSec).toBe(0);
  partOf(timeline, 'slider').dispatchEvent(new KeyboardEvent('keydown', { key: 'x', bubbles: true }));
  expect(ranges.at(-1)).toBeNull();
  expect(from.hidden).toBe(true);
});

test('a mark that is clicked is gone to and its object selected', async () => {
  const { timeline, video, overlay } = await answered();
  const rows = partOf(timeline, 'rows');
  const seeked = once(video, 'seeked');
  const { top, height } = rows.getBoundingClientRect();
  point(rows, 'click', xOf(timeline, 2.5) + 4, { clientY: top + 0.75 * height });
  await seeked;
  expect(video.currentTime).toBe(2.5);
  expect(overlay.selected).toBe(overlay.objects[1]?.key);
});

test('zooming shows less time, larger, and the rest is scrolled to', async () => {
  const { timeline } = await answered();
  const scroll = partOf(timeline, 'scroll') as HTMLInputElement;
  expect(scroll.hidden).toBe(true);
  timeline.zoom(4);
  await paint();
  expect(scroll.hidden).toBe(false);
  expect(Number(scroll.max)).toBeCloseTo(2.25, 1);
  timeline.zoom(0);
  await paint();
  expect(scroll.hidden).toBe(true);
});

/** Milliseconds that callbacks of frames and paints take, all of them: these two elements have the page for themselves. */
function meter() {
  const spent = { ms: 0 };
  const paints = window.requestAnimationFrame;
  const frames = HTMLVideoElement.prototype.requestVideoFrameCallback;
  const timed =
    <A extends unknown[]>(callback: (...args: A) => void) =>
    (...args: A): void => {
      const from = performance.now();
      callback(...args);
      spent.ms += performance.now() - from;
    };
  window.requestAnimationFrame = (callback) => paints.call(window, timed(callback));
  HTMLVideoElement.prototype.requestVideoFrameCallback = function (callback) {
    return frames.call(this, timed(callback));
  };
  const stop = (): void => {
    window.requestAnimationFrame = paints;
    HTMLVideoElement.prototype.requestVideoFrameCallback = frames;
  };
  return { spent, stop, look: frames };
}

test('50 tracks of 384 times over a playing clip of 1080p cost a frame 4 ms at most, and no event is lost', async () => {
  // A short clip over and over: whichever frame's callback comes too late, another one follows at once.
  const durationSec = 2;
  const times = Array.from({ length: 384 }, (_, i) => (i * durationSec) / 384);
  const video = document.createElement('video');
  video.muted = true;
  video.loop = true;
  video.src = URL.createObjectURL(await largeClip(Array.from({ length: 20 }, (_, i) => i / 10)));
  await once(video, 'loadeddata');
  video.style.cssText = 'width: 1280px; height: 720px';
  const { spent, stop, look } = meter();
  const overlay = overlayOver(video);
  overlay.setAttribute('labels', 'auto');
  const timeline = timelineUnder(overlay);
  overlay.style.width = '1280px'; // wider than the page of the test
  timeline.style.width = '1280px';
  overlay.media = {
    kind: 'video',
    sizes: [{ width: 1920, height: 1080 }],
    timestamps: times,
    durationSec,
  };
  const whole = Array.from({ length: 50 }, (_, i): Track => ({
    id: i + 1,
    label: 'dot',
    points: times.map((timeSec) => ({
      timeSec,
      x: 960 + (300 + 12 * i) * Math.cos(12 * timeSec + i),
      y: 540 + (150 + 7 * i) * Math.sin(12 * timeSec + i),
    })),
  }));
  // As an answer tells them: each track grows step by step.
  for (const tracked of whole)
    for (let n = 96; n <= 384; n += 96)
      overlay.handle({ type: 'track', track: { ...tracked, points: tracked.points.slice(0, n) } });
  await paint();
  await paint();
  expect(overlay.tracks).toEqual(whole);
  expect(partOf(timeline, 'names').childElementCount).toBe(50);
  expect(video.clientWidth).toBe(1280);
  const costs: number[] = [];
  spent.ms = 0;
  let clicks = 0;
  overlay.addEventListener('molmo-click', ({ detail }) => (clicks += detail.mark ? 1 : 0));
  let sent = 0;
  const place = (mediaTime: number) => {
    const rect = video.getBoundingClientRect();
    const x = 960 + 300 * Math.cos(12 * mediaTime);
    const y = 540 + 150 * Math.sin(12 * mediaTime);
    return { clientX: rect.left + (x * rect.width) / 1920, clientY: rect.top + (y * rect.height) / 1080 };
  };
  const playheads: number[] = [];
  await new Promise<void>((resolve, reject) => {
    const watch = (_: number, frame: VideoFrameCallbackMetadata): void => {
      costs.push(spent.ms);
      spent.ms = 0;
      playheads.push(Math.abs(timeline.timeSec - frame.mediaTime));
      video.dispatchEvent(new PointerEvent('click', { bubbles: true, ...place(frame.mediaTime) }));
      sent++;
      if (costs.length === 40) return resolve();
      look.call(video, watch);
    };
    look.call(video, watch);
    video.play().catch(reject);
  });
  video.pause();
  stop();
  costs.sort((a, b) => a - b);
  const median = costs[costs.length >> 1] ?? Infinity;
  console.log(
    `overlay and time line: ${median.toFixed(2)} ms a frame (median of ${costs.length}), ` +
      `95 % under ${(costs[Math.floor(0.95 * costs.length)] ?? 0).toFixed(2)} ms`,
  );
  expect(median).toBeLessThan(4);
  expect(clicks).toBe(sent);
  expect(Math.max(...playheads)).toBe(0);
});
