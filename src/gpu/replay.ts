// Runs prepared lists: in one pass when they are short, in slices of bounded work when they are long.

import { settle } from '#gpu/instance';
import type { PreparedList, Step } from './pipelines.ts';

/** Encodes the steps into one compute pass and submits it. */
export function submitSteps(device: GPUDevice, steps: readonly Step[]): void {
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  let pipeline: GPUComputePipeline | null = null;
  for (const step of steps) {
    if (step.pipeline !== pipeline) pass.setPipeline(step.pipeline);
    pipeline = step.pipeline;
    pass.setBindGroup(0, step.tensors);
    pass.setBindGroup(1, step.params);
    pass.dispatchWorkgroups(...step.workgroups);
  }
  pass.end();
  device.queue.submit([encoder.finish()]);
}

/** How much work fits one slice, learnt from the slices that ran: multiply-adds per millisecond. */
export interface Pace {
  costPerMs: number;
}

const sliceMs = 80; // short enough to cancel at once and to keep a page's frames coming
const slowestPace = 2e4;

/** Cuts the steps where the work since the last cut would exceed one slice. */
export function sliceSteps(steps: readonly Step[], sliceCost: number): Step[][] {
  const slices: Step[][] = [];
  let current: Step[] = [];
  let cost = 0;
  for (const step of steps) {
    if (current.length > 0 && cost + step.cost > sliceCost) {
      slices.push(current);
      current = [];
      cost = 0;
    }
    current.push(step);
    cost += step.cost;
  }
  if (current.length > 0) slices.push(current);
  return slices;
}

/**
 * Runs a list slice by slice and waits for each, so that a signal stops it between two of them. `onSlice` gets the
 * share of the work that is done, 0 to 1. Throws the signal's own reason.
 */
export async function runSliced(
  device: GPUDevice,
  list: PreparedList,
  pace: Pace,
  signal?: AbortSignal,
  onSlice: (share: number) => void = () => {},
): Promise<void> {
  const total = list.steps.reduce((sum, step) => sum + step.cost, 0);
  let done = 0;
  let rest: readonly Step[] = list.steps;
  while (rest.length > 0) {
    signal?.throwIfAborted();
    const slice = sliceSteps(rest, pace.costPerMs * sliceMs)[0] ?? [];
    const cost = slice.reduce((sum, step) => sum + step.cost, 0);
    const start = performance.now();
    submitSteps(device, slice);
    await settle(device.queue.onSubmittedWorkDone());
    const elapsedMs = Math.max(0.5, performance.now() - start);
    // A quarter of the new reading at a time: the first run of a pipeline may still be compiling.
    pace.costPerMs = Math.max(slowestPace, 0.75 * pace.costPerMs + (0.25 * cost) / elapsedMs);
    rest = rest.slice(slice.length);
    done += cost;
    onSlice(total === 0 ? 1 : done / total);
  }
  signal?.throwIfAborted();
}
