// What the engine knows of a device once it has answered: how long a dispatch of attention may be.

import type { Dispatch } from '../../src/gpu/kernel.ts';
import type { KernelSettings } from '../../src/gpu/kernel-settings.ts';
import type { GpuRunner } from '../../src/gpu/runner.ts';
import { machineOf } from './machine.ts';

const enoughMs = 200;
const mostRuns = 8;

/** Runs attention as the engine does until its pace is known; on a processor, whose cuts do not depend on it, not at all. */
export async function pacedSettings(
  runner: GpuRunner,
  attention: (kernels: KernelSettings) => readonly Dispatch[],
): Promise<KernelSettings> {
  if (machineOf(runner).software) return runner.kernels;
  const startMs = performance.now();
  for (let i = 0; i < mostRuns && performance.now() - startMs < enoughMs; i++)
    await runner.run(attention(runner.kernels));
  return runner.kernels;
}
