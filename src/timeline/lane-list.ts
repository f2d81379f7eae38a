// The names beside the lanes: a switch that shows or hides each, and a field that renames it.

import type { Lane } from './lanes.ts';

export interface LaneListEvents {
  setVisible(lane: Lane, visible: boolean): void;
  rename(lane: Lane, label: string): void;
  /** null when the pointer left. */
  hover(lane: Lane | null): void;
}

function row(lane: Lane, events: LaneListEvents): HTMLElement {
  const element = document.createElement('li');
  const said = lane.layer ? `${lane.name}, ${lane.layer.name}` : lane.name;
  element.title = lane.layer?.name ?? '';
  const toggle = document.createElement('button');
  toggle.type = 'button';
  toggle.setAttribute('aria-pressed', String(lane.isVisible));
  toggle.setAttribute('aria-label', `Show ${said}`);
  toggle.title = lane.isVisible ? 'Hide' : 'Show';
  toggle.style.setProperty('--color', lane.color);
  toggle.addEventListener('click', () => events.setVisible(lane, !lane.isVisible));
  const name = document.createElement('input');
  name.value = lane.label;
  name.placeholder = lane.name;
  name.setAttribute('aria-label', `Name of ${said}`);
  name.addEventListener('change', () => {
    const label = name.value.trim();
    name.value = lane.label; // whoever takes the change shows the lanes anew
    events.rename(lane, label);
  });
  name.addEventListener('keydown', (event) => {
    event.stopPropagation(); // letters are keys of the time line
    if (event.key === 'Escape') name.value = lane.label;
    if (event.key === 'Escape' || event.key === 'Enter') name.blur();
  });
  const id = document.createElement('small');
  id.textContent = lane.isTrack ? lane.name.slice(lane.label.length).trim() : String(lane.marks.length);
  id.title = lane.isTrack ? 'id' : 'points';
  element.append(toggle, name, id);
  element.addEventListener('pointerenter', () => events.hover(lane));
  element.addEventListener('pointerleave', () => events.hover(null));
  return element;
}

/** Keeps the list while somebody writes in it; then it follows once they are done. */
export class LaneList {
  readonly element = document.createElement('ul');
  readonly #events: LaneListEvents;
  #waiting: readonly Lane[] | null = null;
  /** What the rows say. */
  #shown = '';

  constructor(events: LaneListEvents) {
    this.#events = events;
    this.element.setAttribute('part', 'names');
    this.element.setAttribute('aria-label', 'Objects');
    this.element.addEventListener('focusout', () => {
      const lanes = this.#waiting;
      this.#waiting = null;
      // The field still has the focus now.
      if (lanes) queueMicrotask(() => this.show(lanes));
    });
  }

  show(lanes: readonly Lane[]): void {
    if (this.element.querySelector('input:focus')) {
      this.#waiting = lanes;
      return;
    }
    const said = JSON.stringify(lanes.map((lane) => ({ ...lane, marks: lane.marks.length })));
    if (said === this.#shown) return;
    this.#shown = said;
    const focused = [...this.element.children].findIndex((item) => item.querySelector('button:focus'));
    this.element.replaceChildren(...lanes.map((lane) => row(lane, this.#events)));
    this.element.children[focused]?.querySelector('button')?.focus();
  }
}
