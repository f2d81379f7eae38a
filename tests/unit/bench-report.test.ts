import { expect, test } from 'vitest';
import { failedRow, reportRow } from '../../bench/measure/report-row.ts';
import { reportHtml } from '../../bench/report/report-html.ts';
import { summaryLine, tableLine } from '../../bench/report/table.ts';
import type { BenchCase, Denominators, Report } from '../../bench/measure/types.ts';
import { figure, percent, rateText, time, times } from '../../bench/report/units.ts';

const denominators: Denominators = {
  readGBs: 100,
  fma32Gflops: 2000,
  fma16Gflops: null,
  dispatchUs: 4,
  matmulGflops: 900,
};

const one: BenchCase = {
  suite: 'kernels',
  name: 'matvec q4',
  shape: 'a <b> & "c"',
  work: { amount: 0.2, unit: 'GB' },
  denominator: 'readGBs',
  software: true,
  open: () => Promise.reject(new Error('not opened here')),
};
const timing = { medianMs: 4, p95Ms: 5, bestMs: 3, samples: 20 };
const peer = { name: 'onnxruntime-web WebGPU, accuracy level 4', medianMs: 10 };
const good = reportRow(one, timing, peer, denominators);
const slow = reportRow(
  { ...one, suite: 'decode', name: 'step', work: null, denominator: null },
  timing,
  { ...peer, medianMs: 2 },
  denominators,
);
const failed = failedRow({ ...one, name: 'matmul q8' });

const report: Report = {
  when: '2026-01-02T03:04:05.678Z',
  adapter: { vendor: 'maker', architecture: 'arch', description: '', features: ['shader-f16'] },
  runtime: 'Chromium 1.2.3',
  denominators,
  rows: [good, slow, failed],
};

test('a row has its rate, its share of the denominator and the ratio to the peer', () => {
  expect(good).toEqual({
    suite: 'kernels',
    name: 'matvec q4',
    shape: 'a <b> & "c"',
    medianMs: 4,
    p95Ms: 5,
    rate: 50,
    unit: 'GB/s',
    denominator: 'readGBs',
    fraction: 0.5,
    peer,
    ratio: 2.5,
    check: 'ok',
  });
  expect(slow).toMatchObject({ rate: null, unit: null, fraction: null, ratio: 0.5 });
});

test('without its denominator a row has no share', () => {
  expect(reportRow(one, timing, null, null)).toMatchObject({
    rate: 50,
    fraction: null,
    peer: null,
    ratio: null,
  });
  const other = { ...one, denominator: 'fma16Gflops' } as const;
  expect(reportRow(other, timing, null, denominators).fraction).toBeNull();
});

test('a failed row has no speed at all', () => {
  const { suite, name, shape, denominator, check, ...speeds } = failed;
  expect({ suite, name, shape, denominator, check }).toMatchObject({ name: 'matmul q8', check: 'failed' });
  expect(Object.values(speeds)).toEqual(Object.values(speeds).map(() => null));
});

test('the JSON has exactly the documented keys', () => {
  const parsed = JSON.parse(JSON.stringify(report)) as Report;
  expect(Object.keys(parsed)).toEqual(['when', 'adapter', 'runtime', 'denominators', 'rows']);
  expect(Object.keys(parsed.adapter)).toEqual(['vendor', 'architecture', 'description', 'features']);
  expect(Object.keys(parsed.denominators)).toEqual([
    'readGBs',
    'fma32Gflops',
    'fma16Gflops',
    'dispatchUs',
    'matmulGflops',
  ]);
  const keys = 'suite name shape medianMs p95Ms rate unit denominator fraction peer ratio check'.split(' ');
  for (const row of parsed.rows) expect(Object.keys(row)).toEqual(keys);
});

const html = reportHtml(report, ['one <note>']);

test('the page asks for nothing', () => {
  expect(html).not.toMatch(/https?:|\/\/|<script|<link|<img|@import|url\(|src=|href=/);
});

test('the page names the machine, the run and every denominator', () => {
  for (const text of [
    'maker arch',
    'Chromium 1.2.3',
    '2026-01-02 03:04:05 UTC',
    '100 GB/s',
    '2.00 TFLOP/s',
    '4.00 us',
    'not here',
  ])
    expect(html).toContain(text);
});

test('the page shows text as text', () => {
  expect(html).toContain('a &lt;b&gt; &amp; &quot;c&quot;');
  expect(html).toContain('one &lt;note&gt;');
  expect(html).not.toContain('<b>');
});

test('the page marks a failed row and draws no bar for it', () => {
  const item = /<li class="failed">.*?<\/li>/s.exec(html)?.[0] ?? '';
  expect(item).toContain('matmul q8');
  expect(item).toContain('check failed');
  expect(item).not.toContain('<svg');
  expect(html).toContain('1 of 3 rows failed');
});

test('a ratio above 1x begins at the line and one below ends there', () => {
  // The axis goes from 1/2x to 4x, so 1x lies at a third.
  expect(html).toMatch(/<rect class="share" x="33\.33%" width="44\.06%"/);
  expect(html).toMatch(/<rect class="slower" x="0\.00%" width="33\.33%"/);
  expect(html).toContain('<line class="one" x1="33.33%" x2="33.33%"');
});

test('lines of the terminal say the same', () => {
  expect(tableLine(good)).toMatch(/matvec q4, a .* 4\.00 ms +50\.0 GB\/s +50% +2\.50x$/);
  expect(tableLine(failed)).toMatch(/FAILED$/);
  expect(summaryLine(report)).toBe(
    '3 rows, 1 failed; against onnxruntime-web 1.12x in the geometric mean of 2, 0.50x at least',
  );
});

test('numbers have three digits and a unit that fits', () => {
  expect([figure(0.01234), figure(1.2345), figure(12.345), figure(1234.5), figure(0)]).toEqual([
    '0.0123',
    '1.23',
    '12.3',
    '1235',
    '0',
  ]);
  expect([time(0.0123), time(4.2), time(1500)]).toEqual(['12.3 us', '4.20 ms', '1.50 s']);
  expect([rateText(950, 'GFLOP/s'), rateText(67000, 'GFLOP/s')]).toEqual(['950 GFLOP/s', '67.0 TFLOP/s']);
  expect([percent(0.456), percent(0.056), times(1.5), times(23.45)]).toEqual([
    '46%',
    '5.6%',
    '1.50x',
    '23.4x',
  ]);
});

test('further numbers stand behind a row with their units', () => {
  const token = reportRow(one, timing, null, denominators, { dispatches: 19, gpuMs: 3.38, idleMs: 0.02 });
  const text = '19 dispatches, 3.38 ms on the GPU alone, 20.0 us idle between two';
  expect(tableLine(token).split('\n')[1]).toBe(`  ${text}`);
  expect(reportHtml({ ...report, rows: [token] })).toContain(text);
});
