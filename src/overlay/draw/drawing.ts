// Draws what is seen where the picture lies: with every frame of a video, and whenever something has moved or changed.

import type { Marks } from '../marks/marks.ts';
import type { Shown } from '../marks/moments.ts';
import { type Dot, type LabelMode, type PathMode, scene, type Scene } from '../marks/scene.ts';
import { type Rect, type Size, toElement } from '../target/fit.ts';
import type { FrameClock } from '../target/frame-clock.ts';
import { ownSize, type Target, targetBox, type TargetBox } from '../target/target-box.ts';
import { Canvases } from './canvases.ts';
import { type Look, lookOf, plainLook } from './look.ts';
import { type Context, paintScene, type PaintStyle, type Place } from './paint.ts';

/** How marks are drawn, as the attributes have it. */
export interface Settings {
  /** 1-based number of the picture that is shown. */
  readonly image: number;
  /** Diameter of a dot in CSS pixels. */
  readonly dotSize: number;
  readonly holdSec: number;
  readonly labels: LabelMode;
  readonly paths: PathMode;
}

/** What is to be drawn: the marks, and how somebody looks at them. */
export interface Seen {
  readonly marks: Marks;
  readonly hidden: ReadonlySet<string>;
  readonly selected: string | null;
  readonly pointedAt: string | null;
  readonly settings: Settings;
}

/** What is on the screen. */
export interface Surface {
  readonly dots: readonly Dot[];
  /** Boxes of their names. */
  readonly names: readonly (Rect | null)[];
  /** The whole picture, in CSS pixels of the target. */
  readonly picture: Rect;
  readonly original: Size;
  readonly dotSize: number;
  /** null over a picture. */
  readonly timeSec: number | null;
}

export class Drawing {
  readonly #host: HTMLElement;
  readonly #seen: () => Seen;
  readonly #canvases = new Canvases();
  #target: Target | null = null;
  #clock: FrameClock | null = null;
  #layout: TargetBox | null = null;
  /** Nothing has moved since then. */
  #isMeasured = false;
  #look: Look = plainLook;
  /** What was drawn last. */
  #drawn: Pick<Surface, 'dots' | 'names'> = { dots: [], names: [] };
  /** Stands for everything that a drawing depends on but for the moment. */
  #revision = {};

  constructor(host: HTMLElement, seen: () => Seen) {
    this.#host = host;
    this.#seen = seen;
  }

  /** From top to bottom. */
  get canvases(): readonly HTMLCanvasElement[] {
    return this.#canvases.all;
  }

  /** By object id. */
  get colors(): readonly string[] {
    return this.#look.colors;
  }

  get surface(): Surface | null {
    const picture = this.#layout?.picture;
    if (!picture) return null;
    const { marks, settings } = this.#seen();
    const timeSec = this.#shown?.timeSec ?? null;
    const { dotSize, image } = settings;
    return { ...this.#drawn, picture, original: this.#original(marks, image, picture), dotSize, timeSec };
  }

  /** Draws over another picture from now on; a video comes with the clock of its frames. */
  follow(target: Target | null, clock: FrameClock | null): void {
    this.#target = target;
    this.#clock = clock;
    this.#layout = null;
    this.moved();
  }

  /** The picture lies elsewhere, or has another size. */
  moved(): void {
    this.#isMeasured = false;
    this.changed();
  }

  /** Something else than the moment is new. */
  changed(): void {
    this.#revision = {};
  }

  draw(): void {
    const canvases = this.#canvases;
    // Nothing tells when a picture elsewhere in the page moves, so its place is read again.
    if (!this.#isMeasured || this.#host.hasAttribute('floating')) this.#measure();
    const layout = this.#layout;
    if (!layout || canvases.isEmpty) return canvases.clear();
    const seen = this.#seen();
    const now = this.#scene(seen, this.#shown);
    const place = this.#placer(seen, layout.picture);
    const names = canvases.draw(now, place, this.#style(seen, layout.box, 1), this.#revision);
    this.#drawn = { dots: now.dots, names };
  }

  /** Onto a canvas of somebody else's; see `MolmoOverlay.paint`. */
  paint(ctx: Context, size: Size, timeSec?: number): void {
    const scale = size.width / (this.#layout?.picture.width || size.width);
    const now = timeSec === undefined ? this.#shown : { timeSec, untilSec: timeSec };
    const seen = this.#seen();
    const place = this.#placer(seen, { x: 0, y: 0, ...size });
    paintScene(ctx, this.#scene(seen, now), place, this.#style(seen, size, scale));
  }

  /** Measures the page. Canvases that have their place already keep what is drawn on them. */
  #measure(): void {
    const target = this.#target;
    this.#isMeasured = target !== null;
    const layout = target && { ...targetBox(this.#host, target), density: devicePixelRatio || 1 };
    if (layout && JSON.stringify(layout) !== JSON.stringify(this.#layout)) this.#canvases.fit(layout.box);
    this.#layout = layout;
    this.#look = lookOf(this.#host);
  }

  get #shown(): Shown | null {
    return this.#clock?.shown ?? null;
  }

  #scene({ marks, settings, ...looked }: Seen, shown: Shown | null): Scene {
    return scene(marks, {
      ...settings,
      ...looked,
      timeSec: shown?.timeSec ?? null,
      ...(shown && { untilSec: shown.untilSec }),
      colors: this.#look.colors,
    });
  }

  #original(marks: Marks, image: number, fallback: Size): Size {
    const known = marks.media?.sizes[image - 1];
    return known ?? (this.#target ? ownSize(this.#target) : fallback);
  }

  #placer({ marks, settings }: Seen, rect: Rect): Place {
    const original = this.#original(marks, settings.image, rect);
    return (spot) => toElement(spot, original, rect);
  }

  #style({ settings }: Seen, { width, height }: Size, scale: number): PaintStyle {
    const { ringColor, fontFamily } = this.#look;
    return { dotSize: settings.dotSize * scale, ringColor, fontFamily, width, height };
  }
}
