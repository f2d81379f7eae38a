// The reports of others' machines: one is chosen, its charts are shown.

import { denominatorText } from '../../bench/report/denominator-names.ts';
import { adapterName } from '../../bench/report/report-html.ts';
import { changePlot, reportPlots } from '../../bench/report/report-plots.ts';
import { byId, make } from '../dom.ts';
import { plotElement } from './plot-view.ts';
import { isSoftware, type NamedReport, namedReports } from './reports.ts';
import { denominatorCards } from './rows-view.ts';

const day = (when: string) =>
  new Date(when).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  });

function factsOf({ name, report }: NamedReport): HTMLElement[] {
  const { adapter, runtime, when, rows } = report;
  const features = adapter.features.filter((feature) => feature !== 'core-features-and-limits');
  const failed = rows.filter(({ check }) => check === 'failed').length;
  const words = [
    `${adapterName(adapter)}. ${runtime}, ${day(when)}, with ${features.join(', ')}.`,
    `${rows.length} rows, ${failed === 0 ? 'all' : rows.length - failed} checked to compute the right numbers.`,
    ...(isSoftware(report) ? ['A driver in software: its times say nothing about graphics cards.'] : []),
  ];
  const link = `bench/reports/${name}.json`;
  return [
    make('p', { className: 'bench-about', textContent: words.join(' ') }),
    make('p', { className: 'bench-about' }, 'Read from the file ', make('code', { textContent: link }), '.'),
  ];
}

function showReport(named: NamedReport): void {
  const { report } = named;
  const others = namedReports.filter((other) => other !== named).map((other) => other.report);
  const change = changePlot(report, others);
  const cards = make('dl', { className: 'bench-cards' }, ...denominatorCards(report.denominators));
  cards.setAttribute('aria-label', 'What that machine can do at most');
  const plots = [...reportPlots(report), ...(change ? [change] : [])];
  byId('report', HTMLDivElement).replaceChildren(...factsOf(named), cards, ...plots.map(plotElement));
}

/** A report's line in the list. */
function optionText({ name, report }: NamedReport): string {
  const bandwidth = denominatorText('readGBs', report.denominators.readGBs);
  return `${name}: ${report.rows.length} rows, reads ${bandwidth}`;
}

export function setUpReports(): void {
  const choice = byId('report-choice', HTMLSelectElement);
  choice.append(
    ...namedReports.map((named) => make('option', { value: named.name, textContent: optionText(named) })),
  );
  const show = () => {
    const named = namedReports.find(({ name }) => name === choice.value);
    if (named) showReport(named);
  };
  choice.addEventListener('change', show);
  show();
}
