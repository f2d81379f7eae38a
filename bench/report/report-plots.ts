// What the charts of a report show: which rows, where on which axis, in which words. Pure, and every number is a row's.

import { geometricMean } from '../measure/statistics.ts';
import { suiteNames } from '../measure/suites.ts';
import type { Report, ReportRow } from '../measure/types.ts';
import { denominatorNames, denominatorText } from './denominator-names.ts';
import { percent, rateText, time, times } from './units.ts';

/** One row of the report in a chart. */
export interface PlotMark {
  readonly value: number;
  /** The value as people read it. */
  readonly text: string;
  readonly row: ReportRow;
}

/** One line of a chart: rows that differ in their shape alone. */
export interface PlotLine {
  readonly name: string;
  readonly marks: readonly PlotMark[];
}

/** Where values lie: from 0 to `high`, or by powers of two around 1. */
export interface PlotAxis {
  readonly kind: 'linear' | 'powers';
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly { readonly value: number; readonly text: string }[];
  /** Where a line is drawn across the chart: all of the maximum, or no difference. */
  readonly reference: number | null;
}

export interface Plot {
  readonly title: string;
  /** What is drawn, and what the numbers are shares of. */
  readonly about: string;
  /** Values of one line beside each other, or each from 0. */
  readonly marks: 'dots' | 'bars';
  readonly axis: PlotAxis;
  readonly lines: readonly PlotLine[];
  readonly table: { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };
}

/** A value's place on the axis, 0 to 1. */
export function placeOf(value: number, { kind, low, high }: PlotAxis): number {
  const at =
    kind === 'linear' ? (value - low) / (high - low) : Math.log2(value / low) / Math.log2(high / low);
  return Math.max(0, Math.min(1, at));
}

/** A line's values in words: `29% to 84%, 4 shapes`. */
export function lineText({ marks }: PlotLine): string {
  const sorted = marks.toSorted((a, b) => a.value - b.value);
  const [first, last] = [sorted[0]?.text ?? '', sorted.at(-1)?.text ?? ''];
  if (marks.length === 1) return first;
  return `${first === last ? first : `${first} to ${last}`}, ${marks.length} shapes`;
}

/** The charts of a report, those of which it has no rows left out. */
export function reportPlots(report: Report): Plot[] {
  const shares = suiteNames.map((suite) => sharePlot(report, suite));
  return [...timePlots(report), peerPlot(report), ...shares].filter(
    (plot): plot is Plot => plot !== null && plot.lines.length > 0,
  );
}

type TimedRow = ReportRow & { readonly medianMs: number };

const isTimed = (row: ReportRow): row is TimedRow => row.check === 'ok' && row.medianMs !== null;

/** Rows by name, in the order of the report. */
function linesOf<T extends ReportRow>(
  rows: readonly T[],
  mark: (row: T) => Omit<PlotMark, 'row'>,
): PlotLine[] {
  const names = [...new Set(rows.map(({ name }) => name))];
  return names.map((name) => ({
    name,
    marks: rows.filter((row) => row.name === name).map((row) => ({ ...mark(row), row })),
  }));
}

/** The smallest of 1, 2, 2.5 and 5 times a power of ten that makes at most five steps. */
function stepFor(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most / 5));
  return power * ([1, 2, 2.5, 5, 10].find((factor) => factor * power * 5 >= most) ?? 10);
}

function linearAxis(most: number, text: (value: number) => string, reference: number | null): PlotAxis {
  const step = stepFor(most);
  const count = Math.ceil(most / step - 1e-9);
  const ticks = Array.from({ length: count + 1 }, (_, i) => ({ value: i * step, text: text(i * step) }));
  return { kind: 'linear', low: 0, high: count * step, ticks, reference };
}

/** Powers of two, with 1x inside, that hold all ratios. */
function ratioAxis(ratios: readonly number[]): PlotAxis {
  const logs = ratios.map((ratio) => Math.log2(ratio));
  const low = Math.min(-1, Math.floor(Math.min(...logs)));
  const high = Math.max(1, Math.ceil(Math.max(...logs)));
  const every = Math.ceil((high - low) / 6);
  const ticks = Array.from({ length: high - low + 1 }, (_, i) => low + i)
    .filter((log) => log % every === 0)
    .map((log) => ({ value: 2 ** log, text: log < 0 ? `1/${2 ** -log}x` : `${2 ** log}x` }));
  return { kind: 'powers', low: 2 ** low, high: 2 ** high, ticks, reference: 1 };
}

const wholePercent = (share: number) => `${Math.round(100 * share)}%`;

function sharePlot({ rows, denominators }: Report, suite: string): Plot {
  const known = rows.filter(isTimed).filter((row) => row.suite === suite && row.fraction !== null);
  const used = Object.keys(denominatorNames) as (keyof typeof denominatorNames)[];
  const said = used
    .filter((key) => known.some(({ denominator }) => denominator === key))
    .map((key) => `${denominatorNames[key]} ${denominatorText(key, denominators[key])}`);
  const most = Math.max(1, ...known.map(({ fraction }) => fraction ?? 0));
  const isBeyond =
    most > 1 ? ' Products with packed 8-bit integers may go beyond 100% of a peak of floats.' : '';
  return {
    title: `How much of the card: ${suite}`,
    about: `A dot is a shape, its place the share of what this machine can do at most, measured in the same run: ${said.join(', ')}.${isBeyond}`,
    marks: 'dots',
    axis: linearAxis(most, wholePercent, 1),
    lines: linesOf(known, ({ fraction }) => ({ value: fraction ?? 0, text: percent(fraction ?? 0) })),
    table: {
      head: ['What', 'Shape', 'Median', 'Rate', 'Share', 'Of'],
      rows: known.map(({ name, shape, medianMs, rate, unit, fraction, denominator }) => [
        name,
        shape,
        time(medianMs),
        rate === null ? '' : rateText(rate, unit ?? ''),
        percent(fraction ?? 0),
        denominator === null ? '' : denominatorNames[denominator],
      ]),
    },
  };
}

