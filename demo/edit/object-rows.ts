// The list of objects while an answer is corrected: rename, colour, hide, choose, split, follow, delete.

import type { AnnotationEdit, AnnotationObject } from '../../src/annotations/annotations.ts';
import { inkOn } from '../../src/overlay/molmo-overlay.ts';
import { make } from '../dom.ts';

export interface RowEvents {
  onEdit(edit: AnnotationEdit): void;
  /** Cuts the track at the moment that is shown. */
  onSplit(object: AnnotationObject): void;
  /** Lets the model follow the object; null where there is no video. */
  readonly onFollow: ((object: AnnotationObject) => void) | null;
  colorOf(id: number): string;
}

function button(text: string, name: string, onClick: () => void): HTMLButtonElement {
  const element = make('button', { type: 'button', className: 'button quiet', textContent: text });
  element.setAttribute('aria-label', `${text} ${name}`);
  element.addEventListener('click', onClick);
  return element;
}

function row(object: AnnotationObject, events: RowEvents): HTMLLIElement {
  const { id, label, kind, visible, points } = object;
  const name = `${label || 'object'} ${id}`;
  const chosen = make('input', { type: 'checkbox', className: 'object-chosen', value: String(id) });
  chosen.setAttribute('aria-label', `Choose ${name} for merging`);
  const color = object.color ?? events.colorOf(id);
  const swatch = make('span', { className: 'swatch', textContent: String(id) });
  swatch.style.background = color;
  swatch.style.color = inkOn(color);
  const picker = make('input', { type: 'color', className: 'object-color', value: color });
  picker.setAttribute('aria-label', `Colour of ${name}`);
  picker.title = 'Colour';
  picker.addEventListener('change', () => events.onEdit({ type: 'recolor', id, color: picker.value }));
  const field = make('input', { type: 'text', className: 'object-label', value: label });
  field.setAttribute('aria-label', `Name of object ${id}`);
  field.addEventListener('change', () => events.onEdit({ type: 'rename', id, label: field.value.trim() }));
  const { onFollow } = events;
  const tools = [
    ...(object.color === null
      ? []
      : [button('Default colour', name, () => events.onEdit({ type: 'recolor', id, color: null }))]),
    button(visible ? 'Hide' : 'Show', name, () => events.onEdit({ type: 'show', id, visible: !visible })),
    ...(points.length > 1 ? [button('Split', name, () => events.onSplit(object))] : []),
    ...(onFollow ? [button('Follow', name, () => onFollow(object))] : []),
    button('Delete', name, () => events.onEdit({ type: 'delete', id })),
  ];
  const item = make('li', { className: 'object-row' }, chosen, swatch, picker, field, ...tools);
  item.dataset['object'] = String(id);
  item.dataset['kind'] = kind;
  return item;
}

/** Shows the objects anew; what was chosen stays so. */
export function showObjects(
  list: HTMLElement,
  objects: readonly AnnotationObject[],
  events: RowEvents,
): void {
  const chosen = new Set(chosenIds(list));
  list.replaceChildren(...objects.map((object) => row(object, events)));
  for (const box of list.querySelectorAll<HTMLInputElement>('.object-chosen'))
    box.checked = chosen.has(Number(box.value));
}

/** In the order of the list. */
export function chosenIds(list: HTMLElement): number[] {
  return [...list.querySelectorAll<HTMLInputElement>('.object-chosen:checked')].map(({ value }) =>
    Number(value),
  );
}
