// The report as one page that needs nothing else: no scripts, no fonts, no requests. Pure.

import { bar, ratioAxis, ratioBar, shareAxis, type RatioScale, ratioScale } from './report-charts.ts';
import { denominatorNames, denominatorText } from './denominator-names.ts';
import { escapeHtml } from './escape-html.ts';
import styles from './report-html.css?raw';
import { geometricMean } from '../measure/statistics.ts';
import { suiteNames } from '../measure/suites.ts';
import type { Denominators, Report, ReportRow } from '../measure/types.ts';
import { figuresText, percent, rateText, time, times } from './units.ts';

/** `notes` are told beside the numbers: what was left out, and why a check failed. */
export function reportHtml(report: Report, notes: readonly string[] = []): string {
  const { when, adapter, runtime } = report;
  const name = adapterName(adapter);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>molmo2-webgpu benchmark: ${escapeHtml(name)}</title>
<style>
${styles}</style>
</head>
<body>
<header>
<h1>molmo2-webgpu benchmark</h1>
<p class="adapter">${escapeHtml(name)}</p>
<p class="soft">${escapeHtml(runtime)}, <time datetime="${escapeHtml(when)}">${escapeHtml(when.replace('T', ' ').replace(/\.\d+Z$/, ' UTC'))}</time></p>
${adapter.features.length > 0 ? `<p class="soft">Features: ${escapeHtml(adapter.features.join(', '))}</p>\n` : ''}</header>
<main>
${denominatorCards(report.denominators)}
${failures(report.rows)}
${ratios(report.rows)}
${suiteNames
  .map((suite) =>
    suiteSection(
      suite,
      report.rows.filter((row) => row.suite === suite),
    ),
  )
  .join('')}
${notesSection(notes)}
</main>
</body>
</html>
`;
}

/** An adapter as a person names it. */
export function adapterName({ vendor, architecture, description }: Report['adapter']): string {
  return [vendor, architecture, description].filter((part) => part !== '').join(' ') || 'unnamed adapter';
}

function denominatorCards(denominators: Denominators): string {
  const cards = (Object.keys(denominatorNames) as (keyof Denominators)[]).map(
    (key) =>
      `<div><dt>${denominatorNames[key]}</dt><dd>${denominatorText(key, denominators[key])}</dd></div>`,
  );
  return `<section>
<h2>What this machine can do at most</h2>
<dl class="cards">${cards.join('')}</dl>
</section>`;
}

function failures(rows: readonly ReportRow[]): string {
  const failed = rows.filter(({ check }) => check === 'failed');
  if (failed.length === 0)
    return `<p class="good">All ${rows.length} rows computed the right numbers before they were timed.</p>`;
  const items = failed.map(
    ({ suite, name, shape }) => `<li>${escapeHtml(`${suite}: ${name}, ${shape}`)}</li>`,
  );
  return `<section class="bad"><h2>${failed.length} of ${rows.length} rows failed their check</h2><ul>${items.join('')}</ul></section>`;
}

function ratios(rows: readonly ReportRow[]): string {
  const shared = rows.flatMap((row) =>
    row.ratio === null || row.peer === null ? [] : [{ ...row, ratio: row.ratio, peer: row.peer }],
  );
  if (shared.length === 0) return '';
  const scale = ratioScale(shared.map(({ ratio }) => ratio));
  const mean = geometricMean(shared.map(({ ratio }) => ratio));
  const items = shared.map((row) => ratioItem(row, row.ratio, row.peer, scale));
  return `<section>
<h2>Against onnxruntime-web</h2>
<p class="soft">Its time over ours, same machine, same run: right of 1x we are faster. Geometric mean ${times(mean)}.</p>
<ul class="rows"><li class="axis">${ratioAxis(scale)}</li>${items.join('')}</ul>
</section>`;
}

function ratioItem(
  row: ReportRow,
  ratio: number,
  peer: { name: string; medianMs: number },
  scale: RatioScale,
): string {
  const ours = row.medianMs === null ? '' : time(row.medianMs);
  return `<li>
<p class="name">${title(row)}</p>
<p class="figures"><strong>${times(ratio)}</strong> ${ours} against ${time(peer.medianMs)} of ${escapeHtml(peer.name)}</p>
${ratioBar(ratio, scale)}
</li>`;
}

const title = ({ name, shape }: ReportRow) => `${escapeHtml(name)} <span>${escapeHtml(shape)}</span>`;

function suiteSection(suite: string, rows: readonly ReportRow[]): string {
  if (rows.length === 0) return '';
  const most = Math.max(1, ...rows.map(({ fraction }) => fraction ?? 0));
  const hasShares = rows.some(({ fraction }) => fraction !== null);
  return `<section>
<h2>${escapeHtml(suite)}</h2>
<ul class="rows">${hasShares ? `<li class="axis">${shareAxis(most)}</li>` : ''}${rows.map((row) => suiteItem(row, most)).join('')}</ul>
</section>
`;
}

function suiteItem(row: ReportRow, most: number): string {
  const { medianMs, p95Ms, rate, unit, fraction, denominator, check, figures } = row;
  if (check === 'failed' || medianMs === null)
    return `<li class="failed">
<p class="name">${title(row)}</p>
<p class="figures"><strong>check failed</strong> not timed</p>
</li>`;
  const parts = [
    `<strong>${time(medianMs)}</strong>`,
    ...(p95Ms === null ? [] : [`p95 ${time(p95Ms)}`]),
    ...(rate === null ? [] : [escapeHtml(rateText(rate, unit ?? ''))]),
    ...(fraction === null || denominator === null
      ? []
      : [`${percent(fraction)} of ${denominatorNames[denominator]}`]),
    ...(figures ? [escapeHtml(figuresText(figures))] : []),
  ];
  return `<li>
<p class="name">${title(row)}</p>
<p class="figures">${parts.join(' · ')}</p>
${fraction === null ? '' : bar(fraction, most)}
</li>`;
}

function notesSection(notes: readonly string[]): string {
  if (notes.length === 0) return '';
  return `<section><h2>Notes</h2><ul class="notes">${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('')}</ul></section>`;
}
