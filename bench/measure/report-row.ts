// One row of the report out of what was measured. Pure.

import type { Timing } from './measure.ts';
import type { BenchCase, Denominators, Figures, ReportRow } from './types.ts';

/** A row whose numbers were wrong: no speed, no fraction, no ratio. */
export function failedRow({ suite, name, shape, denominator }: BenchCase): ReportRow {
  return {
    suite,
    name,
    shape,
    medianMs: null,
    p95Ms: null,
    rate: null,
    unit: null,
    denominator,
    fraction: null,
    peer: null,
    ratio: null,
    check: 'failed',
  };
}

/** A row whose numbers were right. */
export function reportRow(
  { suite, name, shape, work, denominator }: BenchCase,
  { medianMs, p95Ms }: Timing,
  peer: ReportRow['peer'],
  denominators: Denominators | null,
  figures?: Figures,
): ReportRow {
  const rate = work && medianMs > 0 ? work.amount / (medianMs / 1000) : null;
  const most = denominator === null ? null : (denominators?.[denominator] ?? null);
  return {
    suite,
    name,
    shape,
    medianMs,
    p95Ms,
    rate,
    unit: work ? `${work.unit}/s` : null,
    denominator,
    fraction: rate !== null && most !== null && most > 0 ? rate / most : null,
    peer,
    ratio: peer && medianMs > 0 ? peer.medianMs / medianMs : null,
    ...(figures && { figures }),
    check: 'ok',
  };
}
