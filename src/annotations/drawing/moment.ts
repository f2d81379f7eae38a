// Draws a document over a picture, or over one moment of a video, with the functions that the overlay draws with.

import { paintScene } from '../../overlay/paint.ts';
import { colorOf, palette } from '../../overlay/palette.ts';
import { type LabelMode, scene, type SceneOptions } from '../../overlay/scene.ts';
import type { AnnotationDocument } from '../document.ts';
import { answerOf, mediaOf } from '../from-answer.ts';

export interface DrawingStyle {
  /** Diameter of a dot in pixels of the original; default 2.5% of its longer side, and 10 at least. */
  readonly dotSize?: number;
  /** As of `<molmo-overlay>`; default `auto`. */
  readonly labels?: LabelMode;
  /** Seconds that a dot stays after its last time; default 0.25, as in `<molmo-overlay>`. */
  readonly holdSec?: number;
}

/** What is drawn: the number of a picture, or a moment. */
export type Moment = Pick<SceneOptions, 'image' | 'timeSec'>;

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** More ids than this have the colours of the palette, whatever their own ones are. */
const mostColors = 10_000;

/** A colour for each id up to the largest; the overlay takes that of an id from such a list. */
function colorsOf({ objects }: AnnotationDocument): readonly string[] {
  const most = objects.reduce((largest, { id }) => Math.max(largest, id), 0);
  if (most === 0 || most > mostColors || objects.every(({ color }) => color === null)) return palette;
  const own = new Map(objects.map(({ id, color }) => [id, color]));
  return Array.from({ length: most }, (_, i) => own.get(i + 1) ?? colorOf(i + 1));
}

export interface Area {
  readonly x: number;
  readonly y: number;
  /** Pixels of the context for one of the original. */
  readonly scale: number;
  /** Of the original. */
  readonly width: number;
  readonly height: number;
}

/** Makes the painter of a document: what is the same at each moment is worked out once. */
export function momentPainter(
  document: AnnotationDocument,
  style: DrawingStyle = {},
): (ctx: Context, moment: Moment, area: Area) => void {
  const marks = { ...answerOf(document), media: mediaOf(document) };
  const colors = colorsOf(document);
  const { labels = 'auto', holdSec = 0.25 } = style;
  return (ctx, moment, { x, y, scale, width, height }) => {
    const dotSize = style.dotSize ?? Math.max(10, Math.max(width, height) * 0.025);
    ctx.save();
    ctx.beginPath();
    ctx.rect(x, y, width * scale, height * scale);
    ctx.clip();
    ctx.translate(x, y);
    paintScene(
      ctx,
      scene(marks, { ...moment, holdSec, labels, colors }),
      (spot) => ({ x: spot.x * scale, y: spot.y * scale }),
      {
        dotSize: dotSize * scale,
        ringColor: '#fff',
        fontFamily: 'system-ui, sans-serif',
        width: width * scale,
        height: height * scale,
      },
    );
    ctx.restore();
  };
}
