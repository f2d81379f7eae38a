// Draws a scene with canvas calls. Coordinates of the scene are mapped by `place`; sizes are in the unit that `place`
// returns, so the same code draws on the screen and into an exported picture.

import type { Dot, Line, Scene } from './scene.ts';
import type { Spot } from './moments.ts';

export interface PaintStyle {
  /** Diameter of a dot without its ring. */
  readonly dotSize: number;
  readonly ringColor: string;
  readonly fontFamily: string;
  /** Names stay inside 0..width and 0..height. */
  readonly width: number;
  readonly height: number;
}

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

function tracePath(ctx: Context, spots: readonly Spot[], place: (spot: Spot) => Spot): void {
  ctx.beginPath();
  for (const [i, spot] of spots.entries()) {
    const { x, y } = place(spot);
    if (i === 0) ctx.moveTo(x, y);
    else ctx.lineTo(x, y);
  }
}

function paintLine(ctx: Context, line: Line, place: (spot: Spot) => Spot, style: PaintStyle): void {
  const width = style.dotSize / 5;
  ctx.lineJoin = 'round';
  ctx.lineCap = 'round';
  ctx.strokeStyle = style.ringColor;
  ctx.globalAlpha = 0.35;
  ctx.lineWidth = width + style.dotSize / 8;
  tracePath(ctx, line.path, place);
  ctx.stroke();
  ctx.strokeStyle = line.color;
  ctx.globalAlpha = 0.4;
  ctx.lineWidth = width / 2;
  tracePath(ctx, line.path, place);
  ctx.stroke();
  if (line.trail.length > 1) {
    ctx.globalAlpha = 0.8;
    ctx.strokeStyle = style.ringColor;
    ctx.lineWidth = width + style.dotSize / 8;
    tracePath(ctx, line.trail, place);
    ctx.stroke();
    ctx.globalAlpha = 1;
    ctx.strokeStyle = line.color;
    ctx.lineWidth = width;
    tracePath(ctx, line.trail, place);
    ctx.stroke();
  }
  ctx.globalAlpha = 1;
}

function paintDisc(ctx: Context, at: Spot, radius: number, color: string): void {
  ctx.fillStyle = color;
  ctx.beginPath();
  ctx.arc(at.x, at.y, radius, 0, 2 * Math.PI);
  ctx.fill();
}

function paintDot(ctx: Context, dot: Dot, at: Spot, style: PaintStyle): void {
  const radius = style.dotSize / 2;
  const ring = Math.max(1, style.dotSize / 7);
  paintDisc(ctx, at, radius + ring + Math.max(0.5, ring / 2), 'rgb(0 0 0 / 55%)');
  paintDisc(ctx, at, radius + ring, style.ringColor);
  paintDisc(ctx, at, radius, dot.color);
  if (dot.number === '') return;
  const digits = Math.max(2, dot.number.length);
  ctx.fillStyle = '#fff';
  ctx.font = `700 ${(style.dotSize * 1.5) / digits}px ${style.fontFamily}`;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  ctx.fillText(dot.number, at.x, at.y + style.dotSize / 20);
}

/** A name beside its dot, on the side that has room. */
function paintName(ctx: Context, dot: Dot, at: Spot, style: PaintStyle): void {
  if (dot.text === '') return;
  const size = Math.max(11, style.dotSize * 0.75);
  const pad = size * 0.45;
  const gap = style.dotSize * 0.8;
  ctx.font = `600 ${size}px ${style.fontFamily}`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  const width = ctx.measureText(dot.text).width + 2 * pad;
  const height = size + pad;
  const right = at.x + gap;
  const x = right + width <= style.width ? right : Math.max(0, at.x - gap - width);
  const y = Math.min(Math.max(at.y - height / 2, 0), Math.max(0, style.height - height));
  ctx.fillStyle = dot.color;
  ctx.strokeStyle = style.ringColor;
  ctx.lineWidth = Math.max(1, style.dotSize / 12);
  ctx.beginPath();
  ctx.roundRect(x, y, width, height, height / 2);
  ctx.fill();
  ctx.stroke();
  ctx.fillStyle = '#fff';
  ctx.fillText(dot.text, x + pad, y + height / 2 + size / 20);
}

/** Draws lines, then names, then dots: a dot is never covered by another one's name. */
export function paintScene(ctx: Context, scene: Scene, place: (spot: Spot) => Spot, style: PaintStyle): void {
  for (const line of scene.lines) paintLine(ctx, line, place, style);
  for (const dot of scene.dots) paintName(ctx, dot, place(dot), style);
  for (const dot of scene.dots) paintDot(ctx, dot, place(dot), style);
}
