// Draws a scene with canvas calls. Coordinates of the scene are mapped by `place`; sizes are in the unit that `place`
// returns, so the same code draws on the screen and into an exported picture.

import type { Rect } from '../target/fit.ts';
import { placeNames, type Name } from './labels.ts';
import type { Dot, Line, Scene } from '../marks/scene.ts';
import type { Spot } from '../marks/moments.ts';
import { inkOn } from '../marks/palette.ts';

export interface PaintStyle {
  /** Diameter of a dot without its ring. */
  readonly dotSize: number;
  readonly ringColor: string;
  readonly fontFamily: string;
  /** Names stay inside 0..width and 0..height. */
  readonly width: number;
  readonly height: number;
}

/** A canvas of a page or of a worker to draw on. */
export type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;
export type Place = (spot: Spot) => Spot;

function tracePath(ctx: Context, spots: readonly Spot[], place: Place): void {
  ctx.beginPath();
  for (const [i, spot] of spots.entries()) {
    const { x, y } = place(spot);
    if (i === 0) ctx.moveTo(x, y);
    else ctx.lineTo(x, y);
  }
}

function stroke(ctx: Context, color: string, width: number, alpha = 1): void {
  ctx.strokeStyle = color;
  ctx.lineWidth = width;
  ctx.globalAlpha = alpha;
  ctx.stroke();
  ctx.globalAlpha = 1;
}

function disc(ctx: Context, at: Spot, radius: number, color: string): void {
  ctx.fillStyle = color;
  ctx.beginPath();
  ctx.arc(at.x, at.y, radius, 0, 2 * Math.PI);
  ctx.fill();
}

/** The whole way of a track, faintly, with a mark where the object was seen; marks that would run together are left out. */
export function paintWay(ctx: Context, line: Line, place: Place, style: PaintStyle): void {
  const { path, color, isFaint } = line;
  if (line.isPassedOnly) return;
  const width = style.dotSize / 5;
  const alpha = isFaint ? 0.15 : 0.4;
  ctx.lineJoin = 'round';
  ctx.lineCap = 'round';
  tracePath(ctx, path, place);
  stroke(ctx, style.ringColor, width + style.dotSize / 8, alpha);
  stroke(ctx, color, width / 2, alpha);
  let last: Spot = { x: Infinity, y: Infinity };
  ctx.globalAlpha = isFaint ? 0.3 : 1;
  for (const step of path) {
    const at = place(step);
    if (Math.hypot(at.x - last.x, at.y - last.y) < style.dotSize * 0.6) continue;
    disc(ctx, at, width, style.ringColor);
    disc(ctx, at, width * 0.7, color);
    last = at;
  }
  ctx.globalAlpha = 1;
}

/** A piece of the way so far. Behind what is there already lies only its border, so that pieces join without a seam. */
export function paintTrail(
  ctx: Context,
  spots: readonly Spot[],
  { color, isFaint }: Line,
  place: Place,
  style: PaintStyle,
): void {
  if (spots.length < 2) return;
  const width = style.dotSize / 5;
  const alpha = isFaint ? 0.3 : 1;
  ctx.lineJoin = 'round';
  ctx.lineCap = 'round';
  tracePath(ctx, spots, place);
  stroke(ctx, color, width, alpha);
  ctx.globalCompositeOperation = 'destination-over';
  ctx.lineCap = 'butt'; // a round border would lie over the end of a piece on another canvas
  stroke(ctx, style.ringColor, width + style.dotSize / 8, alpha);
  ctx.globalCompositeOperation = 'source-over';
}

/** The way since the last step. */
export function lastPiece({ path, passed, dot }: Line): readonly Spot[] {
  const from = path[passed - 1];
  return from && dot ? [from, dot] : [];
}

/** A canvas says the colour that it fills with as `#rrggbb`, however it was told. */
function inkOnFill({ fillStyle }: Context): string {
  return typeof fillStyle === 'string' ? inkOn(fillStyle) : '#fff';
}

