// <molmo-overlay>: draws an answer's points and tracks over a picture or a playing video.

import type { AskEvent, BranchEvent, MediaInfo } from '../api.ts';
import { Drawing } from './draw/drawing.ts';
import type { Context } from './draw/paint.ts';
import { snapshotOf } from './draw/snapshot.ts';
import { handsOn } from './hands/hands.ts';
import { MarkList } from './hands/mark-list.ts';
import { followPointer } from './hands/pointing.ts';
import { withAnswer, withEvent } from './marks/answer-marks.ts';
import { description } from './marks/description.ts';
import { type Edit, withEdit } from './marks/edits.ts';
import { type FilledLayer, layerOf, withLayers } from './marks/layers.ts';
import {
  type MarkedAnswer,
  type MarkedPoint,
  type MarkedTrack,
  type MarkLayer,
  type Marks,
  noMarks,
} from './marks/marks.ts';
import { type MarkedObject, type MarkRef, objectsOf } from './marks/objects.ts';
import { colorOf } from './marks/palette.ts';
import { withVisible } from './marks/visibility.ts';
import type { OverlayEvents } from './overlay-events.ts';
import { adoptStyle } from './overlay-style.ts';
import { drawnAttributes, settingsOf } from './settings.ts';
import type { Size } from './target/fit.ts';
import { Following } from './target/following.ts';

