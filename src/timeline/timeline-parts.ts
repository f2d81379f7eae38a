// The elements of a time line.

import type { LaneList } from './lane-list.ts';

function part<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  name: string,
  attributes: Readonly<Record<string, string>> = {},
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.setAttribute('part', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function tool(text: string, label: string): HTMLButtonElement {
  const button = part('button', 'tool', { type: 'button', 'aria-label': label, title: label });
  button.textContent = text;
  return button;
}

const slider = (label: string): Readonly<Record<string, string>> => ({
  role: 'slider',
  tabindex: '0',
  'aria-label': label,
  'aria-valuemin': '0',
});

/** Builds them, names of lanes included. */
export function timelineParts(names: LaneList) {
  const box = part('div', 'box');
  const head = part('div', 'head');
  const body = part('div', 'body');
  const tools = part('div', 'tools');
  const time = part('output', 'time', { 'aria-live': 'off' });
  const zoomIn = tool('+', 'Show less time, larger');
  const zoomOut = tool('−', 'Show more time');
  const choose = tool('Part', 'Choose a part to ask about');
  choose.setAttribute('aria-pressed', 'false');
  const upper = part('canvas', 'upper', { 'aria-hidden': 'true' });
  const main = part('div', 'slider', slider('Time in the video'));
  const lanes = part('div', 'lanes');
  const rows = part('canvas', 'rows', { 'aria-hidden': 'true' });
  const over = part('div', 'over');
  const range = part('div', 'range');
  const from = part('div', 'from', slider('Start of the part to ask about'));
  const until = part('div', 'until', slider('End of the part to ask about'));
  const hover = part('div', 'hover');
  const playhead = part('div', 'playhead');
  const preview = part('div', 'preview', { 'aria-hidden': 'true' });
  const scroll = part('input', 'scroll', {
    type: 'range',
    min: '0',
    step: 'any',
    'aria-label': 'Part of the time line that is shown',
  });
  tools.append(zoomOut, zoomIn, choose);
  head.append(time, tools);
  body.append(upper, main);
  over.append(range, hover, playhead, from, until);
  lanes.append(names.element, rows);
  box.append(head, body, lanes, scroll, over, preview);
  for (const element of [range, from, until, hover, preview, scroll]) element.hidden = true;
  return {
    box,
    head,
    body,
    time,
    zoomIn,
    zoomOut,
    choose,
    upper,
    main,
    lanes,
    rows,
    over,
    range,
    from,
    until,
    hover,
    playhead,
    preview,
    scroll,
  };
}

export type TimelineParts = ReturnType<typeof timelineParts>;
