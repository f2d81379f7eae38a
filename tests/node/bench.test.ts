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
import { randomMatrixBytes, storedMatrix } from '../../bench/inputs/stored-matrix.ts';
import type { BenchCase, Report } from '../../bench/measure/types.ts';
import { Arena } from '../../src/gpu/arena.ts';
import { GpuRunner } from '../../src/gpu/runner.ts';
import { rmsNorm } from '../../src/kernels/rows/rms-norm.ts';
import { decodeMatrix } from '../../src/weights/formats/formats.ts';
import { relativeError } from '../compare.ts';

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
async function measured(cases: readonly BenchCase[], more: readonly string[] = []) {
  const lines: string[] = [];
  const output = {
    print: (line: string) => void lines.push(line),
    note: (line: string) => void lines.push(line),
    progress: () => {},
  };
  const files = ['--json', join(folder, 'own.json'), '--html', join(folder, 'own.html')];
  const status = await benchCommand(
    ['--runtime', 'node', '--quick', '--no-peer', '--suite', 'kernels', ...files, ...more],
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

test('where the time is short, rows that are worth more are measured and the others named', async () => {
  const named = (name: string, worth: 1 | 4, gpuSec: number) => ({ ...right, name, worth, gpuSec });
  const { status, report, text } = await measured(
    [named('last', 4, 1e6), named('late', 4, 0), named('first', 1, 0)],
    ['--budget-s', '600'],
  );
  expect(status).toBe(0);
  // In the order of the suites again.
  expect(report.rows.map(({ name }) => name)).toEqual(['late', 'first']);
  expect(text).toMatch(/note: 1 of the rows were left out for lack of time: kernels: last, /);
  expect(text.indexOf('\nfirst')).toBeLessThan(text.indexOf('\nlate'));
});

test('a run that breaks off leaves the rows that it has', async () => {
  const controller = new AbortController();
  const stop = {
    ...right,
    name: 'stop',
    open: () => {
      controller.abort(new Error('enough'));
      return Promise.reject(new Error('enough'));
    },
  };
  const output = { print: () => {}, note: () => {}, progress: () => {} };
  const files = ['--json', join(folder, 'cut.json'), '--html', join(folder, 'cut.html')];
  const args = ['--runtime', 'node', '--quick', '--no-peer', '--suite', 'kernels', ...files];
  expect(await benchCommand(args, output, controller.signal, () => [right, stop])).toBe(130);
  const report = JSON.parse(readFileSync(join(folder, 'cut.json'), 'utf8')) as Report;
  expect(report.rows.map(({ name }) => name)).toEqual(['matmul f32']);
});

test.each(['f32', 'f16', 'q8', 'q4'] as const)(
  'weights in %s that were made on the GPU are those that references make again',
  async (format) => {
    const runner = await GpuRunner.open();
    const [rows, columns] = [200, 160];
    const matrix = await storedMatrix(runner, format, rows, columns, { seed: 3, copies: 1 });
    const [part] = matrix.copies[0]?.parts ?? [];
    if (!part) throw new Error('the matrix has a part');
    const values = await runner.read(part.values);
    const scales = part.scales ? await runner.read(part.scales) : new ArrayBuffer(0);
    const bytes = randomMatrixBytes(format, rows, columns, 3);
    const made = new Uint8Array(values.byteLength + scales.byteLength);
    made.set(new Uint8Array(values));
    made.set(new Uint8Array(scales), values.byteLength);
    if (format === 'f32')
      expect(relativeError(new Float32Array(made.buffer), new Float32Array(bytes.buffer))).toBeLessThan(1e-7);
    else expect(Buffer.compare(made, bytes)).toBe(0);
    const all = decodeMatrix(format, bytes, rows, columns);
    for (const row of [0, 130, 199])
      expect(matrix.row(row)).toEqual(all.subarray(row * columns, (row + 1) * columns));
    matrix.destroy();
    runner.destroy();
  },
);

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
