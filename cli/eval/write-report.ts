// The pages and files for people that `eval` writes beside its numbers.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { comparisonHtml, type ComparedRuns } from '../../eval/report/comparison-html.ts';
import { reportHtml } from '../../eval/report/report-html.ts';
import { reportJson } from '../../eval/report/report-json.ts';
import { makeReport } from '../../eval/report/report.ts';
import type { EvalRun } from '../../eval/run/run-record.ts';
import { WriteError } from '../failure.ts';
import { smallPictures } from '../questions/small-pictures.ts';
import { writeFileWhole } from '../write-file.ts';
import type { OpenedSet } from './sources.ts';

const written = (folder: string, name: string, text: string) =>
  writeFileWhole(join(folder, name), [new TextEncoder().encode(text)]);

/** Writes report.html and report.json of all runs. Throws WriteError. */
export async function writeReport(
  folder: string,
  runs: readonly EvalRun[],
  sets: readonly OpenedSet[],
  signal: AbortSignal,
): Promise<void> {
  const report = await makeReport(runs, {
    questionsOf: ({ sha256 }) => sets.find(({ set }) => set.sha256 === sha256)?.source.questions() ?? null,
    pictures: smallPictures(signal),
  });
  signal.throwIfAborted();
  await written(folder, 'report.html', reportHtml(report));
  await written(folder, 'report.json', reportJson(report));
}

/** Writes comparison.html into a folder, which is made where there is none. Throws WriteError. */
export async function writeComparison(folder: string, compared: ComparedRuns): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new WriteError(folder, cause);
  });
  await written(folder, 'comparison.html', comparisonHtml(compared));
}
