// <molmo-overlay>: draws an answer's points and tracks over a picture or a playing video.

import type { Answer, AskEvent, MediaInfo, Point, Track } from '../api.ts';
import { type Marks, noMarks, withAnswer, withEvent } from './answer-marks.ts';
import { description } from './description.ts';
import { type Edit, withEdit } from './edits.ts';
import { type Rect, type Size, toElement } from './fit.ts';
import { FrameClock } from './frame-clock.ts';
import { handsOn, type Surface } from './hands.ts';
import { Layers } from './layers.ts';
import { MarkList } from './mark-list.ts';
import type { Shown } from './moments.ts';
import { type MarkedObject, type MarkRef, objectsOf } from './objects.ts';
import type { OverlayEvents } from './overlay-events.ts';
import { adoptStyle, type Look, lookOf, plainLook } from './overlay-style.ts';
import { type Context, paintScene, type PaintStyle, type Place } from './paint.ts';
import { colorOf } from './palette.ts';
import { followPointer } from './pointing.ts';
import { type LabelMode, type PathMode, scene, type Scene } from './scene.ts';
import { isTarget, ownSize, type Target, targetBox, type TargetBox } from './target-box.ts';
import { watchTarget } from './watch-target.ts';

export type { Marks } from './answer-marks.ts';
export type { Edit } from './edits.ts';
export type { Size } from './fit.ts';
export type { MarkedObject, MarkRef } from './objects.ts';
export type {
  ClickDetail,
  EditDetail,
  MolmoEvent,
  MolmoOverlayAttributes,
  OverlayEvents,
} from './overlay-events.ts';
export type { Context } from './paint.ts';

const labelModes = ['auto', 'text', 'number', 'none'] as const satisfies LabelMode[];
const pathModes = ['all', 'passed', 'none'] as const satisfies PathMode[];

// A server that renders pages has no HTMLElement; there the module loads and nothing is defined.
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

/**
 * Draws points and tracks over an `<img>`, `<canvas>` or `<video>`.
 *
 * Put the picture inside (`<molmo-overlay><video ...></video></molmo-overlay>`), or name one elsewhere with the
 * attribute `for` (an id) or the property `target`; the overlay then floats over it and needs a positioned ancestor
 * in common. Dots keep their place under every `object-fit`, on resize, at any pixel density and under CSS transforms
 * of the page around it. Over a video they follow the frames that are shown: a point is visible from its time to the
 * next sampled time, a track from its first to its last time. A dot has a whole ring on frames that the model saw, and a
 * broken one where its place lies between two of them.
 *
 * ```ts
 * overlay.clear();
 * for await (const event of molmo.ask({ video, prompt: 'Track the dog.' })) overlay.handle(event);
 * ```
 *
 * | attribute  | meaning                                                                            |
 * | ---------- | ---------------------------------------------------------------------------------- |
 * | `dot-size` | diameter of a dot in CSS pixels; default 16                                        |
 * | `labels`   | `auto` (default: names while few dots are visible), `text`, `number` or `none`     |
 * | `paths`    | ways of tracks: `all` (default), `passed` (what lies behind) or `none`             |
 * | `image`    | 1-based number of the picture that is shown, for questions about several; default 1 |
 * | `hold`     | seconds that a dot stays after its last time; default 0.25                         |
 * | `for`      | id of the picture's element, where it is not a child                               |
 * | `editable` | marks can be dragged, added and deleted, by pointer and keyboard                   |
 *
 * Names that would hide another mark are left out until their dot is pointed at, focused or selected. docs/overlay.md
 * has the events, the keys and what can be styled.
 */
export class MolmoOverlay extends Base {
  /** Attributes whose change is drawn at once. */
  static readonly observedAttributes = ['dot-size', 'labels', 'paths', 'image', 'hold', 'for', 'editable'];

