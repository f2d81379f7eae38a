// The charts of the reports in bench/reports hold the numbers of these files, each once, at its place.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Report, ReportRow } from '../../bench/measure/types.ts';
import { changePlot, lineText, type Plot, placeOf, reportPlots } from '../../bench/report/report-plots.ts';

const inOrder = (one: unknown[], other: unknown[]): number => String(one).localeCompare(String(other));

const folder = new URL('../../bench/reports/', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
const read = (name: string) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Report;

const keyOf = ({ suite, name, shape }: ReportRow) => `${suite} ${name} ${shape}`;
const marksOf = ({ lines }: Plot) => lines.flatMap(({ marks }) => marks);
const titled = (plots: readonly Plot[], start: string) =>
  plots.filter(({ title }) => title.startsWith(start));

describe.each(names)('%s', (name) => {
  const report = read(name);
  const plots = reportPlots(report);

  test('every share of the report is one dot, and every dot is a share of the report', () => {
    const drawn = titled(plots, 'How much of the card').flatMap(marksOf);
    const told = report.rows.filter(({ fraction }) => fraction !== null);
    expect(drawn.map(({ row, value }) => [keyOf(row), value]).toSorted(inOrder)).toEqual(
      told.map((row) => [keyOf(row), row.fraction]).toSorted(inOrder),
    );
  });

  test('every ratio to the peer is one dot, and the mean is theirs', () => {
    const told = report.rows.filter(({ ratio }) => ratio !== null);
    const [plot] = titled(plots, 'Against');
    expect(
      plot
        ? marksOf(plot)
            .map(({ row, value }) => [keyOf(row), value])
            .toSorted(inOrder)
        : [],
    ).toEqual(told.map((row) => [keyOf(row), row.ratio]).toSorted(inOrder));
    const logs = told.map(({ ratio }) => Math.log(ratio ?? 1));
    const mean = Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
    if (plot) expect(plot.about).toContain(`${mean.toFixed(mean < 10 ? 2 : 1)}x`);
  });

  test('times are the medians of their rows', () => {
    const bars = plots.filter(({ marks }) => marks === 'bars').flatMap(marksOf);
    for (const { row, value } of bars) expect(value).toBe(row.medianMs);
    expect(bars.filter(({ row }) => row.suite === 'video')).toHaveLength(
      report.rows.filter(({ suite }) => suite === 'video').length,
    );
  });

  test('each chart says its denominators, has a table of its rows, and holds its marks', () => {
    expect(plots.length).toBeGreaterThan(0);
    for (const plot of plots) {
      const marks = marksOf(plot);
      expect(plot.table.rows).toHaveLength(marks.length);
      for (const cells of plot.table.rows) expect(cells).toHaveLength(plot.table.head.length);
      for (const { value, text } of marks) {
        expect(value).toBeGreaterThanOrEqual(plot.axis.low);
        expect(value).toBeLessThanOrEqual(plot.axis.high);
        expect(plot.table.rows.flat()).toContain(text);
      }
      const bytes = plot.table.rows.some((cells) => cells.includes('read bandwidth'));
      if (bytes) expect(plot.about).toMatch(/read bandwidth [\d.]+ [GT]B\/s/);
    }
  });
});

const card = read('h200-node-24.json');

test('older reports of the same card with the same features are what a report is compared with', () => {
  const others = names.filter((name) => name !== 'h200-node-24.json').map(read);
  const plot = changePlot(card, others);
  const first = read('h200-first-kernels.json').rows;
  const marks = plot ? marksOf(plot) : [];
  const wanted = first.find(({ name, shape }) => name === 'matmul q4' && shape.includes('ff_proj'));
  const mark = marks.find(({ row }) => wanted && keyOf(row) === keyOf(wanted));
  expect(mark?.value).toBeCloseTo((wanted?.medianMs ?? 0) / (mark?.row.medianMs ?? 1), 10);
  expect(changePlot(read('h200-first-vision.json'), [card])).toBeNull(); // what came later is no before
  const withF16 = { ...card, adapter: { ...card.adapter, features: ['shader-f16'] } };
  expect(changePlot(withF16, others)).toBeNull();
});

test('rows that failed have no place in a chart', () => {
  const [row] = card.rows.filter(({ fraction }) => fraction !== null);
  if (!row) throw new Error('the report has no shares');
  const failed: ReportRow = { ...row, check: 'failed', medianMs: null };
  expect(reportPlots({ ...card, rows: [failed] })).toEqual([]);
});

test('places are shares of the axis, or of its powers, and stay on it', () => {
  const linear = { kind: 'linear', low: 0, high: 2, ticks: [], reference: null } as const;
  expect([0, 0.5, 2, 3].map((value) => placeOf(value, linear))).toEqual([0, 0.25, 1, 1]);
  const powers = { kind: 'powers', low: 0.5, high: 8, ticks: [], reference: 1 } as const;
  expect([0.5, 1, 8].map((value) => placeOf(value, powers))).toEqual([0, 0.25, 1]);
});

test('a line is read as its ends and how many shapes they are of', () => {
  const [row] = card.rows;
  if (!row) throw new Error('the report is empty');
  const mark = (value: number) => ({ value, text: `${value}x`, row });
  expect(lineText({ name: 'a', marks: [mark(3), mark(1), mark(2)] })).toBe('1x to 3x, 3 shapes');
  expect(lineText({ name: 'a', marks: [mark(3)] })).toBe('3x');
});
