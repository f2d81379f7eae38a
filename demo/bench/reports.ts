// The reports that came with this page: the files of bench/reports, which `npm run bench` wrote.

import type { Report } from '../../bench/measure/types.ts';

export interface NamedReport {
  /** The file's, without its ending: after the adapter and the runtime. */
  readonly name: string;
  readonly report: Report;
}

const files = import.meta.glob<Report>('../../bench/reports/*.json', { eager: true, import: 'default' });

/** Software drivers are reported, too; their numbers say nothing about GPUs. */
const software = /swiftshader|llvmpipe|lavapipe|software/i;

export const isSoftware = ({ adapter }: Report): boolean =>
  software.test(`${adapter.vendor} ${adapter.architecture} ${adapter.description}`);

/** GPUs first, and of those the reports of most rows. */
export const namedReports: readonly NamedReport[] = Object.entries(files)
  .map(([file, report]) => ({ name: file.replace(/^.*\/|\.json$/g, ''), report }))
  .toSorted(
    (a, b) =>
      Number(isSoftware(a.report)) - Number(isSoftware(b.report)) ||
      b.report.rows.length - a.report.rows.length,
  );