  readonly #layers: Layers | null = null;
  readonly #text: HTMLParagraphElement | null = null;
  readonly #list: MarkList | null = null;
  #marks: Marks = noMarks;
  /** The marks while one of them is dragged. */
  #dragged: Marks | null = null;
  #hidden: ReadonlySet<string> = new Set();
  #selected: string | null = null;
  #pointedAt: string | null = null;
  #chosenTarget: Target | null = null;
  #target: Target | null = null;
  #clock: FrameClock | null = null;
  #following: AbortController | null = null;
  #layout: TargetBox | null = null;
  /** Nothing has moved since then. */
  #isMeasured = false;
  #look: Look = plainLook;
  /** What was drawn last. */
  #drawn: Pick<Surface, 'dots' | 'names'> = { dots: [], names: [] };
  /** Stands for everything that a drawing depends on but for the moment. */
  #revision = {};
  #scheduled = 0;
  #isChanged = false;
  readonly #hands = handsOn(this, {
    surface: () => this.#surface(),
    preview: (edit) => this.#preview(edit),
    hover: (mark) => this.#hover(mark),
    click: (detail) => this.#tell('molmo-click', detail),
  });

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    const slot = document.createElement('slot');
    this.#layers = new Layers();
    this.#text = document.createElement('p');
    this.#text.setAttribute('part', 'description');
    this.#list = new MarkList(this.#hands);
    root.append(slot, ...this.#layers.canvases, this.#text, this.#list.element);
    slot.addEventListener('slotchange', () => this.#follow());
  }

  /** @internal */
  connectedCallback(): void {
    adoptStyle(this);
    this.#follow();
  }

  /** @internal */
  disconnectedCallback(): void {
    this.#following?.abort();
    this.#following = null;
    this.#target = null;
    cancelAnimationFrame(this.#scheduled);
    this.#scheduled = 0;
  }

  /** @internal */
  attributeChangedCallback(name: string): void {
    if (name === 'for') this.#follow();
    else this.#changed();
  }

  /** The element that is drawn over; set it to follow one that is not a child, null to go back to the child. */
  get target(): HTMLImageElement | HTMLCanvasElement | HTMLVideoElement | null {
    return this.#target;
  }

  set target(target: HTMLImageElement | HTMLCanvasElement | HTMLVideoElement | null) {
    this.#chosenTarget = target;
    this.#follow();
  }

  /** Size of the original pictures and sampled times, from the event `media`; null: the element's own size counts. */
  get media(): MediaInfo | null {
    return this.#marks.media;
  }

  set media(media: MediaInfo | null) {
    this.#setMarks({ ...this.#marks, media });
  }

  /** Shows a finished answer in place of what was drawn. */
  set answer(answer: Pick<Answer, 'points' | 'tracks'>) {
    this.#setMarks(withAnswer(this.#marks, answer));
  }

  /** The points that are drawn, in pixels of the original picture. */
  get points(): readonly Point[] {
    return this.#marks.points;
  }

  /** The tracks that are drawn, in pixels of the original video. */
  get tracks(): readonly Track[] {
    return this.#marks.tracks;
  }

  /** Every point and track, with its colour, its visibility and the key that names it here. */
  get objects(): readonly MarkedObject[] {
    return objectsOf(this.#marks, this.#hidden, (id) => this.colorOf(id));
  }

  /** 1-based number of the picture that is shown. */
  get image(): number {
    return Math.max(1, Math.round(this.#number('image', 1)));
  }

  set image(image: number) {
    this.setAttribute('image', String(image));
  }

  /** Whether marks can be changed by hand; see the event `molmo-edit`. Default false. */
  get editable(): boolean {
    return this.hasAttribute('editable');
  }

  set editable(editable: boolean) {
    this.toggleAttribute('editable', editable);
  }

  /** Key of the selected object, which is drawn larger and whose ways stand out; null for none. */
  get selected(): string | null {
    return this.#selected;
  }

  set selected(key: string | null) {
    if (key === this.#selected) return;
    this.#selected = key;
    this.#changed();
    this.#tell('molmo-select', key);
  }

  /** Shows or hides objects by their keys. Objects of the next answer are visible again. */
  setVisible(keys: string | Iterable<string>, visible: boolean): void {
    const hidden = new Set(this.#hidden);
    for (const key of typeof keys === 'string' ? [keys] : keys) {
      if (visible) hidden.delete(key);
      else hidden.add(key);
    }
    this.#hidden = hidden;
    this.#changed();
  }

  /** Makes one object stand out, as the pointer over it does; null for none. For lists and time lines beside the picture. */
  highlight(key: string | null): void {
    if (key === this.#pointedAt) return;
    this.#pointedAt = key;
    this.#schedule();
  }

  /** The CSS colour in which an object is drawn, for lists and legends beside the picture. */
  colorOf(id: number | null): string {
    return colorOf(id, this.#look.colors);
  }

  /** Draws one more point or track, or takes any event of an answer. */
  add(item: AskEvent | Point | Track): void {
    if ('type' in item) this.handle(item);
    else if ('points' in item) this.handle({ type: 'track', track: item });
    else this.handle({ type: 'point', point: item });
  }

  /** Takes every event of an answer; `done` replaces the early points by the final, labelled ones. */
  handle(event: AskEvent): void {
    this.#setMarks(withEvent(this.#marks, event));
  }

  /** Changes a mark as by hand: the event `molmo-edit` comes first. Whether something changed. */
  apply(edit: Edit): boolean {
    const before = this.#marks;
    const after = withEdit(before, edit);
    this.#dragged = null;
    const taken = after !== before && this.#tell('molmo-edit', { edit, before, after });
    if (taken) this.#setMarks(after);
    this.#redraw();
    return taken;
  }

  /** Removes points and tracks; the media stays known for the next question about it. */
  clear(): void {
    this.#hidden = new Set();
    this.selected = null;
    this.#setMarks({ ...noMarks, media: this.#marks.media });
  }

  /**
   * The picture with the dots as they are now, as a PNG in the picture's own pixels. Rejects with a `SecurityError`
   * where the picture comes from another site without its permission, and with an `InvalidStateError` before it is
   * loaded.
   */
  async snapshot(): Promise<Blob> {
    const target = this.#target;
    const size = target ? ownSize(target) : { width: 0, height: 0 };
    if (!target || size.width === 0 || size.height === 0)
      throw new DOMException(
        'There is no loaded picture to export yet. Wait for it to load.',
        'InvalidStateError',
      );
    const canvas = document.createElement('canvas');
    canvas.width = size.width;
    canvas.height = size.height;
    const ctx = canvas.getContext('2d');
    if (!ctx) throw new DOMException('The browser gave no 2D canvas.', 'InvalidStateError');
    ctx.drawImage(target, 0, 0);
    this.paint(ctx, size);
    return new Promise((resolve, reject) => {
      canvas.toBlob((blob) => {
        if (blob) resolve(blob);
        else reject(new DOMException('The browser could not encode the picture.', 'EncodingError'));
      }, 'image/png');
    });
  }

  /**
   * Draws the marks as they look here onto a canvas of yours, on which the whole picture covers `size` from the corner:
   * for exported pictures and clips. `timeSec` is the moment of the video, default what is shown.
   */
  paint(ctx: Context, size: Size, timeSec?: number): void {
    const scale = size.width / (this.#layout?.picture.width || size.width);
    const now = timeSec === undefined ? this.#shown : { timeSec, untilSec: timeSec };
    paintScene(ctx, this.#scene(now), this.#placer({ x: 0, y: 0, ...size }), this.#style(size, scale));
  }

  #tell<K extends keyof OverlayEvents>(type: K, detail: OverlayEvents[K]['detail']): boolean {
    const cancelable = type === 'molmo-edit' || type === 'molmo-click';
    return this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true, cancelable }));
  }

  #surface(): Surface | null {
    const picture = this.#layout?.picture;
    if (!picture) return null;
    const timeSec = this.#shown?.timeSec ?? null;
    const dotSize = this.#number('dot-size', 16);
    return { ...this.#drawn, picture, original: this.#original(picture), dotSize, timeSec };
  }

  #preview(edit: Edit | null): void {
    this.#dragged = edit && withEdit(this.#marks, edit);
    this.#redraw();
  }

  #hover(mark: MarkRef | null): void {
    const key = mark?.key ?? null;
    if (key === this.#pointedAt) return;
    this.toggleAttribute('over-mark', key !== null);
    this.highlight(key);
    this.#tell('molmo-hover', mark && { kind: mark.kind, index: mark.index, key: mark.key });
  }

  #setMarks(marks: Marks): void {
    if (marks === this.#marks) return;
    this.#marks = marks;
    this.#changed();
  }

  /** Words and listeners follow with the next paint: an answer may send thousands of events. */
  #changed(): void {
    this.#isChanged = true;
    this.#redraw();
  }

  #redraw(): void {
    this.#revision = {};
    this.#schedule();
  }

  #findTarget(): Target | null {
    if (this.#chosenTarget) return this.#chosenTarget;
    const id = this.getAttribute('for');
    if (id !== null) {
      const root = this.getRootNode();
      const named = root instanceof Document || root instanceof ShadowRoot ? root.getElementById(id) : null;
      return isTarget(named) ? named : null;
    }
    const child = this.querySelector('img, video, canvas');
    return isTarget(child) ? child : null;
  }

  /** Starts to follow the current target, and lets go of the one before. */
  #follow(): void {
    if (!this.isConnected) return;
    const target = this.#findTarget();
    this.toggleAttribute('floating', target !== null && !this.contains(target));
    if (target === this.#target && this.#following) return this.#relayout();
    this.#following?.abort();
    this.#following = new AbortController();
    this.#target = target;
    this.#layout = null;
    this.#clock = null;
    const { signal } = this.#following;
    if (target) {
      watchTarget(this, target, () => this.#relayout(), signal);
      followPointer(target, this.#hands, signal);
    }
    if (target instanceof HTMLVideoElement) this.#clock = new FrameClock(target, () => this.#draw(), signal);
    this.#relayout();
  }

  #relayout(): void {
    this.#isMeasured = false;
    this.#redraw();
  }

  #schedule(): void {
    if (this.#scheduled !== 0 || !this.isConnected) return;
    this.#scheduled = requestAnimationFrame(() => {
      this.#scheduled = 0;
      if (this.#isChanged) this.#describe();
      this.#draw();
    });
  }

  #describe(): void {
    this.#isChanged = false;
    const text = description(this.#marks, this.image);
    if (this.#text && this.#text.textContent !== text) this.#text.textContent = text;
    this.#list?.show(this.objects);
    this.#tell('molmo-change', null);
  }

  /** Measures the page. Canvases that have their place already keep what is drawn on them. */
  #measure(layers: Layers): void {
    const target = this.#target;
    this.#isMeasured = target !== null;
    const layout = target && { ...targetBox(this, target), density: devicePixelRatio || 1 };
    if (layout && JSON.stringify(layout) !== JSON.stringify(this.#layout)) layers.fit(layout.box);
    this.#layout = layout;
    this.#look = lookOf(this);
  }

  #draw(): void {
    const layers = this.#layers;
    if (!layers) return;
    // Nothing tells when a picture elsewhere in the page moves, so its place is read again.
    if (!this.#isMeasured || this.hasAttribute('floating')) this.#measure(layers);
    const layout = this.#layout;
    if (!layout || layers.isEmpty) return layers.clear();
    const now = this.#scene(this.#shown);
    const names = layers.draw(now, this.#placer(layout.picture), this.#style(layout.box, 1), this.#revision);
    this.#drawn = { dots: now.dots, names };
  }

  get #shown(): Shown | null {
    return this.#clock?.shown ?? null;
  }

  #scene(shown: Shown | null): Scene {
    return scene(this.#dragged ?? this.#marks, {
      image: this.image,
      timeSec: shown?.timeSec ?? null,
      ...(shown && { untilSec: shown.untilSec }),
      holdSec: this.#number('hold', 0.25),
      labels: this.#word('labels', labelModes),
      paths: this.#word('paths', pathModes),
      colors: this.#look.colors,
      hidden: this.#hidden,
      selected: this.#selected,
      pointedAt: this.#pointedAt,
    });
  }

  #original(fallback: Size): Size {
    const known = this.#marks.media?.sizes[this.image - 1];
    return known ?? (this.#target ? ownSize(this.#target) : fallback);
  }

  #placer(rect: Rect): Place {
    const original = this.#original(rect);
    return (spot) => toElement(spot, original, rect);
  }

  #style(area: Size, scale: number): PaintStyle {
    const { ringColor, fontFamily } = this.#look;
    const { width, height } = area;
    return { dotSize: this.#number('dot-size', 16) * scale, ringColor, fontFamily, width, height };
  }

  /** One of some words from an attribute; anything else is the first of them. */
  #word<W extends string>(attribute: string, words: readonly [W, ...W[]]): W {
    const value = this.getAttribute(attribute);
    return words.find((word) => word === value) ?? words[0];
  }

  /** A number of at least 0 from an attribute, or its default. */
  #number(attribute: string, fallback: number): number {
    const text = this.getAttribute(attribute);
    const value = text === null || text.trim() === '' ? Number.NaN : Number(text);
    return Number.isFinite(value) && value >= 0 ? value : fallback;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'molmo-overlay': MolmoOverlay;
  }
}

if (typeof customElements !== 'undefined' && !customElements.get('molmo-overlay'))
  customElements.define('molmo-overlay', MolmoOverlay);
