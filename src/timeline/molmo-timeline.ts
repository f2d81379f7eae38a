// <molmo-timeline>: the time line of a video, as an annotator knows it, beside a <molmo-overlay>.

import { FrameClock } from '../overlay/target/frame-clock.ts';
import { placeHover, placePlayhead, placeRange, placeScroll, sayTime } from './face.ts';
import { FrameGrabber, type Picture } from './frame-grabber.ts';
import { stepFrame } from './frame-step.ts';
import { followEnd, followScrubbing, followWheel, type Gestures } from './gestures.ts';
import { keyAction } from './keys.ts';
import { LaneList } from './lane-list.ts';
import { countsOf, type Lane, lanesOf, stopsOf } from './lanes.ts';
import { type Frame, paintLanes, paintUpper, picturesPx, pictureTimes, upperPx } from './paint-timeline.ts';
import type { TimelineEvents, TimelineOverlay, TimeRange } from './timeline-events.ts';
import { timelineParts, type TimelineParts } from './timeline-parts.ts';
import { adoptStyle } from './timeline-style.ts';
import { following, panned, shareOf, timeAt, type View, zoomed } from './view.ts';

export type {
  MolmoTimelineAttributes,
  TimelineEvents,
  TimelineOverlay,
  TimeRange,
} from './timeline-events.ts';

// A server that renders pages has no HTMLElement; there the module loads and nothing is defined.
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

/** A part shorter than this has no frame to ask about. */
const shortestRangeSec = 0.1;
const whole: View = { fromSec: 0, untilSec: 1 };

/**
 * The time line of a video: sampled frames, a ruler, how many objects there are when, and a lane for each object, which can be
 * hidden and renamed. It zooms, scrubs, steps by marks and frames, and chooses a part to ask about.
 *
 * Name the `<molmo-overlay>` whose objects it shows with the attribute `for` (an id) or the property `overlay`; the video is the
 * overlay's. Without an overlay, set `video`. It is there before the first question: set `samples` to the times that a
 * question would look at.
 *
 * Space plays, arrow keys step from mark to mark, comma and full stop by frames, plus and minus zoom, I and O set the ends of a
 * part and X drops it. docs/timeline.md has the events, the keys and what can be styled.
 */
export class MolmoTimeline extends Base {
  static readonly observedAttributes = ['for'];

