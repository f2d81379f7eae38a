// Scores and times as inline SVG. Places are percentages, so that a chart is as wide as the page and its text stays readable. Pure.

import { escapeHtml } from '../../bench/report/escape-html.ts';
import type { Interval } from '../metrics/bootstrap.ts';
import { intervalText, scoreText, secondsText } from './words.ts';

const at = (share: number) => `${(100 * Math.max(0, Math.min(1, share))).toFixed(2)}%`;

/** Marks at quarters from 0 to 1. */
export function scoreAxis(): string {
  const marks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const anchor = share === 0 ? 'start' : share === 1 ? 'end' : 'middle';
    return `<text x="${at(share)}" y="12" text-anchor="${anchor}">${share}</text>`;
  });
  return `<svg class="scale" width="100%" height="16" aria-hidden="true">${marks.join('')}</svg>`;
}

/** A score as a bar, its interval as a whisker. */
export function scoreBar({ value, low, high }: Interval): string {
  const marks = [0.25, 0.5, 0.75].map(
    (mark) => `<line class="mark" x1="${at(mark)}" x2="${at(mark)}" y1="0" y2="100%"/>`,
  );
  const end = (share: number) =>
    `<line class="whisker" x1="${at(share)}" x2="${at(share)}" y1="20%" y2="80%"/>`;
  return (
    `<svg class="chart" width="100%" height="16" role="img" aria-label="${intervalText({ value, low, high })}">` +
    `<rect class="track" width="100%" height="100%" rx="3"/>${marks.join('')}` +
    `<rect class="share" width="${at(value)}" height="100%" rx="3"/>` +
    `<line class="whisker" x1="${at(low)}" x2="${at(high)}" y1="50%" y2="50%"/>${end(low)}${end(high)}</svg>`
  );
}

/** One run in the chart of speed and score. */
export interface SpeedPoint {
  /** In the list beside the chart. */
  readonly number: number;
  readonly name: string;
  readonly seconds: number;
  readonly score: Interval;
}

/** Score over seconds: what is high and to the left is better. Runs are numbered as in the list beside it. */
export function speedChart(points: readonly SpeedPoint[]): string {
  const most = 1.15 * Math.max(...points.map(({ seconds }) => seconds));
  const lowest = Math.min(...points.map(({ score }) => score.low));
  // Runs that differ by little would lie on one another on an axis from 0.
  const bottom = Math.max(0, Math.floor(lowest * 10 - 0.5) / 10);
  const y = (score: number) => at(0.06 + 0.84 * (1 - (score - bottom) / (1 - bottom)));
  const x = (seconds: number) => at(0.06 + 0.92 * (seconds / most));
  const grid = [bottom, (bottom + 1) / 2, 1].map(
    (score) =>
      `<line class="mark" x1="6%" x2="100%" y1="${y(score)}" y2="${y(score)}"/>` +
      `<text x="0" y="${y(score)}" dy="4">${score.toFixed(2)}</text>`,
  );
  const times = [0, most / 2, most].map(
    (seconds, i) =>
      `<text x="${x(seconds)}" y="100%" dy="-2" text-anchor="${i === 0 ? 'start' : i === 2 ? 'end' : 'middle'}">${secondsText(seconds)}</text>`,
  );
  const dots = points.map(({ number, seconds, score }) => {
    const [left, middle] = [x(seconds), y(score.value)];
    return (
      `<line class="whisker" x1="${left}" x2="${left}" y1="${y(score.low)}" y2="${y(score.high)}"/>` +
      `<circle class="dot" cx="${left}" cy="${middle}" r="9"/>` +
      `<text class="number" x="${left}" y="${middle}" dy="4" text-anchor="middle">${number}</text>`
    );
  });
  const reading = points
    .map(
      ({ number, name, seconds, score }) =>
        `${number} ${name}: ${scoreText(score.value)} in ${secondsText(seconds)}`,
    )
    .join('; ');
  return `<svg class="speed" width="100%" height="240" role="img" aria-label="${escapeHtml(reading)}">${grid.join('')}${times.join('')}${dots.join('')}</svg>`;
}
