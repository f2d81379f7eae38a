// The pointer on a time line: scrubbing, a part with Shift, pinching with two fingers, the wheel, and the ends of the part.

export interface Gestures {
  /** Moments under places of the page. */
  timeAt(clientX: number): number;
  seek(timeSec: number): void;
  /** A part from one moment to another, in either order. */
  span(fromSec: number, untilSec: number): void;
  /** Moves one end of the part. */
  moveEnd(end: 'from' | 'until', timeSec: number): void;
  /** `share` of the width stays where it is. */
  zoom(factor: number, share: number): void;
  /** By a share of the width. */
  pan(share: number): void;
  /** null when the pointer left. */
  hover(timeSec: number | null): void;
}

/** Scrubbing, pinching and hovering on `area`. */
export function followScrubbing(area: HTMLElement, to: Gestures): void {
  const fingers = new Map<number, number>();
  let spanFrom: number | null = null;
  let isPinching = false;
  const shareAt = (clientX: number): number => {
    const { left, width } = area.getBoundingClientRect();
    return (clientX - left) / width;
  };
  const pinch = (id: number, clientX: number): void => {
    const before = fingers.get(id) ?? clientX;
    const other = [...fingers].find(([finger]) => finger !== id)?.[1] ?? clientX;
    const was = Math.max(8, Math.abs(before - other));
    const middle = (clientX + other) / 2;
    to.zoom(Math.max(8, Math.abs(clientX - other)) / was, shareAt(middle));
    to.pan(shareAt((before + other) / 2) - shareAt(middle));
    fingers.set(id, clientX);
  };
  area.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    fingers.set(event.pointerId, event.clientX);
    area.setPointerCapture(event.pointerId);
    isPinching = fingers.size > 1;
    if (isPinching) return;
    spanFrom = event.shiftKey ? to.timeAt(event.clientX) : null;
    if (spanFrom === null) to.seek(to.timeAt(event.clientX));
  });
  area.addEventListener('pointermove', (event) => {
    const timeSec = to.timeAt(event.clientX);
    if (fingers.size > 1) return pinch(event.pointerId, event.clientX);
    if (event.pointerType !== 'touch' || fingers.size > 0) to.hover(timeSec);
    if (!fingers.has(event.pointerId) || isPinching) return;
    if (spanFrom === null) to.seek(timeSec);
    else to.span(spanFrom, timeSec);
  });
  for (const type of ['pointerup', 'pointercancel'] as const)
    area.addEventListener(type, (event) => {
      fingers.delete(event.pointerId);
      if (fingers.size === 0) isPinching = false;
      if (event.pointerType === 'touch') to.hover(null);
    });
  area.addEventListener('pointerleave', () => to.hover(null));
}

/** Zooming with Ctrl (as a pinched touchpad says it) and panning sideways; other turns scroll the page. */
export function followWheel(area: HTMLElement, to: Gestures): void {
  area.addEventListener(
    'wheel',
    (event) => {
      const { left, width } = area.getBoundingClientRect();
      if (event.ctrlKey || event.metaKey) to.zoom(1.01 ** -event.deltaY, (event.clientX - left) / width);
      else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY))
        to.pan((event.deltaX || event.deltaY) / width);
      else return;
      event.preventDefault();
    },
    { passive: false },
  );
}

/** One end of the part: dragged, or moved by the arrow keys. */
export function followEnd(handle: HTMLElement, end: 'from' | 'until', to: Gestures): void {
  handle.addEventListener('pointerdown', (event) => {
    handle.setPointerCapture(event.pointerId);
    event.preventDefault();
    handle.focus();
  });
  handle.addEventListener('pointermove', (event) => {
    if (handle.hasPointerCapture(event.pointerId)) to.moveEnd(end, to.timeAt(event.clientX));
  });
  handle.addEventListener('keydown', (event) => {
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    const edge = { Home: -Infinity, End: Infinity }[event.key];
    if (by === undefined && edge === undefined) return;
    const now = Number(handle.getAttribute('aria-valuenow'));
    to.moveEnd(end, edge ?? now + (by ?? 0) * (event.shiftKey ? 1 : 0.1));
    event.preventDefault();
    event.stopPropagation();
  });
}
