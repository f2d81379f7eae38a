// Runs prepared lists: in one pass when they are short, in slices of bounded work when they are long.

import { settle } from '#gpu/instance';
import type { PreparedList, Step } from './pipelines.ts';
import type { Tensor } from './tensor.ts';

/** The first bytes of a tensor on their way into a buffer that can be mapped. */
export interface StagedCopy {
  readonly from: Tensor;
  readonly to: GPUBuffer;
  readonly byteLength: number;
}

/** Encodes the steps into one compute pass, a copy of what they left behind if one is wanted, and submits it. */
export function submitSteps(device: GPUDevice, steps: readonly Step[], copy?: StagedCopy): void {
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  encodeSteps(pass, steps);
  pass.end();
  if (copy) encoder.copyBufferToBuffer(copy.from.buffer, copy.from.byteOffset, copy.to, 0, copy.byteLength);
  device.queue.submit([encoder.finish()]);
}

/**
 * The walk that decoding pays for every token: a call costs about half a microsecond, so what is set already is not
 * set again, and axes of one workgroup are left to their default.
 */
function encodeSteps(pass: GPUComputePassEncoder, steps: readonly Step[]): void {
  let pipeline: GPUComputePipeline | null = null;
  let tensors: GPUBindGroup | null = null;
  let params: GPUBindGroup | null = null;
  for (const step of steps) {
    if (step.pipeline !== pipeline) pass.setPipeline((pipeline = step.pipeline));
    if (step.tensors !== tensors) pass.setBindGroup(0, (tensors = step.tensors));
    if (step.params !== params) pass.setBindGroup(1, (params = step.params));
    const groups = step.workgroups;
    if (groups[1] === 1 && groups[2] === 1) pass.dispatchWorkgroups(groups[0]);
    else pass.dispatchWorkgroups(groups[0], groups[1], groups[2]);
  }
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
