// Draws a time line: all of it after changes, and with a frame of the video its playhead and figures alone.

import { type Face, placeHover, placeRange, placeScroll, sayTime, showMoment } from './face.ts';
import { FrameGrabber, type Picture } from './frame-grabber.ts';
import type { LaneList } from './lane-list.ts';
import { countLines, type Lane, lanesOf } from './lanes.ts';
import { type Frame, paintLanes, paintUpper, picturesPx, pictureTimes, upperPx } from './paint-timeline.ts';
import type { TimelineOverlay, TimeRange } from './timeline-events.ts';
import type { TimelineParts } from './timeline-parts.ts';
import { following, type View } from './view.ts';

/** The element, as far as it is drawn. */
export interface Drawn extends HTMLElement {
  readonly overlay: TimelineOverlay | null;
  readonly video: HTMLVideoElement | null;
  readonly samples: readonly number[];
  readonly range: TimeRange | null;
  readonly durationSec: number;
  readonly timeSec: number;
}

const whole: View = { fromSec: 0, untilSec: 1 };

export class TimelineDrawing {
  readonly #host: Drawn;
  readonly #parts: TimelineParts;
  readonly #names: LaneList;
  #grabber: FrameGrabber | null = null;
  #view: View = whole;
  #lanes: readonly Lane[] = [];
  #widthPx = 0;
  #hoverSec: number | null = null;
  #revealed: string | null = null;
  #scheduled = 0;
  /** The slider's words follow a playing video twice a second. */
  #spokenMs = 0;

  constructor(host: Drawn, parts: TimelineParts, names: LaneList) {
    this.#host = host;
    this.#parts = parts;
    this.#names = names;
  }

  /** The part of the time that is shown. */
  get view(): View {
    return this.#view;
  }

  get lanes(): readonly Lane[] {
    return this.#lanes;
  }

  /** Fingers need taller rows. */
  get rowPx(): number {
    return matchMedia('(pointer: coarse)').matches ? 44 : 26;
  }

  get widthPx(): number {
    return this.#widthPx;
  }

  /** Takes pictures of this video until `signal` aborts; all of another one is shown. */
  follow(video: HTMLVideoElement | null, isOther: boolean, signal: AbortSignal): void {
    if (isOther) this.#view = whole;
    this.#grabber = video && new FrameGrabber(video, picturesPx * 2, () => this.#pictureCame(), signal);
  }

  show(view: View): void {
    this.#view = view;
    this.schedule();
  }

  /** null when the pointer left. */
  hover(timeSec: number | null): void {
    this.#hoverSec = timeSec;
    if (timeSec !== null) this.#grabber?.want([timeSec, ...this.#pictureTimes()]);
    this.place();
  }

