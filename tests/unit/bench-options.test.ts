import { expect, test } from 'vitest';
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
    '--runtime node --filter q4 --quick --all --kernels portable --adapter gpu --no-peer --json a --html=b';
  expect(benchOptions(args.split(' '))).toMatchObject({
    runtime: 'node',
    filter: 'q4',
    quick: true,
    all: true,
    family: 'portable',
    adapter: 'gpu',
    peer: false,
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
  [['kernels'], /Unexpected argument 'kernels'/],
])('%j is wrong usage', (args, message) => {
  expect(() => benchOptions(args)).toThrow(UsageError);
  expect(() => benchOptions(args)).toThrow(message);
});
