// The golden cases without a test runner, for the benchmark's archive: `./run.sh parity`. Every case on every family of
// kernels that the device can run; exit status 0 only where all of them hold.

import { renameSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { familyCapabilities, kernelFamilies, type KernelFamily } from '../../src/gpu/capabilities.ts';
import { openGpu } from '../../src/gpu/device.ts';
import { Molmo2 } from '../../src/index.ts';
import {
  compareGolden,
  expectedTensors,
  goldenCases,
  goldenCheckpoint,
  holds,
  traceOf,
  type Finding,
  type GoldenCase,
} from './golden-model.ts';

const usage = `Usage: ./run.sh parity [options]

Compares the golden cases of this archive with the numbers of the PyTorch model.

Options
  --kernels NAMES  auto (the device's own choice), ${kernelFamilies.join(', ')}; default all that the device can run
  --case TEXT      only cases with this text in their names
  --dawn NAMES     features that Dawn is created with, for example vulkan_enable_f16_on_nvidia
  --json FILE      where every number is written
`;

type Kernels = KernelFamily | 'auto';

interface Outcome {
  readonly kernels: Kernels;
  readonly name: string;
  readonly ms: number;
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  readonly problem?: string;
}

const { values } = parseArgs({
  options: {
    kernels: { type: 'string' },
    case: { type: 'string' },
    dawn: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});

async function available(): Promise<Kernels[]> {
  const { capabilities, device } = await openGpu();
  device.destroy();
  const fits = (family: KernelFamily) => familyCapabilities(capabilities, family) !== null;
  // Those for processors are right on a GPU as well, and slow.
  return ['auto', ...kernelFamilies.filter((family) => family !== 'software' && fits(family))];
}

async function asked(): Promise<Kernels[]> {
  if (values.kernels === undefined) return available();
  return values.kernels.split(',').map((name) => {
    const known = (['auto', ...kernelFamilies] as const).find((one) => one === name);
    if (known) return known;
    throw new RangeError(`--kernels may be auto, ${kernelFamilies.join(', ')}, got "${name}".`);
  });
}

async function outcomeOf(model: Molmo2, kernels: Kernels, golden: GoldenCase): Promise<Outcome> {
  const startMs = performance.now();
  const done = (findings: readonly Finding[], problem?: string): Outcome => ({
    kernels,
    name: golden.name,
    ms: Math.round(performance.now() - startMs),
    ok: problem === undefined && findings.every(holds),
    findings,
    ...(problem !== undefined && { problem }),
  });
  try {
    return done(compareGolden(golden, await expectedTensors(golden), await traceOf(model, golden)));
  } catch (error) {
    return done([], error instanceof Error ? error.message : String(error));
  }
}

function line({ kernels, name, ms, ok, findings, problem }: Outcome): string {
  const shown = findings
    .filter((finding) => !holds(finding) || finding.limit > 0)
    .map((finding) => `${finding.what} ${finding.value.toExponential(1)}${holds(finding) ? '' : ' (!)'}`);
  const words = problem ?? shown.join(', ');
  return `${ok ? 'ok  ' : 'FAIL'} ${kernels.padEnd(9)} ${name.padEnd(18)} ${String(ms).padStart(6)} ms  ${words}`;
}

/** Written beside and renamed, after every case: a run that is cut short leaves what it has. */
function keep(outcomes: readonly Outcome[]): void {
  if (values.json === undefined) return;
  writeFileSync(`${values.json}.part`, `${JSON.stringify(outcomes, null, 1)}\n`);
  renameSync(`${values.json}.part`, values.json);
}

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  if (values.dawn !== undefined) process.env['MOLMO2_DAWN_FEATURES'] = values.dawn;
  const cases = (await goldenCases()).filter(({ name }) => name.includes(values.case ?? ''));
  if (cases.length === 0) throw new RangeError(`No case has "${values.case}" in its name.`);
  const outcomes: Outcome[] = [];
  for (const kernels of await asked())
    for (const checkpoint of ['qwen3', 'olmo'] as const) {
      const own = cases.filter((golden) => golden.checkpoint === checkpoint);
      if (own.length === 0) continue;
      const forced = kernels === 'auto' ? {} : { kernels };
      const model = await Molmo2.load({ model: goldenCheckpoint(checkpoint), ...forced });
      for (const golden of own) {
        const outcome = await outcomeOf(model, kernels, golden);
        outcomes.push(outcome);
        process.stdout.write(`${line(outcome)}\n`);
        keep(outcomes);
      }
      model.dispose();
    }
  const failed = outcomes.filter(({ ok }) => !ok).length;
  process.stdout.write(`${outcomes.length} cases, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof RangeError ? 2 : 1;
}
