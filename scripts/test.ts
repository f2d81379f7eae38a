// `npm test`: everything that can be checked on this machine. Says first which Chromium and which GPU driver it uses, and
// ends with one line of totals: a check (format, lint, types) counts as one. `--golden` (`npm run test:golden`) runs instead
// every golden case in Chromium and in Dawn; other arguments go to Vitest.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { ensureChromium } from './chromium.ts';
import { ensureVulkan } from './vulkan.ts';

interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

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

const golden = process.argv.includes('--golden');
const checks = golden ? [] : ['check:format', 'check:lint', 'check:types'];
const selection = golden
  ? ['--project', 'dawn', '--project', 'chromium', 'tests/parity', 'tests/node/bundles']
  : [];

function npmRun(script: string): Totals {
  console.log(`\n> ${script}`);
  // npm's own program by the node that runs this: on Windows `npm` is a script that spawn does not start.
  const npm = process.env['npm_execpath'];
  const [command, args] = npm
    ? [process.execPath, [npm, 'run', '--silent', script]]
    : ['npm', ['run', '--silent', script]];
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  return { passed: Number(status === 0), failed: Number(status !== 0), skipped: 0 };
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

function vitest(): Totals {
  const folder = mkdtempSync(join(tmpdir(), 'molmo2-test-'));
  const file = join(folder, 'report.json');
  const program = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const more = process.argv.slice(2).filter((argument) => argument !== '--golden');
  try {
    console.log('\n> vitest');
    const { status } = spawnSync(process.execPath, [program, 'run', ...reporters, ...selection, ...more], {
      stdio: 'inherit',
      env: { ...process.env, ...(golden ? { GOLDEN_CASES: 'all' } : {}) },
    });
    const totals = totalsOf(JSON.parse(readFileSync(file, 'utf8')) as Report);
    // An error outside any test (a worker that crashed, a promise nobody awaited) fails the run as well.
    return status !== 0 && totals.failed === 0 ? { ...totals, failed: 1 } : totals;
  } catch (error) {
    console.error(`The test run left no report: ${String(error)}`);
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Everything in order; what cannot even start counts as one failure and does not hide the rest. */
async function run(): Promise<Totals[]> {
  const totals = checks.map(npmRun);
  try {
    process.env['CHROMIUM'] = (await ensureChromium(console.log)).executablePath;
    Object.assign(process.env, ensureVulkan(console.log).env);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    totals.push({ passed: 0, failed: 1, skipped: 0 });
  }
  return [...totals, vitest()];
}

const all = await run();
const sum = (key: keyof Totals): number => all.reduce((total, part) => total + part[key], 0);
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
process.exitCode = sum('failed') > 0 ? 1 : 0;
