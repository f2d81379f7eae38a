// <molmo-overlay>: draws an answer's points and tracks over a picture or a playing video.

import type { Answer, AskEvent, MediaInfo, Point, Track } from '../api.ts';
import { type Marks, noMarks, withAnswer, withEvent } from './answer-marks.ts';
import { description } from './description.ts';
import { type Size, toElement } from './fit.ts';
import { FrameClock } from './frame-clock.ts';
import type { Spot } from './moments.ts';
import { paintScene, type PaintStyle } from './paint.ts';
import { colorOf, palette } from './palette.ts';
import { type LabelMode, scene, type Scene } from './scene.ts';
import { isTarget, ownSize, type Target, targetBox, type TargetBox } from './target-box.ts';

const css = `
  :host { display: inline-block; position: relative; }
  :host([hidden]) { display: none; }
  :host([floating]) { position: absolute; inset: 0 auto auto 0; width: 0; height: 0; pointer-events: none; }
  ::slotted(:is(img, video, canvas)) { display: block; max-width: 100%; }
  canvas { position: absolute; pointer-events: none; }
  p { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); }
`;

const labelModes: readonly string[] = ['auto', 'text', 'number', 'none'] satisfies LabelMode[];

// A server that renders pages has no HTMLElement; there the module loads and nothing is defined.
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

/**
 * Draws points and tracks over an `<img>`, `<canvas>` or `<video>`.
 *
 * Put the picture inside (`<molmo-overlay><video ...></video></molmo-overlay>`), or name one elsewhere with the
 * attribute `for` (an id) or the property `target`; the overlay then floats over it and needs a positioned ancestor
 * in common. Dots keep their place under every `object-fit`, on resize, at any pixel density and under CSS transforms
 * of the page around it. Over a video they follow the frames that are shown: a point is visible from its time to the
 * next sampled time, a track from its first to its last time.
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
 * | `image`    | 1-based number of the picture that is shown, for questions about several; default 1 |
 * | `hold`     | seconds that a dot stays after its last time; default 0.25                         |
 * | `for`      | id of the picture's element, where it is not a child                               |
 *
 * Style it with the custom properties `--molmo-color-1` to `--molmo-color-10` (by object id), `--molmo-ring-color` and
 * `--molmo-font`, and the parts `canvas` and `description` (a text for screen readers that lists what is marked).
 */
export class MolmoOverlay extends Base {
  static readonly observedAttributes = ['dot-size', 'labels', 'image', 'hold', 'for'];

