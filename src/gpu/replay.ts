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

/** Where a slice that begins at `start` ends: as many steps as fit the cost, but at least one. */
export function sliceEnd(steps: readonly Step[], start: number, sliceCost: number): number {
  let end = start;
  let cost = 0;
  for (let step = steps[end]; step; step = steps[end]) {
    if (end > start && cost + step.cost > sliceCost) break;
    cost += step.cost;
    end += 1;
  }
  return end;
}

function totalCost(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => sum + step.cost, 0);
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
  const total = totalCost(list.steps);
  let done = 0;
  for (let start = 0; start < list.steps.length;) {
    signal?.throwIfAborted();
    const end = sliceEnd(list.steps, start, pace.costPerMs * sliceMs);
    const slice = list.steps.slice(start, end);
    const cost = totalCost(slice);
    const startMs = performance.now();
    submitSteps(device, slice);
    await settle(device.queue.onSubmittedWorkDone());
    const elapsedMs = Math.max(0.5, performance.now() - startMs);
    // A quarter of the new reading at a time: the first run of a pipeline may still be compiling.
    pace.costPerMs = Math.max(slowestPace, 0.75 * pace.costPerMs + (0.25 * cost) / elapsedMs);
    start = end;
    done += cost;
    onSlice(total === 0 ? 1 : done / total);
  }
  signal?.throwIfAborted();
}
