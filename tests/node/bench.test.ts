// The benchmark as a user runs it, in Node, and what it says about numbers that are wrong.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { benchCommand } from '../../bench/bench-command.ts';
import { linearCase } from '../../bench/cases/linear.ts';
import { compareRows, openKernel } from '../../bench/cases/open-kernel.ts';
import { rmsNormed } from '../../bench/cases/reference-math.ts';
import { randomFloats } from '../../bench/inputs/random.ts';
import type { BenchCase, Report } from '../../bench/measure/types.ts';
import { Arena } from '../../src/gpu/arena.ts';
import { rmsNorm } from '../../src/kernels/rows/rms-norm.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'molmo2-bench-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** `npm run bench -- ...args` from `folder`, without npm's own start-up time. */
function npmRunBench(
  args: readonly string[],
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['scripts/run.mjs', 'bench/main.ts', ...args], {
    cwd: resolve('.'),
    env: { ...process.env, npm_lifecycle_event: 'bench', INIT_CWD: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((done, reject) => {
    child.once('error', reject);
    child.once('close', (status) => done({ status, stdout, stderr }));
  });
}

test('a row is measured in Node within 30 seconds and written to the folder of the user', async () => {
  const startMs = performance.now();
  const args = ['--runtime', 'node', '--quick', '--no-peer', '--suite', 'kernels'];
  const { status, stdout } = await npmRunBench([...args, '--filter', 'matvec f32 shapes att_proj']);
  expect(status).toBe(0);
  expect(stdout).toContain('1 row, 0 failed');
  const report = JSON.parse(readFileSync(join(folder, 'bench-report.json'), 'utf8')) as Report;
  expect(report.runtime).toMatch(/^Node \d/);
  expect(report.rows).toHaveLength(1);
  expect(report.rows[0]).toMatchObject({ suite: 'kernels', name: 'matvec f32', check: 'ok', unit: 'GB/s' });
  expect(report.rows[0]?.medianMs).toBeGreaterThan(0);
  const { readGBs, fma32Gflops, dispatchUs, matmulGflops } = report.denominators;
  for (const value of [readGBs, fma32Gflops, dispatchUs, matmulGflops]) expect(value).toBeGreaterThan(0);
  expect(readFileSync(join(folder, 'bench-report.html'), 'utf8')).toContain('All 1 rows');
  expect((performance.now() - startMs) / 1000).toBeLessThan(30);
});

/** The command in this process, with rows of the test's own. */
async function measured(cases: readonly BenchCase[]) {
  const lines: string[] = [];
  const output = {
    print: (line: string) => void lines.push(line),
    note: (line: string) => void lines.push(line),
    progress: () => {},
  };
  const files = ['--json', join(folder, 'own.json'), '--html', join(folder, 'own.html')];
  const status = await benchCommand(
    ['--runtime', 'node', '--quick', '--no-peer', '--suite', 'kernels', ...files],
    output,
    new AbortController().signal,
    () => cases,
  );
  const report = JSON.parse(readFileSync(join(folder, 'own.json'), 'utf8')) as Report;
  return { status, report, html: readFileSync(join(folder, 'own.html'), 'utf8'), text: lines.join('\n') };
}

const right = linearCase({ suite: 'kernels', model: 'test', format: 'f32', rows: 4, columns: 64, k: 64 });

/** A norm whose kernel is given another epsilon than its reference. */
const wrong: BenchCase = {
  ...right,
  name: 'wrong',
  open(context) {
    const arena = new Arena(context.runner.device, 'wrong');
    const values = randomFloats(1, 8 * 64);
    const weight = randomFloats(2, 64);
    const y = arena.tensor('y', [8, 64]);
    const x = arena.tensorOf('x', [8, 64], values);
    return openKernel(context, {
      name: 'wrong',
      arena,
      lists: [[rmsNorm(x, arena.tensorOf('weight', [64], weight), y, 1e-3)]],
      compare: () =>
        compareRows(
          context,
          y,
          (row) => rmsNormed(Float64Array.from(values.subarray(row * 64, row * 64 + 64)), weight, 1e-6),
          1e-5,
        ),
    });
  },
};

test('a row with wrong numbers is reported as failed, is not timed, and the run ends with 1', async () => {
  const { status, report, html, text } = await measured([right, wrong]);
  expect(status).toBe(1);
  expect(report.rows.map(({ name, check }) => [name, check])).toEqual([
    ['matmul f32', 'ok'],
    ['wrong', 'failed'],
  ]);
  expect(report.rows[1]).toMatchObject({ medianMs: null, rate: null, fraction: null, ratio: null });
  expect(html).toContain('1 of 2 rows failed');
  expect(text).toMatch(/note: kernels: wrong, .*FAILED, its numbers are off by \d\.\de-3 of the largest/);
  expect(text).toContain('2 rows, 1 failed');
});

test('a row that cannot run is reported as failed, and the others are measured', async () => {
  const broken = { ...right, name: 'broken', open: () => Promise.reject(new Error('no such kernel')) };
  const { status, report, text } = await measured([broken, right]);
  expect(status).toBe(1);
  expect(report.rows.map(({ check }) => check)).toEqual(['failed', 'ok']);
  expect(text).toContain('FAILED, no such kernel');
});

test.each([
  [['--suite', 'nothing'], /^usage: --suite must be one of/],
  [
    ['--runtime', 'node', '--filter', 'no such row'],
    /usage: No row matches --filter "no such row" here\. See --list/,
  ],
  [['--json', '/no/such/folder/a.json'], /^usage: \/no\/such\/folder\/a\.json cannot be written/],
])('%j is refused with one line and status 2', async (args, line) => {
  const { status, stderr } = await npmRunBench(args);
  expect(status).toBe(2);
  expect(stderr.trim().split('\n').at(-1)).toMatch(line);
});

test('rows can be listed without measuring them', async () => {
  rmSync(join(folder, 'bench-report.json'), { force: true });
  const { status, stdout } = await npmRunBench(['--runtime', 'node', '--list', '--suite', 'denominators']);
  expect(status).toBe(0);
  expect(stdout.split('\n')[0]).toBe('denominators: read bandwidth, 32 MiB');
  expect(existsSync(join(folder, 'bench-report.json'))).toBe(false);
});
