// What was measured, as elements of the page.

import type { Denominators, ReportRow } from '../../bench/measure/types.ts';
import { denominatorNames, denominatorText } from '../../bench/report/denominator-names.ts';
import { percent, rateText, time, times } from '../../bench/report/units.ts';
import { make } from '../dom.ts';

export function denominatorCards(denominators: Denominators): HTMLElement[] {
  return (Object.keys(denominatorNames) as (keyof Denominators)[]).map((key) =>
    make(
      'div',
      {},
      make('dt', { textContent: denominatorNames[key] }),
      make('dd', { textContent: denominatorText(key, denominators[key]) }),
    ),
  );
}

export function rowElement(row: ReportRow): HTMLElement {
  const { name, shape, medianMs, check, fraction } = row;
  const element = make(
    'div',
    { className: 'bench-row' },
    make(
      'p',
      {},
      make('strong', { textContent: name }),
      ' ',
      make('span', { className: 'shape', textContent: shape }),
    ),
    make('p', { className: 'figures', textContent: figures(row) }),
    make('p', {
      className: 'time',
      textContent: check === 'failed' || medianMs === null ? 'failed' : time(medianMs),
    }),
  );
  element.dataset['check'] = check;
  if (fraction !== null)
    element.append(
      make('meter', { min: 0, max: 1, value: fraction, title: `${percent(fraction)} of the maximum` }),
    );
  return element;
}

function figures({ check, p95Ms, rate, unit, fraction, denominator, peer, ratio }: ReportRow): string {
  if (check === 'failed') return 'Its numbers were wrong, so it was not timed.';
  const parts: string[] = [];
  if (p95Ms !== null) parts.push(`p95 ${time(p95Ms)}`);
  if (rate !== null) parts.push(rateText(rate, unit ?? ''));
  if (fraction !== null && denominator !== null)
    parts.push(`${percent(fraction)} of ${denominatorNames[denominator]}`);
  if (peer && ratio !== null) parts.push(`${times(ratio)} against ${time(peer.medianMs)} of ${peer.name}`);
  return parts.join(' · ');
}
