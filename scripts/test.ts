// `npm test`: everything that can be checked on this machine. Says first which Chromium and which GPU driver it uses, and
// ends with one line of totals: a check (format, lint, types) counts as one. `--golden` (`npm run test:golden`) runs instead
// every golden case in Chromium and in Dawn, with the kernels that are chosen here and again with every family of kernels
// that the adapter can run, and every case of a kernel in both; other arguments go to Vitest.

import process from 'node:process';
import {
  familyCapabilities,
  kernelFamilies,
  portableCapabilities,
  uniformSubgroupSize,
  type KernelFamily,
} from '../src/gpu/capabilities.ts';
import { probeChromium, type Probe } from './chromium-probe.ts';
import { findDrivers } from './test-drivers.ts';
import { finish, npmRun, vitest, type Totals } from './test-run.ts';
import { adapterWith } from './vulkan.ts';

const golden = process.argv.includes('--golden');
const more = process.argv.slice(2).filter((argument) => argument !== '--golden');

function familiesOf(device: Pick<Probe, 'f16' | 'subgroups' | 'packed'>): KernelFamily[] {
  const [smallest, largest] = device.subgroups ?? [];
  const subgroupSize = uniformSubgroupSize(smallest, largest);
  const capabilities = {
    ...portableCapabilities,
    f16: device.f16,
    subgroupSize,
    packedIntegers: device.packed,
  };
  return kernelFamilies.filter((family) => familyCapabilities(capabilities, family) !== null);
}

/** Every family that a project's adapter can run: Chromium and Dawn may use different drivers. */
async function familyRuns(): Promise<{ project: string; family: KernelFamily }[]> {
  const dawn = adapterWith({}) ?? { f16: false, subgroups: null, packed: false };
  const chromium = await probeChromium(process.env['CHROMIUM'] ?? '');
  return [
    ...familiesOf(dawn).map((family) => ({ project: 'dawn*', family })),
    ...familiesOf(chromium).map((family) => ({ project: 'chromium', family })),
  ];
}

async function goldenRuns(): Promise<Totals[]> {
  const all = { GOLDEN_CASES: 'all' };
  const both = ['--project', 'dawn*', '--project', 'chromium'];
  const chosen = vitest(
    [...both, 'tests/parity', 'tests/node/bundles', 'tests/node/kernel-families', ...more],
    all,
  );
  const kernels = vitest([...both, 'tests/kernels', ...more], all);
  const forced = (await familyRuns()).map(({ project, family }) =>
    vitest(['--project', project, 'tests/parity/golden', 'tests/parity/samples', ...more], {
      ...all,
      KERNEL_FAMILY: family,
    }),
  );
  return [chosen, kernels, ...forced];
}

const scripts = golden ? [] : ['check:format', 'check:lint', 'check:types'];
const [drivers, ...checks] = await Promise.all([findDrivers(), ...scripts.map(npmRun)]);
finish([...checks, ...drivers, ...(golden ? await goldenRuns() : [vitest(more)])]);
