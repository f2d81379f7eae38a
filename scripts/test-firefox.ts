// `npm run test:firefox`: kernels, golden cases, sample questions and media in Firefox, whose WebGPU (wgpu) and WGSL compiler
// (naga) are other ones than Chromium's and Dawn's. On lavapipe, or on the driver that VK_ICD_FILENAMES names. With the kernels
// that are chosen there, and the golden cases and samples again with every other family that Firefox can run. Arguments go
// to Vitest, in place of all that.

import process from 'node:process';
import type { KernelFamily } from '../src/gpu/capabilities.ts';
import { ensureFirefox } from './firefox.ts';
import { ensureLavapipe } from './lavapipe.ts';
import { finish, oneFailure, vitest, type Totals } from './test-run.ts';

/** A software driver gets its own family anyway, and naga has no subgroups. */
const families: readonly KernelFamily[] = ['portable', 'f16', 'packed'];

async function run(): Promise<Totals[]> {
  try {
    const { program, version } = ensureFirefox(console.log);
    const driver = process.env['VK_ICD_FILENAMES'];
    if (process.platform === 'linux' && driver === undefined)
      Object.assign(process.env, (await ensureLavapipe()).env);
    process.env['MOLMO2_TEST_FIREFOX'] = program;
    console.log(`Firefox ${version}: ${program}, Vulkan driver ${process.env['VK_ICD_FILENAMES']}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return [oneFailure];
  }
  const firefox = ['--project', 'firefox'];
  const more = process.argv.slice(2);
  if (more.length > 0) return [vitest([...firefox, ...more])];
  return [
    vitest(firefox),
    ...families.map((family) =>
      vitest([...firefox, 'tests/parity/golden', 'tests/parity/samples'], { KERNEL_FAMILY: family }),
    ),
  ];
}

finish(await run());