function peerPlot({ rows }: Report): Plot | null {
  const shared = rows.filter(isTimed).flatMap((row) => {
    const { peer, ratio } = row;
    return peer === null || ratio === null ? [] : [{ ...row, peer, ratio }];
  });
  const ratios = shared.map(({ ratio }) => ratio);
  if (ratios.length === 0) return null;
  return {
    title: 'Against onnxruntime-web',
    about: `Its median over ours on the same card in the same run, checked for the same numbers: right of 1x this engine is faster. Geometric mean of ${ratios.length} rows: ${times(geometricMean(ratios))}.`,
    marks: 'dots',
    axis: ratioAxis(ratios),
    lines: linesOf(shared, ({ ratio }) => ({ value: ratio, text: times(ratio) })),
    table: {
      head: ['What', 'Shape', 'Ours', 'Theirs', 'Ratio', 'Their way'],
      rows: shared.map(({ name, shape, medianMs, peer, ratio }) => [
        name,
        shape,
        time(medianMs),
        time(peer.medianMs),
        times(ratio),
        peer.name,
      ]),
    },
  };
}

const waits = [
  {
    title: 'Until the first token',
    about: 'Milliseconds from a question to the first token of its answer, in all and by part.',
    isIts: ({ suite }: ReportRow) => suite === 'video',
  },
  {
    title: 'A token',
    about: 'Milliseconds for each further token, by how many tokens lie before it.',
    isIts: ({ suite, name }: ReportRow) => suite === 'decode' && name.startsWith('a token'),
  },
  {
    title: 'Before the first question',
    about: 'Milliseconds to compile what a first question needs, once a visit.',
    isIts: ({ suite, name }: ReportRow) => suite === 'load' && name.startsWith('compile'),
  },
];

/** What a visitor waits for: no shares, the times themselves. */
function timePlots({ rows }: Report): Plot[] {
  return waits.flatMap(({ title, about, isIts }) => {
    const own = rows.filter(isTimed).filter(isIts);
    if (own.length === 0) return [];
    const lines = own.map((row) => ({
      name: `${row.name}, ${row.shape}`,
      marks: [{ value: row.medianMs, text: time(row.medianMs), row }],
    }));
    const most = Math.max(...own.map(({ medianMs }) => medianMs));
    return {
      title,
      about: `${about} Medians.`,
      marks: 'bars',
      axis: linearAxis(most, (ms) => (ms === 0 ? '0' : `${Number(ms.toPrecision(3))} ms`), null),
      lines,
      table: {
        head: ['What', 'Shape', 'Median', '95th percentile'],
        rows: own.map(({ name, shape, medianMs, p95Ms }) => [
          name,
          shape,
          time(medianMs),
          p95Ms === null ? '' : time(p95Ms),
        ]),
      },
    };
  });
}

const sameCard = (a: Report, b: Report) =>
  a.adapter.vendor === b.adapter.vendor &&
  a.adapter.description === b.adapter.description &&
  a.adapter.features.join() === b.adapter.features.join();

const keyOf = ({ suite, name, shape }: ReportRow) => [suite, name, shape].join('\n');

/**
 * The rows of `report` that older reports of the same card with the same features have, too: then over now. Null where there is
 * none.
 */
export function changePlot(report: Report, others: readonly Report[]): Plot | null {
  const older = others
    .filter((other) => sameCard(other, report) && other.when < report.when)
    .toSorted((a, b) => (a.when < b.when ? 1 : -1));
  const before = new Map(older.flatMap(({ rows }) => rows.filter(isTimed)).map((row) => [keyOf(row), row]));
  const both = report.rows.filter(isTimed).flatMap((row) => {
    const was = before.get(keyOf(row));
    return was && row.suite !== 'denominators' ? [{ ...row, was, ratio: was.medianMs / row.medianMs }] : [];
  });
  if (both.length === 0) return null;
  const ratios = both.map(({ ratio }) => ratio);
  return {
    title: 'Since the first measurements',
    about: `The median of the oldest report of this card over that of this one: right of 1x it has become faster. Geometric mean of ${both.length} rows that both have: ${times(geometricMean(ratios))}.`,
    marks: 'dots',
    axis: ratioAxis(ratios),
    lines: linesOf(both, ({ ratio }) => ({ value: ratio, text: times(ratio) })),
    table: {
      head: ['What', 'Shape', 'Then', 'Now', 'Ratio'],
      rows: both.map(({ name, shape, was, medianMs, ratio }) => [
        name,
        shape,
        time(was.medianMs),
        time(medianMs),
        times(ratio),
      ]),
    },
  };
}
