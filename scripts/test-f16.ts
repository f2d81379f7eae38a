// `npm run test:f16`: the kernel tests and the golden cases with 16-bit kernels, on lavapipe, in Node and in Chromium. The
// software driver that the other tests use has no shader-f16. Arguments go to Vitest.

import process from 'node:process';
import { ensureLavapipe } from './lavapipe.ts';
import { finish, oneFailure, vitest, type Totals } from './test-run.ts';

async function run(): Promise<Totals[]> {
  try {
    const { env, chromium, folder } = await ensureLavapipe();
    console.log(`lavapipe: ${folder}`);
    Object.assign(process.env, env, { CHROMIUM: chromium });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return [oneFailure];
  }
  const more = process.argv.slice(2);
  const selection = more.some((argument) => argument.startsWith('tests/'))
    ? []
    : ['tests/kernels', 'tests/parity', 'tests/node/kernel-families', 'tests/node/long-video'];
  return ['dawn*', 'chromium'].map((project) =>
    vitest(['--project', project, ...selection, ...more], { KERNEL_FAMILY: 'f16', GOLDEN_CASES: 'all' }),
  );
}

finish(await run());
