// `npm run bench` in a browser.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { benchCommand } from '../../bench/bench-command.ts';
import type { Report } from '../../bench/measure/types.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'molmo2-bench-page-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function bench(args: readonly string[]) {
  const lines: string[] = [];
  const add = (line: string) => void lines.push(line);
  const files = ['--json', join(folder, 'report.json'), '--html', join(folder, 'report.html')];
  const output = { print: add, note: add, progress: () => {} };
  const status = await benchCommand([...args, ...files], output, new AbortController().signal);
  return { status, lines };
}

test('a row is measured in headless Chromium within 30 seconds', async () => {
  const startMs = performance.now();
  const args = ['--quick', '--no-peer', '--suite', 'kernels', '--filter', 'matvec f32 shapes att_proj'];
  const { status, lines } = await bench(args);
  expect(lines.join('\n')).toContain('1 row, 0 failed');
  expect(status).toBe(0);
  const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as Report;
  expect(report.runtime).toMatch(/^Chromium \d+\./);
  expect(report.rows).toMatchObject([{ suite: 'kernels', name: 'matvec f32', check: 'ok' }]);
  expect(report.denominators.readGBs).toBeGreaterThan(0);
  expect((performance.now() - startMs) / 1000).toBeLessThan(30);
});

test('kernels that the adapter cannot run are wrong usage', async () => {
  const { status, lines } = await bench([
    '--adapter',
    'software',
    '--kernels',
    'f16',
    '--suite',
    'denominators',
  ]);
  // lavapipe has 16-bit floats, SwiftShader has none.
  if (status === 0) expect(lines.join('\n')).toContain('0 failed');
  else {
    expect(lines.at(-1)).toMatch(/^usage: --kernels is "f16", but this adapter has no shader-f16/);
    expect(status).toBe(2);
  }
});
