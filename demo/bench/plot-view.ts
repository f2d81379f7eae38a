// A chart of a report as elements: lines of dots or bars as inline SVG whose places are percentages, so that it is as wide as the
// page and its words stay readable; and the same numbers as a table, which is what screen readers are led to.

import {
  lineText,
  type Plot,
  type PlotAxis,
  type PlotLine,
  placeOf,
} from '../../bench/report/report-plots.ts';
import { make } from '../dom.ts';

const svgSpace = 'http://www.w3.org/2000/svg';

function draw(
  tag: string,
  attributes: Readonly<Record<string, string | number>>,
  ...inner: Node[]
): SVGElement {
  const element = document.createElementNS(svgSpace, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...inner);
  return element;
}

// Dots at the ends are whole.
const margin = 1.5;
const at = (value: number, axis: PlotAxis) =>
  `${(margin + (100 - 2 * margin) * placeOf(value, axis)).toFixed(2)}%`;

function upright(value: number, axis: PlotAxis, css: string): SVGElement {
  const x = at(value, axis);
  return draw('line', { class: css, x1: x, x2: x, y1: 0, y2: '100%' });
}

/** A line over the whole height at each tick, and the reference. */
function gridOf(axis: PlotAxis): SVGElement[] {
  const grid = axis.ticks.map(({ value }) => upright(value, axis, 'plot-grid'));
  return axis.reference === null ? grid : [...grid, upright(axis.reference, axis, 'plot-reference')];
}

/** The words below the chart; those at the ends stay inside. */
function scaleOf(axis: PlotAxis): SVGElement {
  const words = axis.ticks.map(({ value, text }) => {
    const place = placeOf(value, axis);
    const anchor = place < 0.02 ? 'start' : place > 0.98 ? 'end' : 'middle';
    const word = draw('text', {
      x: place < 0.02 ? '0' : place > 0.98 ? '100%' : at(value, axis),
      y: 12,
      'text-anchor': anchor,
    });
    word.textContent = text;
    return word;
  });
  return draw('svg', { class: 'plot-scale', width: '100%', height: 16 }, ...words);
}

function tipFor(text: string): SVGElement {
  const tip = draw('title', {});
  tip.textContent = text;
  return tip;
}

function marksOf({ marks }: PlotLine, kind: Plot['marks'], axis: PlotAxis): SVGElement[] {
  const tips = marks.map(({ text, row }) => tipFor(`${row.shape}: ${text}`));
  if (kind === 'bars')
    return marks.map(({ value }, i) => {
      const width = `${((100 - 2 * margin) * placeOf(value, axis)).toFixed(2)}%`;
      return draw(
        'rect',
        { class: 'plot-bar', x: `${margin}%`, width, y: 4, height: 12, rx: 3 },
        tips[i] ?? tipFor(''),
      );
    });
  const values = marks.map(({ value }) => value);
  const [from, to] = [Math.min(...values), Math.max(...values)].map((value) => at(value, axis)) as [
    string,
    string,
  ];
  return [
    draw('line', { class: 'plot-span', x1: from, x2: to, y1: 10, y2: 10 }),
    ...marks.map(({ value }, i) =>
      draw('circle', { class: 'plot-dot', cx: at(value, axis), cy: 10, r: 5 }, tips[i] ?? tipFor('')),
    ),
  ];
}

function lineElement(line: PlotLine, { marks, axis }: Plot): HTMLElement {
  const picture = draw('svg', { width: '100%', height: 20 }, ...gridOf(axis), ...marksOf(line, marks, axis));
  return make(
    'div',
    { className: 'plot-line' },
    make('span', { className: 'plot-name', textContent: line.name }),
    make('span', { className: 'plot-value', textContent: lineText(line) }),
    make('div', { className: 'plot-picture' }, picture),
  );
}

function tableOf({ title, table }: Plot): HTMLElement {
  const head = table.head.map((text) => make('th', { scope: 'col', textContent: text }));
  const rows = table.rows.map(([first = '', ...others]) =>
    make(
      'tr',
      {},
      make('th', { scope: 'row', textContent: first }),
      ...others.map((text) => make('td', { textContent: text })),
    ),
  );
  const box = make(
    'div',
    { className: 'plot-table', tabIndex: 0 },
    make(
      'table',
      {},
      make('caption', { className: 'visually-hidden', textContent: title }),
      make('thead', {}, make('tr', {}, ...head)),
      make('tbody', {}, ...rows),
    ),
  );
  // What scrolls to the side can be reached with keys, and says what it is.
  box.setAttribute('role', 'region');
  box.setAttribute('aria-label', `Table: ${title}`);
  const count = `${table.rows.length} ${table.rows.length === 1 ? 'row' : 'rows'}`;
  return make('details', {}, make('summary', { textContent: `Table, ${count}` }), box);
}

/** The chart, what it shows in words, and its table. */
export function plotElement(plot: Plot): HTMLElement {
  const picture = make(
    'div',
    { className: 'plot' },
    ...plot.lines.map((line) => lineElement(line, plot)),
    make('div', { className: 'plot-picture' }, scaleOf(plot.axis)),
  );
  picture.setAttribute('role', 'img');
  picture.setAttribute('aria-label', plot.lines.map((line) => `${line.name}: ${lineText(line)}`).join('; '));
  return make(
    'figure',
    { className: 'plot-figure' },
    make('figcaption', {}, make('h3', { textContent: plot.title }), make('p', { textContent: plot.about })),
    picture,
    tableOf(plot),
  );
}