  readonly #canvas: HTMLCanvasElement | null = null;
  readonly #text: HTMLParagraphElement | null = null;
  #marks: Marks = noMarks;
  #chosenTarget: Target | null = null;
  #target: Target | null = null;
  #clock: FrameClock | null = null;
  #following: AbortController | null = null;
  #layout: TargetBox | null = null;
  #colors: readonly string[] = palette;
  #scheduled = 0;

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    const slot = document.createElement('slot');
    this.#canvas = document.createElement('canvas');
    this.#canvas.setAttribute('part', 'canvas');
    this.#canvas.setAttribute('aria-hidden', 'true');
    this.#text = document.createElement('p');
    this.#text.setAttribute('part', 'description');
    root.append(slot, this.#canvas, this.#text);
    slot.addEventListener('slotchange', () => this.#follow());
  }

  connectedCallback(): void {
    this.#adoptStyles();
    this.#follow();
  }

  disconnectedCallback(): void {
    this.#following?.abort();
    this.#following = null;
    this.#target = null;
    cancelAnimationFrame(this.#scheduled);
    this.#scheduled = 0;
  }

  attributeChangedCallback(name: string): void {
    if (name === 'for') this.#follow();
    else this.#marksChanged();
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

  get points(): readonly Point[] {
    return this.#marks.points;
  }

  get tracks(): readonly Track[] {
    return this.#marks.tracks;
  }

  /** 1-based number of the picture that is shown. */
  get image(): number {
    return Math.max(1, Math.round(this.#number('image', 1)));
  }

  set image(image: number) {
    this.setAttribute('image', String(image));
  }

  /** The CSS colour in which an object is drawn, for lists and legends beside the picture. */
  colorOf(id: number | null): string {
    return colorOf(id, this.#colors);
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

  /** Removes points and tracks; the media stays known for the next question about it. */
  clear(): void {
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
    const rect = { x: 0, y: 0, ...size };
    const shown = this.#layout?.picture.width || size.width;
    paintScene(ctx, this.#scene(), this.#placer(rect), this.#style(size, size.width / shown));
    return new Promise((resolve, reject) => {
      canvas.toBlob((blob) => {
        if (blob) resolve(blob);
        else reject(new DOMException('The browser could not encode the picture.', 'EncodingError'));
      }, 'image/png');
    });
  }

  /** A constructed sheet is allowed where a content security policy forbids inline styles; each document needs its own. */
  #adoptStyles(): void {
    const root = this.shadowRoot;
    const view = this.ownerDocument.defaultView;
    if (!root || !view || root.adoptedStyleSheets.length > 0) return;
    const sheet = new view.CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
  }

  #setMarks(marks: Marks): void {
    if (marks === this.#marks) return;
    this.#marks = marks;
    this.#marksChanged();
  }

  #marksChanged(): void {
    const text = description(this.#marks, this.image);
    if (this.#text && this.#text.textContent !== text) this.#text.textContent = text;
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
    this.#clock = null;
    const { signal } = this.#following;
    if (!target) return this.#relayout();
    const relayout = (): void => this.#relayout();
    const sizes = new ResizeObserver(relayout);
    sizes.observe(target);
    sizes.observe(this);
    signal.addEventListener('abort', () => sizes.disconnect(), { once: true });
    for (const type of ['load', 'loadedmetadata', 'resize'])
      target.addEventListener(type, relayout, { signal });
    const looks = new MutationObserver(relayout);
    looks.observe(target, { attributes: true, attributeFilter: ['class', 'style', 'width', 'height'] });
    signal.addEventListener('abort', () => looks.disconnect(), { once: true });
    addEventListener('resize', relayout, { signal });
    this.#watchDensity(signal);
    if (target instanceof HTMLVideoElement) this.#clock = new FrameClock(target, () => this.#draw(), signal);
    this.#relayout();
  }

  /** A media query on the density fires once it changes, and then names the density before. */
  #watchDensity(signal: AbortSignal): void {
    const query = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    const changed = (): void => {
      this.#relayout();
      this.#watchDensity(signal);
    };
    query.addEventListener('change', changed, { once: true, signal });
  }

  #relayout(): void {
    this.#layout = null;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled !== 0 || !this.isConnected) return;
    this.#scheduled = requestAnimationFrame(() => {
      this.#scheduled = 0;
      this.#draw();
    });
  }

  /** Measures the page and gives the canvas its place and its pixels; null while there is nothing to draw on. */
  #measure(canvas: HTMLCanvasElement): TargetBox | null {
    const target = this.#target;
    if (!target) return null;
    const layout = targetBox(this, target);
    const { box } = layout;
    const density = devicePixelRatio || 1;
    canvas.width = Math.round(box.width * density);
    canvas.height = Math.round(box.height * density);
    // The CSS size is an exact number of device pixels, so the browser does not resample the canvas.
    canvas.style.left = `${box.x}px`;
    canvas.style.top = `${box.y}px`;
    canvas.style.width = `${canvas.width / density}px`;
    canvas.style.height = `${canvas.height / density}px`;
    const style = getComputedStyle(this);
    this.#colors = palette.map(
      (color, i) => style.getPropertyValue(`--molmo-color-${i + 1}`).trim() || color,
    );
    return layout;
  }

  #draw(): void {
    const canvas = this.#canvas;
    const ctx = canvas?.getContext('2d');
    if (!canvas || !ctx) return;
    // Nothing tells when a picture elsewhere in the page moves, so its place is read again.
    if (!this.#layout || this.hasAttribute('floating')) this.#layout = this.#measure(canvas);
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, canvas.width, canvas.height);
    const layout = this.#layout;
    if (!layout || layout.box.width === 0 || layout.box.height === 0) return;
    ctx.scale(canvas.width / layout.box.width, canvas.height / layout.box.height);
    paintScene(ctx, this.#scene(), this.#placer(layout.picture), this.#style(layout.box, 1));
  }

  #scene(): Scene {
    return scene(this.#marks, {
      image: this.image,
      timeSec: this.#clock?.timeSec ?? null,
      holdSec: this.#number('hold', 0.25),
      labels: this.#labels(),
      colors: this.#colors,
    });
  }

  #placer(rect: { x: number; y: number; width: number; height: number }): (spot: Spot) => Spot {
    const known = this.#marks.media?.sizes[this.image - 1];
    const original = known ?? (this.#target ? ownSize(this.#target) : rect);
    return (spot) => toElement(spot, original, rect);
  }

  #style(area: Size, scale: number): PaintStyle {
    const style = getComputedStyle(this);
    return {
      dotSize: this.#number('dot-size', 16) * scale,
      ringColor: style.getPropertyValue('--molmo-ring-color').trim() || '#fff',
      fontFamily: style.getPropertyValue('--molmo-font').trim() || 'system-ui, sans-serif',
      width: area.width,
      height: area.height,
    };
  }

  #labels(): LabelMode {
    const value = this.getAttribute('labels') ?? 'auto';
    return labelModes.includes(value) ? (value as LabelMode) : 'auto';
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
