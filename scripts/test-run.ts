// Runs checks and Vitest in their own processes and counts what came of them.

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What could not even start counts as one failure and does not hide the rest. */
export const oneFailure: Totals = { passed: 0, failed: 1, skipped: 0 };

/** The part of Vitest's JSON report that is read here. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/** A script of package.json as one check. Those that run at the same time say something only where they fail. */
export function npmRun(script: string): Promise<Totals> {
  console.log(`\n> ${script}`);
  // npm's own program by the node that runs this: on Windows `npm` is a script that spawn does not start.
  const npm = process.env['npm_execpath'];
  const [command, args] = npm
    ? [process.execPath, [npm, 'run', '--silent', script]]
    : ['npm', ['run', '--silent', script]];
  return new Promise((resolve) => {
    const settle = (ok: boolean) => resolve({ passed: Number(ok), failed: Number(!ok), skipped: 0 });
    spawn(command, args, { stdio: 'inherit' })
      .once('error', () => settle(false))
      .once('close', (status) => settle(status === 0));
  });
}

/** Counts what a report says, and the files that failed before any of their tests ran. */
function totalsOf(report: Report): Totals {
  const deadFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + deadFiles.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** Vitest with the given arguments, and `env` beside this process's own. */
export function vitest(args: readonly string[], env: Readonly<Record<string, string>> = {}): Totals {
  const folder = mkdtempSync(join(tmpdir(), 'molmo2-test-'));
  const file = join(folder, 'report.json');
  const program = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  try {
    console.log(
      `\n> vitest${Object.entries(env)
        .map(([name, value]) => ` ${name}=${value}`)
        .join('')}`,
    );
    const { status } = spawnSync(process.execPath, [program, 'run', ...reporters, ...args], {
      stdio: 'inherit',
      env: { ...process.env, ...env },
    });
    const totals = totalsOf(JSON.parse(readFileSync(file, 'utf8')) as Report);
    // An error outside any test (a worker that crashed, a promise nobody awaited) fails the run as well.
    return status !== 0 && totals.failed === 0 ? { ...totals, failed: 1 } : totals;
  } catch (error) {
    console.error(`The test run left no report: ${String(error)}`);
    return oneFailure;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Prints the line of totals that ends every test command, and sets the exit status. */
export function finish(parts: readonly Totals[]): void {
  const sum = (key: keyof Totals): number => parts.reduce((total, part) => total + part[key], 0);
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
  process.exitCode = sum('failed') > 0 ? 1 : 0;
}
