// The pointer over a picture: which mark it is over, clicks on marks and places, and dragging.

import type { Rect } from '../target/fit.ts';
import type { Spot } from '../marks/moments.ts';
import type { Dot } from '../marks/scene.ts';
import type { Target } from '../target/target-box.ts';

/** Who is told. Places are CSS pixels from the corner of the target's content box. */
export interface Pointing {
  readonly isEditable: boolean;
  /** The mark within `reach` of a place. */
  find(at: Spot, reach: number): Dot | null;
  hover(dot: Dot | null): void;
  click(dot: Dot | null, at: Spot): void;
  /** A place that holds no mark was clicked twice, while editing. */
  add(at: Spot): void;
  drag(dot: Dot, at: Spot): void;
  drop(dot: Dot, at: Spot): void;
  cancel(): void;
}

/** A finger hides what it is on, so that it may be further off. */
const reachPx = { mouse: 4, touch: 18 };
/** A shorter way of the pointer is a click. */
const dragPx = 3;

/** The dot whose centre is the nearest within `reach`, or else the one whose name lies there. */
export function dotAt(
  dots: readonly Dot[],
  boxes: readonly (Rect | null)[],
  at: Spot,
  reach: number,
  place: (spot: Spot) => Spot,
): Dot | null {
  let best: Dot | null = null;
  let bestGap = reach;
  for (const dot of dots) {
    const { x, y } = place(dot);
    const gap = Math.hypot(x - at.x, y - at.y);
    if (gap <= bestGap) {
      best = dot;
      bestGap = gap;
    }
  }
  const named = boxes.findIndex(
    (b) => b && at.x >= b.x && at.y >= b.y && at.x < b.x + b.width && at.y < b.y + b.height,
  );
  return best ?? dots[named] ?? null;
}

function placeOf(target: Target, event: MouseEvent): Spot {
  // Counted from the padding's corner and without the transforms of the page.
  const style = getComputedStyle(target);
  return {
    x: event.offsetX - Number.parseFloat(style.paddingLeft),
    y: event.offsetY - Number.parseFloat(style.paddingTop),
  };
}

/** Tells `to` what the pointer does over `target`, until `signal` aborts. */
export function followPointer(target: Target, to: Pointing, signal: AbortSignal): void {
  let held: { dot: Dot; from: Spot; isMoving: boolean } | null = null;
  let wasDragged = false;
  const find = (event: MouseEvent): Dot | null => {
    const isTouch = event instanceof PointerEvent && event.pointerType === 'touch';
    return to.find(placeOf(target, event), isTouch ? reachPx.touch : reachPx.mouse);
  };
  const on = <K extends keyof HTMLElementEventMap>(
    type: K,
    listener: (event: HTMLElementEventMap[K]) => void,
  ): void => (target as HTMLElement).addEventListener(type, listener, { signal });

  on('pointerdown', (event) => {
    wasDragged = false;
    const dot = to.isEditable && event.isPrimary && event.button === 0 ? find(event) : null;
    if (!dot) return;
    held = { dot, from: placeOf(target, event), isMoving: false };
    target.setPointerCapture(event.pointerId);
    event.preventDefault(); // no dragging of the picture itself
  });
  on('pointermove', (event) => {
    if (!held) return to.hover(find(event));
    const at = placeOf(target, event);
    held.isMoving ||= Math.hypot(at.x - held.from.x, at.y - held.from.y) >= dragPx;
    if (held.isMoving) to.drag(held.dot, at);
  });
  on('pointerup', (event) => {
    if (held?.isMoving) {
      wasDragged = true;
      to.drop(held.dot, placeOf(target, event));
    }
    held = null;
  });
  on('pointercancel', () => {
    if (held) to.cancel();
    held = null;
  });
  on('pointerleave', () => {
    if (!held) to.hover(null);
  });
  on('click', (event) => {
    if (!wasDragged) to.click(find(event), placeOf(target, event));
  });
  on('dblclick', (event) => {
    if (to.isEditable && !find(event)) to.add(placeOf(target, event));
  });
}
