// Where the names of dots go: beside their dots, over no other dot or name; where there is no room a name is left out,
// until somebody points at its dot. Pure arithmetic in one unit.

import type { Rect, Size } from '../target/fit.ts';
import type { Spot } from '../marks/moments.ts';

export interface Name extends Size {
  /** Its dot. */
  readonly at: Spot;
  /** Drawn whatever it covers. */
  readonly isForced: boolean;
}

function overlap(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** Right, left, below, above: the sides in the order in which they are tried. */
function sides({ at, width, height }: Name, gap: number, area: Size): readonly Rect[] {
  const y = Math.min(Math.max(at.y - height / 2, 0), Math.max(0, area.height - height));
  const x = Math.min(Math.max(at.x - width / 2, 0), Math.max(0, area.width - width));
  return [
    { x: at.x + gap, y, width, height },
    { x: at.x - gap - width, y, width, height },
    { x, y: at.y + gap, width, height },
    { x, y: at.y - gap - height, width, height },
  ];
}

/**
 * A box for each name, or null where it would hide something. Forced names come first and always have one. `gap` is how
 * far a name stays from the centre of its dot, `radius` how far a dot reaches.
 */
export function placeNames(
  names: readonly (Name | null)[],
  dots: readonly Spot[],
  radius: number,
  gap: number,
  area: Size,
): readonly (Rect | null)[] {
  const placed: Rect[] = [];
  const boxes = new Map<Name, Rect>();
  const isInside = (box: Rect): boolean =>
    box.x >= 0 && box.y >= 0 && box.x + box.width <= area.width && box.y + box.height <= area.height;
  const isFree = (box: Rect, at: Spot): boolean =>
    isInside(box) &&
    !placed.some((other) => overlap(box, other)) &&
    !dots.some((dot) => {
      const own = dot.x === at.x && dot.y === at.y;
      return (
        !own && overlap(box, { x: dot.x - radius, y: dot.y - radius, width: 2 * radius, height: 2 * radius })
      );
    });
  const all = names.filter((name) => name !== null);
  for (const name of [...all.filter((n) => n.isForced), ...all.filter((n) => !n.isForced)]) {
    const options = sides(name, gap, area);
    const box =
      options.find((side) => isFree(side, name.at)) ??
      (name.isForced ? (options.find(isInside) ?? { ...name, x: 0, y: options[0]?.y ?? 0 }) : null);
    if (!box) continue;
    placed.push(box);
    boxes.set(name, box);
  }
  return names.map((name) => (name && boxes.get(name)) ?? null);
}
