// Reads from the page where a picture is drawn: the element's own pixels, its content box, and the part of the box
// that object-fit gives to the picture.

import { parsePosition, pictureRect, type Rect, type Size } from './fit.ts';

export type Target = HTMLImageElement | HTMLCanvasElement | HTMLVideoElement;

export function isTarget(node: unknown): node is Target {
  return (
    node instanceof HTMLImageElement || node instanceof HTMLCanvasElement || node instanceof HTMLVideoElement
  );
}

/** Pixels of what the element shows; 0 x 0 until it is loaded. */
export function ownSize(target: Target): Size {
  if (target instanceof HTMLVideoElement) return { width: target.videoWidth, height: target.videoHeight };
  if (target instanceof HTMLImageElement) return { width: target.naturalWidth, height: target.naturalHeight };
  return { width: target.width, height: target.height };
}

export interface TargetBox {
  /** The target's content box, in CSS pixels from the host's padding corner, before transforms. */
  readonly box: Rect;
  /** The whole picture, in CSS pixels from the corner of `box`. */
  readonly picture: Rect;
}

function px(value: string): number {
  return Number.parseFloat(value) || 0;
}

/** Corner of the target's border box from the host's padding corner, without the page's transforms. */
function offsetFrom(host: HTMLElement, target: Target): { x: number; y: number } {
  if (target.offsetParent === host) return { x: target.offsetLeft, y: target.offsetTop };
  const from = host.getBoundingClientRect();
  const to = target.getBoundingClientRect();
  // Rectangles on the screen are scaled by the page's transforms; layout sizes are not.
  const scale = target.offsetWidth > 0 ? to.width / target.offsetWidth || 1 : 1;
  return {
    x: (to.left - from.left) / scale - host.clientLeft,
    y: (to.top - from.top) / scale - host.clientTop,
  };
}

export function targetBox(host: HTMLElement, target: Target): TargetBox {
  const style = getComputedStyle(target);
  const left = px(style.borderLeftWidth) + px(style.paddingLeft);
  const top = px(style.borderTopWidth) + px(style.paddingTop);
  const right = px(style.borderRightWidth) + px(style.paddingRight);
  const bottom = px(style.borderBottomWidth) + px(style.paddingBottom);
  const ofBorders = style.boxSizing === 'border-box';
  const size = {
    width: Math.max(0, px(style.width) - (ofBorders ? left + right : 0)),
    height: Math.max(0, px(style.height) - (ofBorders ? top + bottom : 0)),
  };
  const corner = offsetFrom(host, target);
  return {
    box: { x: corner.x + left, y: corner.y + top, ...size },
    picture: pictureRect(ownSize(target), size, style.objectFit, parsePosition(style.objectPosition)),
  };
}