/** Whole rings are places that the model saw, broken ones lie between two of them. */
function paintDot(ctx: Context, dot: Dot, at: Spot, style: PaintStyle): void {
  const radius = (style.dotSize / 2) * (dot.isStrong ? 1.25 : 1);
  const ring = Math.max(1, style.dotSize / 7) * (dot.isStrong ? 1.5 : 1);
  disc(ctx, at, radius + ring + Math.max(0.5, ring / 2), 'rgb(0 0 0 / 55%)');
  if (dot.isSampled) disc(ctx, at, radius + ring, style.ringColor);
  else {
    const dash = ((radius + ring / 2) * Math.PI) / 6;
    ctx.lineCap = 'butt';
    ctx.setLineDash([dash, dash]);
    ctx.beginPath();
    ctx.arc(at.x, at.y, radius + ring / 2, 0, 2 * Math.PI);
    stroke(ctx, style.ringColor, ring);
    ctx.setLineDash([]);
  }
  disc(ctx, at, radius, dot.color);
  if (dot.number === '') return;
  const digits = Math.max(2, dot.number.length);
  ctx.fillStyle = inkOnFill(ctx);
  ctx.font = `700 ${(radius * 3) / digits}px ${style.fontFamily}`;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  ctx.fillText(dot.number, at.x, at.y + style.dotSize / 20);
}

function paintName(ctx: Context, dot: Dot, box: Rect, size: number, style: PaintStyle): void {
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  ctx.fillStyle = dot.color;
  ctx.beginPath();
  ctx.roundRect(box.x, box.y, box.width, box.height, box.height / 2);
  ctx.fill();
  stroke(ctx, style.ringColor, Math.max(1, style.dotSize / 12));
  ctx.fillStyle = inkOnFill(ctx);
  ctx.fillText(dot.text, box.x + size * 0.45, box.y + box.height / 2 + size / 20);
}

/** Draws names, then dots: a dot is covered by no other one's name. Answers the box of each name that has room. */
export function paintDots(
  ctx: Context,
  dots: readonly Dot[],
  place: Place,
  style: PaintStyle,
): readonly (Rect | null)[] {
  const spots = dots.map(place);
  const size = Math.max(11, style.dotSize * 0.75);
  ctx.font = `600 ${size}px ${style.fontFamily}`;
  const names = dots.map((dot, i): Name | null => {
    const at = spots[i];
    if (dot.text === '' || !at) return null;
    return {
      at,
      width: ctx.measureText(dot.text).width + 0.9 * size,
      height: 1.45 * size,
      isForced: dot.isStrong,
    };
  });
  const boxes = placeNames(names, spots, style.dotSize * 0.55, style.dotSize * 0.8, style);
  for (const [i, dot] of dots.entries()) {
    const box = boxes[i];
    if (box) paintName(ctx, dot, box, size, style);
  }
  for (const strong of [false, true])
    for (const [i, dot] of dots.entries()) {
      const at = spots[i];
      if (at && dot.isStrong === strong) paintDot(ctx, dot, at, style);
    }
  return boxes;
}

/** Draws ways, trails, names and dots onto one canvas. */
export function paintScene(ctx: Context, scene: Scene, place: Place, style: PaintStyle): void {
  for (const line of scene.lines) paintWay(ctx, line, place, style);
  const trail = (line: Line): readonly Spot[] => [
    ...line.path.slice(0, line.passed),
    ...(line.dot ? [line.dot] : []),
  ];
  for (const line of scene.lines) {
    const spots = trail(line);
    if (spots.length < 2) continue;
    // Over the ways, and not behind them, so the border comes first here.
    tracePath(ctx, spots, place);
    stroke(ctx, style.ringColor, style.dotSize * 0.325, line.isFaint ? 0.3 : 1);
    stroke(ctx, line.color, style.dotSize / 5, line.isFaint ? 0.3 : 1);
  }
  paintDots(ctx, scene.dots, place, style);
}
