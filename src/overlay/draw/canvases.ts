// The canvases of an overlay, one over the other: whole ways, the ways so far, and the dots. Only the dots are drawn
// anew with every frame; the ways so far grow by what was passed, so that many long tracks cost a frame nothing.

import type { Rect } from '../target/fit.ts';
import { lastPiece, paintDots, type PaintStyle, paintTrail, paintWay, type Place } from './paint.ts';
import type { Line, Scene } from '../marks/scene.ts';

function clear(ctx: CanvasRenderingContext2D, { width, height }: Rect): void {
  const { canvas } = ctx;
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.clearRect(0, 0, canvas.width, canvas.height);
  ctx.scale(canvas.width / width, canvas.height / height);
}

export class Canvases {
  /** From top to bottom. */
  readonly all: readonly [dots: HTMLCanvasElement, trails: HTMLCanvasElement, ways: HTMLCanvasElement];
  #box: Rect = { x: 0, y: 0, width: 0, height: 0 };
  #revision: unknown = null;
  /** How many steps of each line the canvas of trails holds. */
  readonly #passed = new Map<string, number>();

  constructor() {
    const canvas = (part: string): HTMLCanvasElement => {
      const element = document.createElement('canvas');
      element.setAttribute('part', part);
      element.setAttribute('aria-hidden', 'true');
      return element;
    };
    this.all = [canvas('canvas'), canvas('trails'), canvas('ways')];
  }

  /** Gives the canvases their place, in CSS pixels of the host, and a pixel for each of the screen. */
  fit(box: Rect): void {
    this.#box = box;
    this.#revision = null;
    const density = devicePixelRatio || 1;
    for (const canvas of this.all) {
      canvas.width = Math.round(box.width * density);
      canvas.height = Math.round(box.height * density);
      // The CSS size is an exact number of device pixels, so the browser does not resample the canvas.
      canvas.style.left = `${box.x}px`;
      canvas.style.top = `${box.y}px`;
      canvas.style.width = `${canvas.width / density}px`;
      canvas.style.height = `${canvas.height / density}px`;
    }
  }

  /** Whether there is room to draw on. */
  get isEmpty(): boolean {
    return this.#box.width === 0 || this.#box.height === 0;
  }

  /** Draws `scene`; its ways stay as they are until `revision` changes. Answers the boxes of names. */
  draw(scene: Scene, place: Place, style: PaintStyle, revision: unknown): readonly (Rect | null)[] {
    const [dots, trails, ways] = this.all.map((canvas) => canvas.getContext('2d'));
    if (!dots || !trails || !ways) return [];
    const isNew = revision !== this.#revision;
    this.#revision = revision;
    if (isNew) {
      clear(ways, this.#box);
      for (const line of scene.lines) paintWay(ways, line, place, style);
    }
    const wentBack = scene.lines.some((line) => line.passed < (this.#passed.get(line.key) ?? 0));
    if (isNew || wentBack) {
      clear(trails, this.#box);
      this.#passed.clear();
    }
    for (const line of scene.lines) this.#extend(trails, line, place, style);
    clear(dots, this.#box);
    for (const line of scene.lines) paintTrail(dots, lastPiece(line), line, place, style);
    return paintDots(dots, scene.dots, place, style);
  }

  #extend(ctx: CanvasRenderingContext2D, line: Line, place: Place, style: PaintStyle): void {
    const passed = this.#passed.get(line.key) ?? 0;
    if (line.passed === passed) return;
    paintTrail(ctx, line.path.slice(Math.max(0, passed - 1), line.passed), line, place, style);
    this.#passed.set(line.key, line.passed);
  }

  /** Empties all canvases. */
  clear(): void {
    this.#revision = null;
    for (const canvas of this.all) canvas.getContext('2d')?.clearRect(0, 0, canvas.width, canvas.height);
  }
}
