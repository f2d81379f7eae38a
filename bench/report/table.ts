// Rows as lines of a terminal. Pure.

import { denominatorNames, denominatorText } from './denominator-names.ts';
import { geometricMean } from '../measure/statistics.ts';
import type { Denominators, Report, ReportRow } from '../measure/types.ts';
import { figuresText, percent, rateText, time, times } from './units.ts';

const widths = { name: 76, median: 10, rate: 15, fraction: 6, ratio: 7 };

export const tableHead = [
  'row'.padEnd(widths.name),
  'median'.padStart(widths.median),
  'rate'.padStart(widths.rate),
  'of max'.padStart(widths.fraction),
  'vs ORT'.padStart(widths.ratio),
].join(' ');

export function tableLine(row: ReportRow): string {
  const { name, shape, medianMs, rate, unit, fraction, ratio, check, figures } = row;
  const title = `${name}, ${shape}`;
  if (check === 'failed' || medianMs === null)
    return `${title.padEnd(widths.name)} ${'FAILED'.padStart(widths.median)}`;
  const line = [
    title.padEnd(widths.name),
    time(medianMs).padStart(widths.median),
    (rate === null ? '' : rateText(rate, unit ?? '')).padStart(widths.rate),
    (fraction === null ? '' : percent(fraction)).padStart(widths.fraction),
    (ratio === null ? '' : times(ratio)).padStart(widths.ratio),
  ]
    .join(' ')
    .trimEnd();
  return figures ? `${line}\n  ${figuresText(figures)}` : line;
}

export function denominatorsLine(denominators: Denominators): string {
  const texts = (Object.keys(denominatorNames) as (keyof Denominators)[]).map(
    (key) => `${denominatorNames[key]} ${denominatorText(key, denominators[key])}`,
  );
  return texts.join(', ');
}

/** What the report comes down to; one line. */
export function summaryLine({ rows }: Report): string {
  const failed = rows.filter(({ check }) => check === 'failed').length;
  const ratios = rows.flatMap(({ ratio }) => (ratio === null ? [] : [ratio]));
  const parts = [`${rows.length} ${rows.length === 1 ? 'row' : 'rows'}, ${failed} failed`];
  if (ratios.length > 0)
    parts.push(
      `against onnxruntime-web ${times(geometricMean(ratios))} in the geometric mean of ${ratios.length}, ${times(Math.min(...ratios))} at least`,
    );
  return parts.join('; ');
}
