// `npm run bench`: measures, prints a table, writes a JSON file and a page with charts.

import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import process from 'node:process';
import { Molmo2Error } from '../src/errors.ts';
import { benchInBrowser, listInBrowser } from './browser.ts';
import { benchInNode } from './node.ts';
import { benchHelp, benchOptions, UsageError, type BenchOptions } from './options.ts';
import { reportHtml } from './report-html.ts';
import { listBench, type BenchEvent, type BenchResult } from './run-bench.ts';
import { denominatorsLine, summaryLine, tableHead, tableLine } from './table.ts';

const exitStatus = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

const print = (line: string) => process.stdout.write(`${line}\n`);
const note = (line: string) => process.stderr.write(`${line}\n`);

/** Paths mean the folder the user stands in; npm runs scripts in the repository's. */
function userFile(file: string): string {
  const folder = process.env['npm_lifecycle_event'] === 'bench' ? process.env['INIT_CWD'] : undefined;
  return resolve(folder ?? process.cwd(), file);
}

async function writeReport(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${file} could not be written: ${why}. Choose a file in a folder that exists.`, {
      cause: error,
    });
  }
}

/** Prints rows under the name of their suite as they come. */
function printer(): (event: BenchEvent) => void {
  let suite = '';
  const erase = () => (process.stderr.isTTY ? process.stderr.write('\r\u001b[2K') : false);
  return (event) => {
    erase();
    if (event.type === 'start') {
      const { vendor, architecture, description } = event.adapter;
      print(`${[vendor, architecture, description].filter(Boolean).join(' ') || 'unnamed adapter'}`);
    } else if (event.type === 'denominators') print(denominatorsLine(event.denominators));
    else if (event.type === 'note') note(`note: ${event.text}`);
    else if (event.type === 'row') {
      if (event.row.suite !== suite) print(`\n${event.row.suite}\n${tableHead}`);
      suite = event.row.suite;
      print(tableLine(event.row));
    } else if (process.stderr.isTTY) process.stderr.write(`${event.done + 1}/${event.total} ${event.row}`);
  };
}

function run(options: BenchOptions, signal: AbortSignal): Promise<BenchResult> {
  const onEvent = printer();
  return options.runtime === 'node'
    ? benchInNode(options, onEvent, signal)
    : benchInBrowser(options, options.adapter, onEvent, signal);
}

async function bench(options: BenchOptions, signal: AbortSignal): Promise<number> {
  if (options.help) {
    process.stdout.write(benchHelp);
    return exitStatus.ok;
  }
  if (options.list) {
    const titles =
      options.runtime === 'node' ? await listBench(options) : await listInBrowser(options, options.adapter);
    titles.forEach(print);
    return exitStatus.ok;
  }
  const { report, notes } = await run(options, signal);
  if (report.rows.length === 0)
    throw new UsageError(
      `No row matches${options.filter === null ? '' : ` --filter "${options.filter}"`} here. See --list for the rows of this machine.`,
    );
  const [json, html] = [userFile(options.json), userFile(options.html)];
  await writeReport(json, `${JSON.stringify(report, null, 2)}\n`);
  await writeReport(html, reportHtml(report, notes));
  print(`\n${summaryLine(report)}`);
  print(`${json}\n${html}`);
  return report.rows.some(({ check }) => check === 'failed') ? exitStatus.failed : exitStatus.ok;
}

function failure(error: unknown): { readonly line: string; readonly status: number } {
  const message = error instanceof Error ? error.message : String(error);
  const oneLine = message.replaceAll(/\s+/g, ' ').trim();
  if (error instanceof UsageError || error instanceof RangeError)
    return { line: `usage: ${oneLine}`, status: exitStatus.usage };
  const code = error instanceof Molmo2Error ? error.code : 'failed';
  return { line: `${code}: ${oneLine}`, status: exitStatus.failed };
}

/** Aborts on the first interrupt; a second one ends the process at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  process.on('SIGINT', () => {
    if (controller.signal.aborted) process.exit(exitStatus.interrupted);
    controller.abort(new DOMException('Interrupted.', 'AbortError'));
  });
  return controller.signal;
}

async function main(): Promise<number> {
  // The Vulkan loader of Linux complains where a session has no such folder.
  if (process.platform === 'linux') process.env['XDG_RUNTIME_DIR'] ??= tmpdir();
  const signal = interruption();
  try {
    return await bench(benchOptions(process.argv.slice(2)), signal);
  } catch (error) {
    if (signal.aborted) {
      note('interrupted: nothing was written.');
      return exitStatus.interrupted;
    }
    const { line, status } = failure(error);
    note(line);
    if (process.env['DEBUG'] && error instanceof Error) note(error.stack ?? '');
    return status;
  }
}

process.exitCode = await main();
