// Our own side of a row: prepared lists of dispatches, run as often as a sample asks for.

import { settle } from '#gpu/instance';
import type { Dispatch } from '../../src/gpu/kernel.ts';
import type { PreparedList, Step } from '../../src/gpu/pipelines.ts';
import { submitSteps } from '../../src/gpu/replay.ts';
import type { GpuRunner } from '../../src/gpu/runner.ts';
import type { Contender } from './types.ts';

export interface ListContender extends Contender {
  destroy(): void;
}

// Encoding the next submission overlaps with running the last one.
const stepsPerSubmit = 256;

/**
 * Runs lists in turn, the first in the first run: lists that do the same work on copies of the weights keep a cache from
 * answering for the memory. Runs share submissions while they are short.
 */
export async function listContender(
  runner: GpuRunner,
  name: string,
  lists: readonly (readonly Dispatch[])[],
): Promise<ListContender> {
  const prepared: PreparedList[] = [];
  for (const list of lists) prepared.push(await runner.prepare(list));
  let next = 0;
  return {
    name,
    async run(times) {
      let steps: Step[] = [];
      for (let i = 0; i < times; i++) {
        steps.push(...(prepared[next % prepared.length]?.steps ?? []));
        next += 1;
        if (steps.length < stepsPerSubmit && i + 1 < times) continue;
        submitSteps(runner.device, steps);
        steps = [];
      }
      await settle(runner.device.queue.onSubmittedWorkDone());
      runner.check();
    },
    destroy() {
      for (const list of prepared) list.destroy();
    },
  };
}
