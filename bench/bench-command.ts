// The command: measures, prints a table, writes a JSON file and a page with charts, and says how it went.

import { access, constants, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { Molmo2Error } from '../src/errors.ts';
import { benchInBrowser, listInBrowser } from './browser.ts';
import { benchInNode } from './node.ts';
import { benchHelp, benchOptions, UsageError, type BenchOptions } from './options.ts';
import { adapterName } from './report/report-html.ts';
import { listBench, type BenchEvent, type BenchSetting } from './run-bench.ts';
import { ReportFiles } from './report/report-files.ts';
import { denominatorsLine, summaryLine, tableHead, tableLine } from './report/table.ts';

export const exitStatus = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Where words go. */
export interface Output {
  /** A line of the table. */
  readonly print: (line: string) => void;
  /** A line about the run. */
  readonly note: (line: string) => void;
  /** What is being measured, on a line that is written over; an empty text takes it away. */
  readonly progress: (text: string) => void;
}

/** Paths mean the folder the user stands in; npm runs scripts in the repository's. */
function userFile(file: string): string {
  const folder = process.env['npm_lifecycle_event'] === 'bench' ? process.env['INIT_CWD'] : undefined;
  return resolve(folder ?? process.cwd(), file);
}

/** Refuses a file before hours are spent on what would be written to it. */
async function checkFolder(file: string): Promise<void> {
  await access(dirname(file), constants.W_OK).catch(() => {
    throw new UsageError(
      `${file} cannot be written. Choose a file in a folder that exists and can be written.`,
    );
  });
}

/** Refuses one file for both, links followed: the second would overwrite the first. */
async function checkDistinct(json: string, html: string): Promise<void> {
  const real = async (file: string) => {
    const info = await stat(file, { bigint: true }).catch(() => null);
    if (info) return info.isFile() ? `${info.dev}:${info.ino}` : null; // a device keeps nothing
    return join(await realpath(dirname(file)), basename(file));
  };
  const [one, other] = await Promise.all([json, html].map(real));
  if (one !== null && one === other)
    throw new UsageError(`--json and --html are both ${json}. Choose two names.`);
}

/** Prints rows under the name of their suite as they come. */
function printer({ print, note, progress }: Output): (event: BenchEvent) => void {
  let suite = '';
  return (event) => {
    progress('');
    if (event.type === 'start') print(adapterName(event.adapter));
    else if (event.type === 'denominators') print(denominatorsLine(event.denominators));
    else if (event.type === 'note') note(`note: ${event.text}`);
    else if (event.type === 'row') {
      if (event.row.suite !== suite) print(`\n${event.row.suite}\n${tableHead}`);
      suite = event.row.suite;
      print(tableLine(event.row));
    } else if (event.type === 'open') progress(`${event.done + 1}/${event.total} ${event.row}`);
  };
}

/** Runs the command and returns the exit status. `cases` takes the place of all rows but the denominators. */
export async function benchCommand(
  args: readonly string[],
  output: Output,
  signal: AbortSignal,
  cases?: BenchSetting['cases'],
): Promise<number> {
  try {
    return await bench(benchOptions(args), output, signal, cases);
  } catch (error) {
    output.progress('');
    if (signal.aborted) {
      output.note('interrupted: the rows that were done are written.');
      return exitStatus.interrupted;
    }
    const { line, status } = failure(error);
    output.note(line);
    if (process.env['DEBUG'] && error instanceof Error) output.note(error.stack ?? '');
    return status;
  }
}

async function bench(
  options: BenchOptions,
  output: Output,
  signal: AbortSignal,
  cases: BenchSetting['cases'],
): Promise<number> {
  const { print } = output;
  if (options.help) {
    print(benchHelp.trimEnd());
    return exitStatus.ok;
  }
  if (options.list) {
    const titles =
      options.runtime === 'node' ? await listBench(options) : await listInBrowser(options, options.adapter);
    titles.forEach(print);
    return exitStatus.ok;
  }
  const [json, html] = [userFile(options.json), userFile(options.html)];
  await Promise.all([json, html].map(checkFolder));
  await checkDistinct(json, html);
  const files = new ReportFiles(json, html);
  const printed = printer(output);
  const onEvent = (event: BenchEvent) => {
    if (event.type === 'report') files.keep(event);
    else printed(event);
  };
  const { report, notes } =
    options.runtime === 'node'
      ? await benchInNode(options, onEvent, signal, cases)
      : await benchInBrowser(options, options.adapter, onEvent, signal);
  if (report.rows.length === 0 && notes.length === 0)
    throw new UsageError(
      `No row matches${options.filter === null ? '' : ` --filter "${options.filter}"`} here. See --list for the rows of this machine.`,
    );
  files.write({ report, notes });
  print(`\n${summaryLine(report)}`);
  print(`${json}\n${html}`);
  return report.rows.some(({ check }) => check === 'failed') ? exitStatus.failed : exitStatus.ok;
}

function failure(error: unknown): { readonly line: string; readonly status: number } {
  const message = error instanceof Error ? error.message : String(error);
  const oneLine = message.replaceAll(/\s+/g, ' ').trim();
  if (error instanceof UsageError || error instanceof RangeError)
    return { line: `usage: ${oneLine.replace('options.kernels', '--kernels')}`, status: exitStatus.usage };
  const code = error instanceof Molmo2Error ? error.code : 'failed';
  return { line: `${code}: ${oneLine}`, status: exitStatus.failed };
}
