// The marks for people without a pointer: a list with one tab stop, whose objects the arrow keys walk through.

import { type MarkedObject, type MarkRef, layeredName } from '../marks/objects.ts';

export interface MarkListEvents {
  readonly isEditable: boolean;
  readonly selected: string | null;
  /** The object that has the focus; null when the list has not. */
  focus(mark: MarkRef | null): void;
  select(key: string | null): void;
  moveBy(x: number, y: number): void;
  /** The mark on the screen, or the whole object. */
  remove(whole: boolean): void;
  addHere(): void;
}

const arrows: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowRight: [1, 0],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowUp: [0, -1],
};

/** A listbox over the picture, invisible but for the outline of its focus. */
export class MarkList {
  readonly element: HTMLElement;
  readonly #events: MarkListEvents;
  #objects: readonly MarkedObject[] = [];
  #at = 0;

  constructor(events: MarkListEvents) {
    this.#events = events;
    this.element = document.createElement('div');
    const { element } = this;
    element.setAttribute('part', 'marks');
    element.setAttribute('role', 'listbox');
    element.setAttribute('aria-label', 'Marked objects');
    element.hidden = true;
    element.addEventListener('focus', () => this.#walk(this.#at));
    element.addEventListener('blur', () => events.focus(null));
    element.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !this.#handle(event)) return;
      event.preventDefault();
      event.stopPropagation(); // the page may have keys of its own
    });
  }

  /** Lists `objects`; without any nothing can be focused, unless points can be added. */
  show(objects: readonly MarkedObject[]): void {
    this.#objects = objects;
    const { element } = this;
    element.hidden = objects.length === 0 && !this.#events.isEditable;
    element.tabIndex = element.hidden ? -1 : 0;
    element.replaceChildren(
      ...objects.map((object, i) => {
        const option = document.createElement('div');
        option.id = `mark-${i}`;
        option.setAttribute('role', 'option');
        option.setAttribute('aria-selected', String(object.key === this.#events.selected));
        option.textContent = layeredName(object) + (object.visible ? '' : ', hidden');
        return option;
      }),
    );
    if (element.matches(':focus')) this.#walk(this.#at);
  }

  /** Has the focus, at this object. */
  takeKeys(key: string): void {
    this.#at = Math.max(
      0,
      this.#objects.findIndex((object) => object.key === key),
    );
    this.element.focus({ preventScroll: true });
  }

  #walk(to: number): void {
    this.#at = Math.max(0, Math.min(to, this.#objects.length - 1));
    const object = this.#objects[this.#at];
    if (object) this.element.setAttribute('aria-activedescendant', `mark-${this.#at}`);
    else this.element.removeAttribute('aria-activedescendant');
    this.#events.focus(object ?? null);
  }

  /** Whether the key means something here. */
  #handle({ key, shiftKey }: KeyboardEvent): boolean {
    const { isEditable, selected } = this.#events;
    const arrow = arrows[key];
    if (arrow) {
      const [x, y] = arrow;
      if (isEditable && selected !== null)
        this.#events.moveBy(x * (shiftKey ? 10 : 1), y * (shiftKey ? 10 : 1));
      else this.#walk(this.#at + x + y);
    } else if (key === 'Home') this.#walk(0);
    else if (key === 'End') this.#walk(this.#objects.length - 1);
    else if (key === 'Enter' || key === ' ') {
      const object = this.#objects[this.#at];
      this.#events.select(object && object.key !== selected ? object.key : null);
    } else if (key === 'Escape' && selected !== null) this.#events.select(null);
    else if (isEditable && (key === 'Delete' || key === 'Backspace')) this.#events.remove(shiftKey);
    else if (isEditable && key === 'Insert') this.#events.addHere();
    else return false;
    return true;
  }
}
