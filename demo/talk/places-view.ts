// What an answer has marked, as a list and as chips in its text: pointing at one makes its dots stand out, pressing it goes there.

import { inkOn, type MarkedObject, type MolmoOverlay } from '../../src/overlay/molmo-overlay.ts';
import { byId, make } from '../dom.ts';
import { clockTime, plural } from '../format.ts';

function placeOf({ kind, points }: MarkedObject, pictures: number): string {
  const [first] = points;
  if (!first) return '';
  const pixels = `${Math.round(first.x)}, ${Math.round(first.y)}`;
  if (kind === 'track')
    return `${clockTime(first.timeSec ?? 0)} to ${clockTime(points.at(-1)?.timeSec ?? 0)} · ${plural(points.length, 'step')}`;
  if (first.timeSec !== undefined) return `${clockTime(first.timeSec)} · ${pixels}`;
  return pictures > 1 ? `picture ${first.image ?? 1}: ${pixels}` : pixels;
}

function rowOf(object: MarkedObject, pictures: number): HTMLLIElement {
  const { id, label, kind, color, key } = object;
  const swatch = make('span', { className: 'swatch', textContent: id === null ? '' : String(id) });
  swatch.style.background = color;
  swatch.style.color = inkOn(color);
  const name = make('span', { textContent: label || (kind === 'track' ? 'object' : 'point') });
  const place = make('span', { className: 'place', textContent: placeOf(object, pictures) });
  const button = make('button', { type: 'button' }, swatch, name, place);
  button.dataset['mark'] = key;
  return make('li', {}, button);
}

/** Lists what `overlay` has marked. */
export function showPlaces(overlay: MolmoOverlay): void {
  const pictures = overlay.media?.sizes.length ?? 1;
  const list = byId('points', HTMLElement);
  const { objects } = overlay;
  list.hidden = objects.length === 0;
  list.replaceChildren(...objects.map((object) => rowOf(object, pictures)));
}

export interface PlaceEvents {
  /** What is on the stage now. */
  readonly overlays: () => readonly MolmoOverlay[];
  readonly onTime: (timeSec: number) => void;
}

/** The object that a row or a chip stands for: by its key, or the first of a name. */
function objectOf(element: HTMLElement | null, overlay: MolmoOverlay | undefined): MarkedObject | null {
  const { mark, label } = element?.dataset ?? {};
  const layer = element?.closest<HTMLElement>('[data-layer]')?.dataset['layer'];
  const objects = (overlay?.objects ?? []).filter((object) => object.layer?.id === layer);
  if (mark !== undefined) return objects.find(({ key }) => key === mark) ?? null;
  return label === undefined ? null : (objects.find((object) => object.label === label) ?? null);
}

/** Lets rows and chips act, whichever there are, in the answer and in answers that are compared. */
export function setUpPlaces(events: PlaceEvents): void {
  for (const id of ['answer-card', 'comparison']) setUpPlacesIn(byId(id, HTMLElement), events);
}

function setUpPlacesIn(card: HTMLElement, { overlays, onTime }: PlaceEvents): void {
  const elementOf = (event: Event): HTMLElement | null =>
    event.target instanceof Element
      ? event.target.closest<HTMLElement>('[data-mark], [data-label], [data-time]')
      : null;
  const highlight = (event: Event): void => {
    const [overlay] = overlays();
    const key = objectOf(elementOf(event), overlay)?.key ?? null;
    for (const one of overlays()) one.highlight(key);
  };
  for (const type of ['pointerover', 'focusin']) card.addEventListener(type, highlight);
  const leave = (): void => overlays().forEach((one) => one.highlight(null));
  for (const type of ['pointerleave', 'focusout']) card.addEventListener(type, leave);
  card.addEventListener('click', (event) => {
    const element = elementOf(event);
    const timeSec = element?.dataset['time'];
    if (timeSec !== undefined) return onTime(Number(timeSec));
    const object = objectOf(element, overlays()[0]);
    const [first] = object?.points ?? [];
    if (!object || !first) return;
    for (const overlay of overlays()) overlay.selected = object.key;
    if (first.timeSec !== undefined) return onTime(first.timeSec);
    // Of many pictures the one that is meant is brought in sight.
    overlays()[(first.image ?? 1) - 1]?.scrollIntoView({ block: 'nearest' });
  });
}
