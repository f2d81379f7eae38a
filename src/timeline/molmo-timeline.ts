// <molmo-timeline>: the time line of a video, as an annotator knows it, beside a <molmo-overlay>.

import { FrameClock } from '../overlay/target/frame-clock.ts';
import { TimelineDrawing } from './drawing.ts';
import { stepFrame } from './frame-step.ts';
import { followEnd, followScrubbing, followWheel } from './gestures.ts';
import { handsOn, type TimelineHands } from './hands.ts';
import { LaneList } from './lane-list.ts';
import type { Lane } from './lanes.ts';
import type { TimelineEvents, TimelineOverlay, TimeRange } from './timeline-events.ts';
import { timelineParts } from './timeline-parts.ts';
import { adoptStyle } from './timeline-style.ts';
import { panned, shareOf, zoomed } from './view.ts';

export type {
  MolmoTimelineAttributes,
  TimelineEvents,
  TimelineOverlay,
  TimeRange,
} from './timeline-events.ts';

// A server that renders pages has no HTMLElement; there the module loads and nothing is defined.
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

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

  readonly #drawing: TimelineDrawing;
  readonly #hands: TimelineHands;
  #chosenOverlay: TimelineOverlay | null = null;
  #overlay: TimelineOverlay | null = null;
  #chosenVideo: HTMLVideoElement | null = null;
  #video: HTMLVideoElement | null = null;
  #connection: AbortController | null = null;
  #watching: AbortController | null = null;
  #clock: FrameClock | null = null;
  #samples: readonly number[] | null = null;
  #range: TimeRange | null = null;

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    const names = new LaneList({
      setVisible: (lane, visible) => this.#overlay?.setVisible(lane.keys, visible),
      rename: (lane, label) => this.#rename(lane, label),
      hover: (lane) => this.#overlay?.highlight(lane?.keys.length === 1 ? (lane.keys[0] ?? null) : null),
    });
    const parts = timelineParts(names);
    const drawing = new TimelineDrawing(this, parts, names);
    const hands = handsOn(this, drawing, parts, (range) => this.#setRange(range));
    this.#drawing = drawing;
    this.#hands = hands;
    root.append(parts.box);
    const { gestures } = hands;
    followScrubbing(parts.main, gestures);
    followWheel(parts.main, gestures);
    followWheel(parts.rows, gestures);
    followEnd(parts.from, 'from', gestures);
    followEnd(parts.until, 'until', gestures);
    parts.rows.addEventListener('click', (event) => hands.pickMark(event));
    parts.zoomIn.addEventListener('click', () => this.zoom(2));
    parts.zoomOut.addEventListener('click', () => this.zoom(0.5));
    parts.choose.addEventListener('click', () => hands.toggleRange());
    parts.scroll.addEventListener('input', () => {
      const { view } = drawing;
      drawing.show(panned(view, Number(parts.scroll.value) - view.fromSec, this.durationSec));
    });
    root.addEventListener('keydown', (event) => {
      if (event instanceof KeyboardEvent) this.handleKey(event);
    });
  }

  /** @internal */
  connectedCallback(): void {
    adoptStyle(this);
    this.#connection = new AbortController();
    const { signal } = this.#connection;
    const sizes = new ResizeObserver(() => this.#drawing.schedule());
    sizes.observe(this);
    signal.addEventListener('abort', () => sizes.disconnect(), { once: true });
    // Canvases do not follow the colours of the text by themselves.
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#drawing.schedule(), {
      signal,
    });
    this.#find();
  }

  /** @internal */
  disconnectedCallback(): void {
    this.#connection?.abort();
    this.#watching?.abort();
    this.#overlay = null;
    this.#video = null;
    this.#drawing.stop();
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
    this.#drawing.schedule();
  }

  /** The part to ask about; null for the whole video. Setting it sends no event. */
  get range(): TimeRange | null {
    return this.#range;
  }

  set range(range: TimeRange | null) {
    this.#range = range && { startSec: range.startSec, endSec: range.endSec };
    this.#drawing.place();
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
    const { view } = this.#drawing;
    if (factor <= 0) return this.#drawing.show({ fromSec: 0, untilSec: this.durationSec });
    const share = shareOf(this.timeSec, view);
    this.#drawing.show(zoomed(view, factor, share >= 0 && share <= 1 ? share : 0.5, this.durationSec));
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
        else this.#drawing.schedule();
      },
      { signal },
    );
    this.#drawing.follow(video, isOther, signal);
    if (video) {
      this.#clock = new FrameClock(video, () => this.#drawing.frameShown(), signal);
      for (const type of ['loadedmetadata', 'durationchange', 'resize'])
        video.addEventListener(type, () => this.#drawing.schedule(), { signal });
    }
    this.#drawing.schedule();
  }

  #tell<K extends keyof TimelineEvents>(type: K, detail: TimelineEvents[K]['detail']): boolean {
    const cancelable = type === 'molmo-rename';
    return this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true, cancelable }));
  }

  #rename(lane: Lane, label: string): void {
    if (label === lane.label || !this.#tell('molmo-rename', { keys: lane.keys, label }))
      return this.#drawing.schedule();
    this.#overlay?.apply({ action: 'rename', keys: lane.keys, label });
  }

  #setRange(range: TimeRange | null): void {
    this.range = range;
    this.#tell('molmo-range', this.#range);
  }

  /** Takes a key that was pressed elsewhere, say in a player around it. Whether it means something here. */
  handleKey(event: KeyboardEvent): boolean {
    const isMine = !event.defaultPrevented && this.#hands.press(event, event.composedPath()[0]);
    if (isMine) event.preventDefault();
    return isMine;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'molmo-timeline': MolmoTimeline;
  }
}

if (typeof customElements !== 'undefined' && !customElements.get('molmo-timeline'))
  customElements.define('molmo-timeline', MolmoTimeline);
