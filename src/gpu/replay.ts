// Runs prepared lists: in one pass when they are short, in slices of bounded work when they are long.

import { settle } from '#gpu/instance';
import type { Pace } from './pace.ts';
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
    if (step.params && step.params !== params) pass.setBindGroup(1, (params = step.params));
    const groups = step.workgroups;
    if (groups[1] === 1 && groups[2] === 1) pass.dispatchWorkgroups(groups[0]);
    else pass.dispatchWorkgroups(groups[0], groups[1], groups[2]);
  }
}

/** Where a slice that begins at `start` ends: as many steps as are expected to take `sliceMs`, but at least one. */
export function sliceEnd(steps: readonly Step[], start: number, pace: Pace, sliceMs: number): number {
  let end = start;
  let ms = 0;
  for (let step = steps[end]; step; step = steps[end]) {
    ms += pace.predictMs(step);
    if (end > start && ms > sliceMs) break;
    end += 1;
  }
  return end;
}

// Two slices are under way, so that the GPU never waits for us; together they are what a cancelled question still costs.
const sliceMs = 50;
const mostUnderWay = 2;

interface Slice {
  readonly steps: readonly Step[];
  readonly submittedMs: number;
  readonly done: Promise<unknown>;
}

function submitSlice(device: GPUDevice, steps: readonly Step[]): Slice {
  submitSteps(device, steps);
  const done = device.queue.onSubmittedWorkDone();
  done.catch(() => {}); // a lost device is told by whoever awaits it
  return { steps, submittedMs: performance.now(), done };
}

function totalCost(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => sum + step.cost, 0);
}

/** What is told of a slice that the GPU has done. */
export interface SliceDone {
  /** Share of the whole work that is done, 0 to 1. */
  readonly share: number;
  readonly elapsedMs: number;
}

/**
 * Runs a list slice by slice, two under way, so that a signal stops it between them. Throws the signal's own reason.
 */
export async function runSliced(
  device: GPUDevice,
  list: PreparedList,
  pace: Pace,
  signal?: AbortSignal,
  onSlice: (slice: SliceDone) => void = () => {},
): Promise<void> {
  const { steps } = list;
  const total = totalCost(steps);
  const underWay: Slice[] = [];
  let done = 0;
  let lastDoneMs = 0;
  for (let start = 0; start < steps.length || underWay.length > 0;) {
    signal?.throwIfAborted();
    if (start < steps.length && underWay.length < mostUnderWay) {
      const end = sliceEnd(steps, start, pace, sliceMs);
      underWay.push(submitSlice(device, steps.slice(start, end)));
      start = end;
      continue;
    }
    const slice = underWay.shift();
    if (!slice) break;
    await settle(slice.done);
    const nowMs = performance.now();
    const elapsedMs = nowMs - Math.max(lastDoneMs, slice.submittedMs);
    lastDoneMs = nowMs;
    pace.learn(slice.steps, elapsedMs);
    done += totalCost(slice.steps);
    onSlice({ share: total === 0 ? 1 : done / total, elapsedMs });
  }
  signal?.throwIfAborted();
}
