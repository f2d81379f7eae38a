// The options of `npm run bench`.

import { parseArgs } from 'node:util';
import { kernelFamilies, type KernelFamily } from '../src/gpu/capabilities.ts';
import { suiteNames } from './measure/suites.ts';
import type { SuiteName } from './measure/types.ts';

/** The command line itself is wrong: exit status 2. */
export class UsageError extends Error {}

/** What to measure; plain data, so that it can be handed to a page. */
export interface BenchRequest {
  /** Empty means all. */
  readonly suites: readonly SuiteName[];
  /** A part of "suite name shape", in any case; null takes every row. */
  readonly filter: string | null;
  readonly quick: boolean;
  /** Shapes for GPUs on a software driver as well. */
  readonly all: boolean;
  readonly family: KernelFamily | null;
  readonly peer: boolean;
  /** Seconds after which no further row is begun, and the rows that matter most come first; null for all rows in order. */
  readonly budgetSec: number | null;
}

export type Adapter = 'auto' | 'gpu' | 'software';

export interface BenchOptions extends BenchRequest {
  readonly runtime: 'browser' | 'node';
  readonly adapter: Adapter;
  /** Features that Dawn is created with. */
  readonly dawn: readonly string[];
  readonly json: string;
  readonly html: string;
  readonly list: boolean;
  readonly help: boolean;
}

export const benchHelp = `Usage: npm run bench -- [options]

Measures kernels, stages and whole questions, and onnxruntime-web at the same work. Every row is checked against a
reference before it is timed. Writes a JSON file and a page with charts.

Options
  --runtime NAME   browser (headless Chromium, the default) or node (Dawn)
  --suite NAME     ${suiteNames.join(', ')};
                   may be given several times; default all
  --filter TEXT    only rows with this text in suite, name or shape
  --quick          5 rounds a row in place of 20 (a software driver makes 5 anyhow)
  --all            the shapes for GPUs on a software driver too (hours)
  --kernels NAME   forces ${kernelFamilies.join(', ')}
  --adapter NAME   browser only: gpu, software, or auto (a GPU where there is one; the default)
  --no-peer        without onnxruntime-web
  --budget-s N     about N seconds in all: the rows that matter most first, and only those there is time for
  --dawn NAMES     node only: features that Dawn is created with, for example vulkan_enable_f16_on_nvidia
  --json FILE      default bench-report.json
  --html FILE      default bench-report.html
  --list           prints the rows that would be measured
  --help

Exit status: 0 every check held, 1 a check failed or the run did, 2 wrong usage, 130 interrupted.
`;

const spec = {
  runtime: { type: 'string' },
  suite: { type: 'string', multiple: true },
  filter: { type: 'string' },
  quick: { type: 'boolean' },
  all: { type: 'boolean' },
  kernels: { type: 'string' },
  adapter: { type: 'string' },
  'no-peer': { type: 'boolean' },
  'budget-s': { type: 'string' },
  dawn: { type: 'string' },
  json: { type: 'string' },
  html: { type: 'string' },
  list: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Throws UsageError. */
export function benchOptions(args: readonly string[]): BenchOptions {
  const { values } = parsed(args);
  return {
    runtime: oneOf('--runtime', values.runtime ?? 'browser', ['browser', 'node']),
    suites: (values.suite ?? []).flatMap((text) =>
      text.split(',').map((name) => oneOf('--suite', name.trim(), suiteNames)),
    ),
    filter: values.filter ?? null,
    quick: values.quick ?? false,
    all: values.all ?? false,
    family: values.kernels === undefined ? null : oneOf('--kernels', values.kernels, kernelFamilies),
    adapter: oneOf('--adapter', values.adapter ?? 'auto', ['auto', 'gpu', 'software']),
    peer: !values['no-peer'],
    budgetSec: values['budget-s'] === undefined ? null : seconds('--budget-s', values['budget-s']),
    dawn: dawnFeatures(values.dawn, values.runtime),
    json: file('--json', values.json ?? 'bench-report.json'),
    html: file('--html', values.html ?? 'bench-report.html'),
    list: values.list ?? false,
    help: values.help ?? false,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: spec, strict: true, allowPositionals: false });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${message.split('. ')[0] ?? message}. See --help for the options.`);
  }
}

function oneOf<Name extends string>(option: string, value: string, names: readonly Name[]): Name {
  const name = names.find((one) => one === value);
  if (name === undefined)
    throw new UsageError(`${option} must be one of ${names.join(', ')}, got "${value}".`);
  return name;
}

function seconds(option: string, value: string): number {
  const count = Number(value);
  if (!(count > 0) || !Number.isFinite(count))
    throw new UsageError(`${option} must be a number of seconds above 0, got "${value}".`);
  return count;
}

function dawnFeatures(names: string | undefined, runtime: string | undefined): string[] {
  if (names === undefined) return [];
  if (runtime !== 'node') throw new UsageError('--dawn is for Dawn in Node. Add --runtime node.');
  if (!/^[a-z0-9_]+(,[a-z0-9_]+)*$/.test(names))
    throw new UsageError(`--dawn must be names of Dawn's features with commas between them, got "${names}".`);
  return names.split(',');
}

function file(option: string, value: string): string {
  if (value === '') throw new UsageError(`${option} got an empty value. Write ${option} FILE.`);
  return value;
}