  readonly #parts: TimelineParts | null = null;
  readonly #names: LaneList | null = null;
  #chosenOverlay: TimelineOverlay | null = null;
  #overlay: TimelineOverlay | null = null;
  #chosenVideo: HTMLVideoElement | null = null;
  #video: HTMLVideoElement | null = null;
  #connection: AbortController | null = null;
  #watching: AbortController | null = null;
  #clock: FrameClock | null = null;
  #grabber: FrameGrabber | null = null;
  #samples: readonly number[] | null = null;
  #range: TimeRange | null = null;
  #view: View = whole;
  #lanes: readonly Lane[] = [];
  #widthPx = 0;
  #hoverSec: number | null = null;
  #revealed: string | null = null;
  #scheduled = 0;
  /** The slider's words follow a playing video twice a second. */
  #spokenMs = 0;

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    this.#names = new LaneList({
      setVisible: (lane, visible) => this.#overlay?.setVisible(lane.keys, visible),
      rename: (lane, label) => this.#rename(lane, label),
      hover: (lane) => this.#overlay?.highlight(lane?.keys.length === 1 ? (lane.keys[0] ?? null) : null),
    });
    const parts = timelineParts(this.#names);
    this.#parts = parts;
    root.append(parts.box);
    const gestures = this.#gestures(parts);
    followScrubbing(parts.main, gestures);
    followWheel(parts.main, gestures);
    followWheel(parts.rows, gestures);
    followEnd(parts.from, 'from', gestures);
    followEnd(parts.until, 'until', gestures);
    parts.rows.addEventListener('click', (event) => this.#pickMark(event));
    parts.zoomIn.addEventListener('click', () => this.zoom(2));
    parts.zoomOut.addEventListener('click', () => this.zoom(0.5));
    parts.choose.addEventListener('click', () => this.#toggleRange());
    parts.scroll.addEventListener('input', () =>
      this.#show(panned(this.#view, Number(parts.scroll.value) - this.#view.fromSec, this.durationSec)),
    );
    root.addEventListener('keydown', (event) => {
      if (event instanceof KeyboardEvent) this.handleKey(event);
    });
  }

  /** @internal */
  connectedCallback(): void {
    adoptStyle(this);
    this.#connection = new AbortController();
    const { signal } = this.#connection;
    const sizes = new ResizeObserver(() => this.#schedule());
    sizes.observe(this);
    signal.addEventListener('abort', () => sizes.disconnect(), { once: true });
    // Canvases do not follow the colours of the text by themselves.
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#schedule(), { signal });
    this.#find();
  }

  /** @internal */
  disconnectedCallback(): void {
    this.#connection?.abort();
    this.#watching?.abort();
    this.#overlay = null;
    this.#video = null;
    cancelAnimationFrame(this.#scheduled);
    this.#scheduled = 0;
  }

  /** @internal */
  attributeChangedCallback(): void {
    this.#find();
  }

  /** The overlay whose objects are shown; set it where the attribute `for` cannot name it. */
  get overlay(): TimelineOverlay | null {
    return this.#overlay;
  }

  set overlay(overlay: TimelineOverlay | null) {
    this.#chosenOverlay = overlay;
    this.#find();
  }

  /** The video, the overlay's where none is set. */
  get video(): HTMLVideoElement | null {
    return this.#video;
  }

  set video(video: HTMLVideoElement | null) {
    this.#chosenVideo = video;
    this.#find();
  }

  /** Moments that a question looks at, in seconds: set before it is asked, by default those of the overlay's media. */
  get samples(): readonly number[] {
    return this.#samples ?? this.#overlay?.media?.timestamps ?? [];
  }

  set samples(samples: readonly number[] | null) {
    this.#samples = samples;
    this.#schedule();
  }

  /** The part to ask about; null for the whole video. Setting it sends no event. */
  get range(): TimeRange | null {
    return this.#range;
  }

  set range(range: TimeRange | null) {
    this.#range = range && { startSec: range.startSec, endSec: range.endSec };
    this.#place();
  }

  /** Length of the video; recordings of a browser do not know theirs, then it is what the engine measured. 0 before both. */
  get durationSec(): number {
    const known = this.#video?.duration ?? 0;
    return Number.isFinite(known) && known > 0 ? known : (this.#overlay?.media?.durationSec ?? 0);
  }

  /** When the shown frame begins. */
  get timeSec(): number {
    return this.#clock?.shown.timeSec ?? this.#video?.currentTime ?? 0;
  }

  /** Pauses and goes to a moment of the video. */
  seek(timeSec: number): void {
    const video = this.#video;
    if (!video) return;
    video.pause();
    video.currentTime = Math.min(this.durationSec, Math.max(0, timeSec));
  }

  /** Shows the frame after this one, or the one before. */
  async stepFrame(direction: 1 | -1): Promise<void> {
    if (this.#video) await stepFrame(this.#video, this.timeSec, direction);
  }

  /** Shows `factor` times less of the time, around the shown frame; 0 shows all of it. */
  zoom(factor: number): void {
    if (factor <= 0) return this.#show({ fromSec: 0, untilSec: this.durationSec });
    const share = shareOf(this.timeSec, this.#view);
    this.#show(zoomed(this.#view, factor, share >= 0 && share <= 1 ? share : 0.5, this.durationSec));
  }

  #find(): void {
    if (!this.isConnected) return;
    const id = this.getAttribute('for');
    const root = this.getRootNode();
    const named =
      id !== null && (root instanceof Document || root instanceof ShadowRoot)
        ? root.getElementById(id)
        : null;
    this.#overlay = this.#chosenOverlay ?? (named && 'objects' in named ? (named as TimelineOverlay) : null);
    const target = this.#chosenVideo ?? this.#overlay?.target;
    this.#watch(target instanceof HTMLVideoElement ? target : null);
  }

  #watch(video: HTMLVideoElement | null): void {
    const overlay = this.#overlay;
    this.#watching?.abort();
    this.#watching = new AbortController();
    const { signal } = this.#watching;
    const isOther = video !== this.#video;
    this.#video = video;
    this.#clock = null;
    if (isOther) {
      this.#view = whole;
      this.#range = null;
      this.#samples = null;
    }
    overlay?.addEventListener(
      'molmo-change',
      () => {
        // An overlay may find its picture later than the time line finds the overlay.
        if (
          !this.#chosenVideo &&
          overlay.target !== this.#video &&
          overlay.target instanceof HTMLVideoElement
        )
          this.#find();
        else this.#schedule();
      },
      { signal },
    );
    this.#grabber = null;
    if (video) {
      this.#clock = new FrameClock(video, () => this.#follow(), signal);
      const heightPx = Math.round(picturesPx * 2);
      this.#grabber = new FrameGrabber(video, heightPx, () => this.#pictureCame(), signal);
      for (const type of ['loadedmetadata', 'durationchange', 'resize'])
        video.addEventListener(type, () => this.#schedule(), { signal });
    }
    this.#schedule();
  }

  #tell<K extends keyof TimelineEvents>(type: K, detail: TimelineEvents[K]['detail']): boolean {
    const cancelable = type === 'molmo-rename';
    return this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true, cancelable }));
  }

  #rename(lane: Lane, label: string): void {
    if (label === lane.label || !this.#tell('molmo-rename', { keys: lane.keys, label }))
      return this.#schedule();
    this.#overlay?.apply({ action: 'rename', keys: lane.keys, label });
  }

  #setRange(range: TimeRange | null): void {
    this.range = range;
    this.#tell('molmo-range', this.#range);
  }

  /** A part in order and inside the video, at least a frame long. */
  #setSpan(a: number, b: number): void {
    const length = this.durationSec;
    const startSec = Math.min(Math.max(0, Math.min(a, b)), Math.max(0, length - shortestRangeSec));
    const endSec = Math.max(startSec + shortestRangeSec, Math.min(length, Math.max(a, b)));
    this.#setRange({ startSec, endSec });
  }

  /** Drops the part, or chooses what is shown larger, or else a quarter from here on. */
  #toggleRange(): void {
    const length = this.durationSec;
    if (this.#range) return this.#setRange(null);
    const { fromSec, untilSec } = this.#view;
    if (untilSec - fromSec < 0.99 * length) return this.#setSpan(fromSec, untilSec);
    const from = Math.min(this.timeSec, 0.75 * length);
    this.#setSpan(from, from + length / 4);
  }

  #gestures({ body }: TimelineParts): Gestures {
    return {
      timeAt: (clientX) => {
        const { left, width } = body.getBoundingClientRect();
        return Math.min(this.durationSec, Math.max(0, timeAt((clientX - left) / width, this.#view)));
      },
      seek: (timeSec) => this.seek(timeSec),
      span: (from, until) => this.#setSpan(from, until),
      moveEnd: (end, timeSec) => {
        const range = this.#range ?? { startSec: 0, endSec: this.durationSec };
        if (end === 'from') this.#setSpan(Math.min(timeSec, range.endSec - shortestRangeSec), range.endSec);
        else this.#setSpan(range.startSec, Math.max(timeSec, range.startSec + shortestRangeSec));
      },
      zoom: (factor, share) => this.#show(zoomed(this.#view, factor, share, this.durationSec)),
      pan: (share) =>
        this.#show(panned(this.#view, share * (this.#view.untilSec - this.#view.fromSec), this.durationSec)),
      hover: (timeSec) => this.#hover(timeSec),
    };
  }

  /** Takes a key that was pressed elsewhere, say in a player around it. Whether it means something here. */
  handleKey(event: KeyboardEvent): boolean {
    const isMine = !event.defaultPrevented && this.#press(event, event.composedPath()[0]);
    if (isMine) event.preventDefault();
    return isMine;
  }

  #press({ key, altKey, ctrlKey, metaKey }: KeyboardEvent, target: EventTarget | undefined): boolean {
    const video = this.#video;
    if (!video || altKey || ctrlKey || metaKey || target instanceof HTMLInputElement) return false;
    if (target instanceof HTMLButtonElement && (key === ' ' || key === 'Enter')) return false;
    const marks = stopsOf(this.#lanes);
    const range = this.#range ?? { startSec: 0, endSec: this.durationSec };
    const action = keyAction(key, {
      video,
      durationSec: this.durationSec,
      stops: marks.length > 0 ? marks : this.samples,
      seek: (timeSec) => this.seek(timeSec),
      stepFrame: (direction) => this.stepFrame(direction),
      zoom: (factor) => this.zoom(factor),
      startHere: (now) => this.#setSpan(now, Math.max(range.endSec, now + shortestRangeSec)),
      endHere: (now) => this.#setSpan(Math.min(range.startSec, now - shortestRangeSec), now),
      dropRange: () => this.#setRange(null),
    });
    action?.();
    return action !== undefined;
  }

  /** Goes to the mark of a lane that is clicked, and selects its object; elsewhere to the moment. */
  #pickMark({ clientX, offsetY }: MouseEvent): void {
    const parts = this.#parts;
    const lane = this.#lanes[Math.floor(offsetY / this.#rowPx)];
    if (!parts || !lane) return;
    const { left } = parts.body.getBoundingClientRect();
    const gap = (timeSec: number): number =>
      Math.abs(shareOf(timeSec, this.#view) * this.#widthPx - (clientX - left));
    const mark = lane.marks.toSorted((a, b) => gap(a.timeSec) - gap(b.timeSec))[0];
    const isHit = mark !== undefined && gap(mark.timeSec) < 10;
    this.seek(isHit ? mark.timeSec : timeAt((clientX - left) / this.#widthPx, this.#view));
    if (this.#overlay && mark) this.#overlay.selected = isHit || lane.isTrack ? mark.key : null;
  }

  #hover(timeSec: number | null): void {
    this.#hoverSec = timeSec;
    if (timeSec !== null) this.#grabber?.want([timeSec, ...this.#pictureTimes()]);
    this.#place();
  }

  #show(view: View): void {
    this.#view = view;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled !== 0 || !this.isConnected) return;
    this.#scheduled = requestAnimationFrame(() => {
      this.#scheduled = 0;
      this.#paint();
    });
  }

  /** Fingers need taller rows. */
  get #rowPx(): number {
    return matchMedia('(pointer: coarse)').matches ? 44 : 26;
  }

  get #pictureWidthPx(): number {
    const { videoWidth = 0, videoHeight = 0 } = this.#video ?? {};
    const width = videoHeight > 0 ? (picturesPx * videoWidth) / videoHeight : picturesPx * 1.78;
    return Math.min(160, Math.max(24, width)) + 1;
  }

  #pictureTimes(): readonly number[] {
    return this.#widthPx > 0 ? pictureTimes(this.#frame()) : [];
  }

  #frame(): Frame {
    const { color, fontFamily } = getComputedStyle(this);
    return {
      view: this.#view,
      widthPx: this.#widthPx,
      ink: color,
      font: fontFamily,
      samples: this.samples,
      counts: countsOf(this.#lanes, this.samples),
      pictureWidthPx: this.#pictureWidthPx,
    };
  }

  /** Everything but the playhead: after changes, not with every frame. */
  #paint(): void {
    const parts = this.#parts;
    if (!parts) return;
    const length = this.durationSec;
    if (this.#view === whole || this.#view.untilSec > length || this.#view.untilSec <= this.#view.fromSec)
      if (length > 0) this.#view = { fromSec: 0, untilSec: length };
    this.#lanes = lanesOf(this.#overlay?.objects ?? [], this.#overlay?.media?.timestamps ?? []);
    this.#names?.show(this.#lanes);
    parts.box.style.setProperty('--row', `${this.#rowPx}px`);
    this.#widthPx = parts.body.clientWidth;
    if (this.#widthPx > 0 && length > 0) {
      const frame = this.#frame();
      const rowPx = this.#rowPx;
      const selected = this.#overlay?.selected ?? null;
      this.#draw(parts.rows, this.#lanes.length * rowPx, (ctx) =>
        paintLanes(ctx, this.#lanes, rowPx, selected, frame),
      );
      this.#reveal(parts, selected);
      this.#paintUpper(parts, frame);
      this.#grabber?.want(pictureTimes(frame));
    }
    this.#place();
    this.#speak();
  }

  #paintUpper(parts: TimelineParts, frame: Frame): void {
    const slackSec = this.#pictureSlackSec();
    const pictureAt = (timeSec: number): Picture | null => this.#grabber?.nearest(timeSec, slackSec) ?? null;
    this.#draw(parts.upper, upperPx, (ctx) => paintUpper(ctx, { ...frame, pictureAt }));
  }

  /** Only the row of pictures is new: while they come, lanes and names stay as they are. */
  #pictureCame(): void {
    if (this.#parts && this.#widthPx > 0 && this.durationSec > 0)
      this.#paintUpper(this.#parts, this.#frame());
  }

  /** Brings the lane of an object that is newly selected in sight. */
  #reveal({ lanes }: TimelineParts, selected: string | null): void {
    if (selected === this.#revealed) return;
    this.#revealed = selected;
    const row = this.#lanes.findIndex((lane) => selected !== null && lane.keys.includes(selected));
    if (row < 0) return;
    const top = row * this.#rowPx;
    lanes.scrollTop = Math.min(top, Math.max(lanes.scrollTop, top + this.#rowPx - lanes.clientHeight));
  }

  /** Half the time that a picture covers: a neighbour's would be wrong. */
  #pictureSlackSec(): number {
    return ((this.#view.untilSec - this.#view.fromSec) * this.#pictureWidthPx) / (2 * this.#widthPx) + 1e-3;
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

  /** A frame was shown. */
  #follow(): void {
    const view = this.#view === whole ? whole : following(this.#view, this.timeSec, this.durationSec);
    if (view !== this.#view && this.#video?.paused === false) this.#show(view);
    const face = { view: this.#view, widthPx: this.#widthPx, durationSec: this.durationSec };
    if (this.#parts) placePlayhead(this.#parts, this.timeSec, face);
    const now = performance.now();
    if (this.#video?.paused !== false || now - this.#spokenMs > 500) this.#speak();
  }

  /** Puts playhead, part, and what hovers to their places. */
  #place(): void {
    const parts = this.#parts;
    if (!parts) return;
    const face = { view: this.#view, widthPx: this.#widthPx, durationSec: this.durationSec };
    placePlayhead(parts, this.timeSec, face);
    placeRange(parts, this.#range, face);
    placeScroll(parts, this.#view !== whole, face);
    const hoverSec = this.durationSec > 0 ? this.#hoverSec : null;
    const picture =
      hoverSec === null ? null : this.#grabber?.nearest(hoverSec, 0.5 * this.#pictureSlackSec());
    placeHover(parts, hoverSec, picture?.canvas ?? null, face);
  }

  /** Time in figures, and the slider's value in words. */
  #speak(): void {
    this.#spokenMs = performance.now();
    const now = this.timeSec;
    const current = this.#video?.currentTime ?? 0;
    const there = this.#lanes.flatMap((lane) =>
      lane.marks.filter((m) => Math.min(Math.abs(m.timeSec - now), Math.abs(m.timeSec - current)) < 0.02),
    );
    if (this.#parts)
      sayTime(
        this.#parts,
        now,
        this.durationSec,
        there.map((m) => m.text),
      );
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'molmo-timeline': MolmoTimeline;
  }
}

if (typeof customElements !== 'undefined' && !customElements.get('molmo-timeline'))
  customElements.define('molmo-timeline', MolmoTimeline);