export type { Context } from './draw/paint.ts';
export type { ClickDetail } from './hands/hands.ts';
export type { FilledLayer } from './marks/layers.ts';
export type { MarkedAnswer, MarkedPoint, MarkedTrack, MarkLayer, MarkLook, Marks } from './marks/marks.ts';
export type { Edit } from './marks/edits.ts';
export type { MarkedObject, MarkRef } from './marks/objects.ts';
export { inkOn } from './marks/palette.ts';
export type { EditDetail, MolmoEvent, MolmoOverlayAttributes, OverlayEvents } from './overlay-events.ts';
export type { Size } from './target/fit.ts';

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
  static readonly observedAttributes = drawnAttributes;

  readonly #drawing = new Drawing(this, () => ({
    marks: this.#dragged ?? this.#marks,
    hidden: this.#hidden,
    selected: this.#selected,
    pointedAt: this.#pointedAt,
    settings: settingsOf(this),
  }));
  readonly #following = new Following(this, {
    onTarget: (target, clock, signal) => {
      if (target) followPointer(target, this.#hands, signal);
      this.#drawing.follow(target, clock);
      this.#schedule();
    },
    onMoved: () => this.#relayout(),
    onFrame: () => this.#drawing.draw(),
  });
  readonly #text: HTMLParagraphElement | null = null;
  readonly #list: MarkList | null = null;
  #marks: Marks = noMarks;
  /** The marks while one of them is dragged. */
  #dragged: Marks | null = null;
  #hidden: ReadonlySet<string> = new Set();
  #selected: string | null = null;
  #pointedAt: string | null = null;
  #scheduled = 0;
  #isChanged = false;
  readonly #hands = handsOn(this, {
    surface: () => this.#drawing.surface,
    preview: (edit) => this.#preview(edit),
    hover: (mark) => this.#hover(mark),
    click: (detail) => this.#tell('molmo-click', detail),
    takeKeys: (key) => this.#list?.takeKeys(key),
  });

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    const slot = document.createElement('slot');
    this.#text = document.createElement('p');
    this.#text.setAttribute('part', 'description');
    this.#list = new MarkList(this.#hands);
    root.append(slot, ...this.#drawing.canvases, this.#text, this.#list.element);
    slot.addEventListener('slotchange', () => this.#following.start());
  }

  /** @internal */
  connectedCallback(): void {
    adoptStyle(this);
    this.#following.start();
  }

  /** @internal */
  disconnectedCallback(): void {
    this.#following.stop();
    cancelAnimationFrame(this.#scheduled);
    this.#scheduled = 0;
  }

  /** @internal */
  attributeChangedCallback(name: string): void {
    if (name === 'for') this.#following.start();
    else this.#changed();
  }

  /** The element that is drawn over; set it to follow one that is not a child, null to go back to the child. */
  get target(): HTMLImageElement | HTMLCanvasElement | HTMLVideoElement | null {
    return this.#following.target;
  }

  set target(target: HTMLImageElement | HTMLCanvasElement | HTMLVideoElement | null) {
    this.#following.choose(target);
  }

  /** Size of the original pictures and sampled times, from the event `media`; null: the element's own size counts. */
  get media(): MediaInfo | null {
    return this.#marks.media;
  }

  set media(media: MediaInfo | null) {
    this.#setMarks({ ...this.#marks, media });
  }

  /** Shows a finished answer in place of what was drawn; its points and tracks may have a `color` of their own. */
  set answer(answer: MarkedAnswer) {
    this.#setMarks(withAnswer(this.#marks, answer));
  }

  /** The points that are drawn, in pixels of the original picture. */
  get points(): readonly MarkedPoint[] {
    return this.#marks.points;
  }

  /** The tracks that are drawn, in pixels of the original video. */
  get tracks(): readonly MarkedTrack[] {
    return this.#marks.tracks;
  }

  /**
   * Answers that are seen together, each in one colour and with a switch of its own. Marks of a layer that is no longer listed go,
   * marks in no layer stay. A layer with an `answer` shows it; one without keeps what it has, or is filled by `handle`.
   */
  get layers(): readonly Required<MarkLayer>[] {
    const marks = this.#marks;
    return (marks.layers ?? []).flatMap(({ id }) => layerOf(marks, id, this.#drawing.colors) ?? []);
  }

  set layers(layers: readonly FilledLayer[]) {
    this.#setMarks(withLayers(this.#marks, layers));
  }

  /** Every point and track, with its colour, its visibility and the key that names it here. */
  get objects(): readonly MarkedObject[] {
    return objectsOf(this.#marks, this.#hidden, this.#drawing.colors);
  }

  /** 1-based number of the picture that is shown. */
  get image(): number {
    return settingsOf(this).image;
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

  /**
   * Shows or hides objects by their keys. Objects of the next answer are visible again. One that is shown brings a hidden layer
   * back, without its other objects.
   */
  setVisible(keys: string | Iterable<string>, visible: boolean): void {
    const named = typeof keys === 'string' ? [keys] : keys;
    const { marks, hidden } = withVisible({ marks: this.#marks, hidden: this.#hidden }, named, visible);
    this.#hidden = hidden;
    this.#marks = marks;
    this.#changed();
  }

  /** Makes one object stand out, as the pointer over it does; null for none. For lists and time lines beside the picture. */
  highlight(key: string | null): void {
    if (key === this.#pointedAt) return;
    this.#pointedAt = key;
    this.#schedule();
  }

  /** The CSS colour of objects with this id that have none of their own, for lists and legends beside the picture. */
  colorOf(id: number | null): string {
    return colorOf(id, this.#drawing.colors);
  }

  /** Draws one more point or track, or takes any event of an answer; `layer` as in `handle`. */
  add(item: AskEvent | MarkedPoint | MarkedTrack, layer?: string): void {
    if ('type' in item) this.handle(item, layer);
    else if ('points' in item) this.handle({ type: 'track', track: item }, layer);
    else this.handle({ type: 'point', point: item }, layer);
  }

  /**
   * Takes every event of an answer; `done` replaces the early points by the final, labelled ones. `layer` is the id of the layer
   * that the answer is for: then it replaces what is marked there, and nothing else.
   */
  handle(event: AskEvent | BranchEvent, layer?: string): void {
    this.#setMarks(withEvent(this.#marks, event, layer));
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

  /** Removes points, tracks and layers; the media stays known for the next question about it. */
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
    return snapshotOf(this.#following.target, (ctx, size) => this.paint(ctx, size));
  }

  /**
   * Draws the marks as they look here onto a canvas of yours, on which the whole picture covers `size` from the corner:
   * for exported pictures and clips. `timeSec` is the moment of the video, default what is shown.
   */
  paint(ctx: Context, size: Size, timeSec?: number): void {
    this.#drawing.paint(ctx, size, timeSec);
  }

  #tell<K extends keyof OverlayEvents>(type: K, detail: OverlayEvents[K]['detail']): boolean {
    const cancelable = type === 'molmo-edit' || type === 'molmo-click';
    return this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true, cancelable }));
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
    this.#drawing.changed();
    this.#schedule();
  }

  #relayout(): void {
    this.#drawing.moved();
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled !== 0 || !this.isConnected) return;
    this.#scheduled = requestAnimationFrame(() => {
      this.#scheduled = 0;
      if (this.#isChanged) this.#describe();
      this.#drawing.draw();
    });
  }

  #describe(): void {
    this.#isChanged = false;
    const text = description(this.#marks, this.image);
    if (this.#text && this.#text.textContent !== text) this.#text.textContent = text;
    this.#list?.show(this.objects);
    this.#tell('molmo-change', null);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'molmo-overlay': MolmoOverlay;
  }
}

if (typeof customElements !== 'undefined' && !customElements.get('molmo-overlay'))
  customElements.define('molmo-overlay', MolmoOverlay);
