import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { benchCommand } from '../../bench/bench-command.ts';
import { benchOptions, UsageError } from '../../bench/options.ts';

test('without options everything is measured in a browser', () => {
  expect(benchOptions([])).toEqual({
    runtime: 'browser',
    suites: [],
    filter: null,
    quick: false,
    all: false,
    family: null,
    adapter: 'auto',
    peer: true,
    budgetSec: null,
    dawn: [],
    json: 'bench-report.json',
    html: 'bench-report.html',
    list: false,
    help: false,
  });
});

test('suites can be given several times or between commas', () => {
  expect(benchOptions(['--suite', 'kernels', '--suite', 'decode,load']).suites).toEqual([
    'kernels',
    'decode',
    'load',
  ]);
});

test('every option has its meaning', () => {
  const args =
    '--runtime node --filter q4 --quick --all --kernels portable --adapter gpu --no-peer --budget-s 90.5 --dawn a,b_2 --json a --html=b';
  expect(benchOptions(args.split(' '))).toMatchObject({
    runtime: 'node',
    filter: 'q4',
    quick: true,
    all: true,
    family: 'portable',
    adapter: 'gpu',
    peer: false,
    budgetSec: 90.5,
    dawn: ['a', 'b_2'],
    json: 'a',
    html: 'b',
  });
});

test.each([
  [['--suite', 'kernel'], /--suite must be one of denominators, kernels,.* got "kernel"/],
  [['--runtime', 'deno'], /--runtime must be one of browser, node, got "deno"/],
  [['--kernels', 'fast'], /--kernels must be one of software, portable/],
  [['--json', ''], /--json got an empty value/],
  [['--fast'], /Unknown option '--fast'.* See --help/],
  [['--json'], /'--json <value>' argument missing/],
  [['--budget-s', 'soon'], /--budget-s must be a number of seconds above 0, got "soon"/],
  [['--budget-s', '0'], /--budget-s must be a number/],
  [['--dawn', 'a'], /--dawn is for Dawn in Node\. Add --runtime node/],
  [['--runtime', 'node', '--dawn', 'a b'], /--dawn must be names of Dawn's features/],
  [['kernels'], /Unexpected argument 'kernels'/],
])('%j is wrong usage', (args, message) => {
  expect(() => benchOptions(args)).toThrow(UsageError);
  expect(() => benchOptions(args)).toThrow(message);
});

describe('two reports in one file', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'molmo2-bench-options-'));
    mkdirSync(join(folder, 'inner'));
    symlinkSync(join(folder, 'inner'), join(folder, 'way'));
    writeFileSync(join(folder, 'one'), 'kept');
    linkSync(join(folder, 'one'), join(folder, 'other'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each([
    ['one', 'one'],
    ['new', 'inner/../new'],
    ['inner/new', 'way/new'],
    ['one', 'other'],
  ])('%s and %s are wrong usage before anything is measured', async (json, html) => {
    const notes: string[] = [];
    const output = { print: () => {}, note: (line: string) => notes.push(line), progress: () => {} };
    const args = ['--json', join(folder, json), '--html', join(folder, html)];
    expect(await benchCommand(args, output, new AbortController().signal)).toBe(2);
    expect(notes).toEqual([`usage: --json and --html are both ${join(folder, json)}. Choose two names.`]);
    expect(readFileSync(join(folder, 'one'), 'utf8')).toBe('kept');
  });
});
