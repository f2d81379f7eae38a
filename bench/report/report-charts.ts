// Bars and axes as inline SVG. Places are percentages, so that a chart is as wide as the page and its text stays readable.

import { percent, times } from './units.ts';

const at = (share: number) => `${(100 * Math.max(0, Math.min(1, share))).toFixed(2)}%`;

function svg(label: string, height: number, inner: string, css = 'chart'): string {
  const reading = label === '' ? 'aria-hidden="true"' : `role="img" aria-label="${label}"`;
  return `<svg class="${css}" width="100%" height="${height}" ${reading}>${inner}</svg>`;
}

const line = (x: string, css: string) => `<line class="${css}" x1="${x}" x2="${x}" y1="0" y2="100%"/>`;

/** A text at a place of an axis; those at the ends stay inside. */
function label(share: number, text: string): string {
  const anchor = share <= 0.02 ? 'start' : share >= 0.98 ? 'end' : 'middle';
  return `<text x="${at(share)}" y="12" text-anchor="${anchor}">${text}</text>`;
}

/** Marks at quarters of the maximum that a suite's bars are shares of; `most` is the right end. */
export function shareAxis(most: number): string {
  const marks = [0, 0.25, 0.5, 0.75, 1].map((share) =>
    label(share / most, percent(share).replace('0.0%', '0%')),
  );
  return svg('', 16, marks.join(''), 'scale');
}

/** A share of the maximum. */
export function bar(share: number, most: number): string {
  const marks = [0.25, 0.5, 0.75, 1].map((mark) => line(at(mark / most), mark === 1 ? 'one' : 'mark'));
  return svg(
    `${percent(share)}`,
    14,
    `<rect class="track" width="100%" height="100%" rx="3"/>${marks.join('')}<rect class="share" width="${at(share / most)}" height="100%" rx="3"/>`,
  );
}

/** Powers of two at the ends of an axis of ratios. */
export interface RatioScale {
  readonly low: number;
  readonly high: number;
}

/** The smallest axis with 1x inside that holds all ratios. */
export function ratioScale(ratios: readonly number[]): RatioScale {
  const logs = ratios.map((ratio) => Math.log2(ratio));
  return {
    low: Math.min(-1, Math.floor(Math.min(...logs))),
    high: Math.max(1, Math.ceil(Math.max(...logs))),
  };
}

const placeOf = (ratio: number, { low, high }: RatioScale) => (Math.log2(ratio) - low) / (high - low);

export function ratioAxis(scale: RatioScale): string {
  const steps = scale.high - scale.low;
  const every = Math.ceil(steps / 6);
  const marks: string[] = [];
  for (let log = scale.low; log <= scale.high; log++)
    if (log % every === 0)
      marks.push(label(placeOf(2 ** log, scale), log < 0 ? `1/${2 ** -log}x` : `${2 ** log}x`));
  return svg('', 16, marks.join(''), 'scale');
}

/** A bar from 1x to the ratio. */
export function ratioBar(ratio: number, scale: RatioScale): string {
  const one = placeOf(1, scale);
  const end = placeOf(ratio, scale);
  const [from, to] = one < end ? [one, end] : [end, one];
  return svg(
    times(ratio),
    14,
    `<rect class="track" width="100%" height="100%" rx="3"/><rect class="${ratio >= 1 ? 'share' : 'slower'}" x="${at(from)}" width="${at(to - from)}" height="100%"/>${line(at(one), 'one')}`,
  );
}