  schedule(): void {
    if (this.#scheduled !== 0 || !this.#host.isConnected) return;
    this.#scheduled = requestAnimationFrame(() => {
      this.#scheduled = 0;
      this.#paint();
    });
  }

  stop(): void {
    cancelAnimationFrame(this.#scheduled);
    this.#scheduled = 0;
  }

  /** A frame was shown. */
  frameShown(): void {
    const { timeSec, durationSec, video } = this.#host;
    const view = this.#view === whole ? whole : following(this.#view, timeSec, durationSec);
    if (view !== this.#view && video?.paused === false) this.show(view);
    showMoment(this.#parts, timeSec, this.#face);
    const now = performance.now();
    if (video?.paused !== false || now - this.#spokenMs > 500) this.#speak();
  }

  /** Puts playhead, part, and what hovers to their places. */
  place(): void {
    const { timeSec, durationSec, range } = this.#host;
    const parts = this.#parts;
    const face = this.#face;
    showMoment(parts, timeSec, face);
    placeRange(parts, range, face);
    placeScroll(parts, this.#view !== whole, face);
    const hoverSec = durationSec > 0 ? this.#hoverSec : null;
    const picture =
      hoverSec === null ? null : this.#grabber?.nearest(hoverSec, 0.5 * this.#pictureSlackSec());
    placeHover(parts, hoverSec, picture?.canvas ?? null, face);
  }

  get #face(): Face {
    return { view: this.#view, widthPx: this.#widthPx, durationSec: this.#host.durationSec };
  }

  get #pictureWidthPx(): number {
    const { videoWidth = 0, videoHeight = 0 } = this.#host.video ?? {};
    const width = videoHeight > 0 ? (picturesPx * videoWidth) / videoHeight : picturesPx * 1.78;
    return Math.min(160, Math.max(24, width)) + 1;
  }

  /** Half the time that a picture covers: a neighbour's would be wrong. */
  #pictureSlackSec(): number {
    return ((this.#view.untilSec - this.#view.fromSec) * this.#pictureWidthPx) / (2 * this.#widthPx) + 1e-3;
  }

  #pictureTimes(): readonly number[] {
    return this.#widthPx > 0 ? pictureTimes(this.#frame()) : [];
  }

  #frame(): Frame {
    const { color, fontFamily } = getComputedStyle(this.#host);
    const { samples } = this.#host;
    return {
      view: this.#view,
      widthPx: this.#widthPx,
      ink: color,
      font: fontFamily,
      samples,
      counts: countLines(this.#lanes, samples),
      pictureWidthPx: this.#pictureWidthPx,
    };
  }

  /** Everything but the playhead: after changes, not with every frame. */
  #paint(): void {
    const parts = this.#parts;
    const { overlay, durationSec: length } = this.#host;
    if (this.#view === whole || this.#view.untilSec > length || this.#view.untilSec <= this.#view.fromSec)
      if (length > 0) this.#view = { fromSec: 0, untilSec: length };
    const order = overlay?.layers?.map(({ id }) => id) ?? [];
    this.#lanes = lanesOf(overlay?.objects ?? [], overlay?.media?.timestamps ?? [], order);
    this.#names.show(this.#lanes);
    const { rowPx } = this;
    parts.box.style.setProperty('--row', `${rowPx}px`);
    this.#widthPx = parts.body.clientWidth;
    if (this.#widthPx > 0 && length > 0) {
      const frame = this.#frame();
      const selected = overlay?.selected ?? null;
      this.#draw(parts.rows, this.#lanes.length * rowPx, (ctx) =>
        paintLanes(ctx, this.#lanes, rowPx, selected, frame),
      );
      this.#reveal(selected);
      this.#paintUpper(frame);
      this.#grabber?.want(pictureTimes(frame));
    }
    this.place();
    this.#speak();
  }

  #paintUpper(frame: Frame): void {
    const slackSec = this.#pictureSlackSec();
    const pictureAt = (timeSec: number): Picture | null => this.#grabber?.nearest(timeSec, slackSec) ?? null;
    this.#draw(this.#parts.upper, upperPx, (ctx) => paintUpper(ctx, { ...frame, pictureAt }));
  }

  /** Only the row of pictures is new: while they come, lanes and names stay as they are. */
  #pictureCame(): void {
    if (this.#widthPx > 0 && this.#host.durationSec > 0) this.#paintUpper(this.#frame());
  }

  /** Brings the lane of an object that is newly selected in sight. */
  #reveal(selected: string | null): void {
    if (selected === this.#revealed) return;
    this.#revealed = selected;
    const { lanes } = this.#parts;
    const row = this.#lanes.findIndex((lane) => selected !== null && lane.keys.includes(selected));
    if (row < 0) return;
    const top = row * this.rowPx;
    lanes.scrollTop = Math.min(top, Math.max(lanes.scrollTop, top + this.rowPx - lanes.clientHeight));
  }

  #draw(canvas: HTMLCanvasElement, heightPx: number, paint: (ctx: CanvasRenderingContext2D) => void): void {
    const density = devicePixelRatio || 1;
    canvas.width = Math.round(this.#widthPx * density);
    canvas.height = Math.round(heightPx * density);
    canvas.style.height = `${heightPx}px`;
    const ctx = canvas.getContext('2d');
    if (!ctx || canvas.height === 0) return;
    ctx.scale(density, density);
    paint(ctx);
  }

  /** The slider's value in words. */
  #speak(): void {
    this.#spokenMs = performance.now();
    const { timeSec: now, video, durationSec } = this.#host;
    const current = video?.currentTime ?? 0;
    const there = this.#lanes.flatMap((lane) =>
      lane.marks.filter((m) => Math.min(Math.abs(m.timeSec - now), Math.abs(m.timeSec - current)) < 0.02),
    );
    sayTime(
      this.#parts,
      now,
      durationSec,
      there.map((m) => m.text),
    );
  }
}
