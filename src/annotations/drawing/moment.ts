// Draws a document over a picture, or over one moment of a video, with the functions that the overlay draws with.

import { paintScene } from '../../overlay/draw/paint.ts';
import { palette } from '../../overlay/marks/palette.ts';
import { type LabelMode, scene, type SceneOptions } from '../../overlay/marks/scene.ts';
import type { AnnotationDocument } from '../document/document.ts';
import { answerOf, mediaOf } from '../document/from-answer.ts';

/** How marks are drawn. All optional. */
export interface DrawingStyle {
  /** Diameter of a dot in pixels of the original; default 2.5% of its longer side, and 14 at least. */
  readonly dotSize?: number;
  /** As of `<molmo-overlay>`; default `auto`. */
  readonly labels?: LabelMode;
  /** Seconds that a dot stays after its last time; default 0.25, as in `<molmo-overlay>`. */
  readonly holdSec?: number;
}

/** What is drawn: the number of a picture, or a moment. */
export type Moment = Pick<SceneOptions, 'image' | 'timeSec'>;

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

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
  const { labels = 'auto', holdSec = 0.25 } = style;
  return (ctx, moment, { x, y, scale, width, height }) => {
    const dotSize = style.dotSize ?? Math.max(14, Math.max(width, height) * 0.025);
    ctx.save();
    ctx.beginPath();
    ctx.rect(x, y, width * scale, height * scale);
    ctx.clip();
    ctx.translate(x, y);
    paintScene(
      ctx,
      scene(marks, { ...moment, holdSec, labels, colors: palette }),
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
