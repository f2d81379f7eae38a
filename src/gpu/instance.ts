// Where a GPU comes from in a page or worker. The Node twin is instance-node.ts.

import { thisBrowser } from './missing/browser.ts';
import {
  insecureContext,
  noWebGpuError,
  noAdapterIn,
  withoutApi,
  type NoWebGpu,
} from './missing/no-webgpu.ts';

/** The browser's WebGPU entry point. Throws `no-webgpu` where there is none. */
export async function gpuInstance(): Promise<GPU> {
  const gpu: GPU | undefined = typeof navigator === 'undefined' ? undefined : navigator.gpu;
  if (gpu) return gpu;
  const insecure = typeof isSecureContext !== 'undefined' && !isSecureContext;
  const where = typeof document === 'undefined' ? 'worker' : 'page';
  throw noWebGpuError(insecure ? insecureContext : withoutApi(thisBrowser(), where));
}

/** What is the case where WebGPU exists but offers no adapter, and what a user can do. */
export function withoutAdapter(): NoWebGpu {
  return noAdapterIn(thisBrowser());
}

// Firefox looks for finished work every 100 ms, and whenever something is submitted (bug 1870699, "Don't poll WebGPU from a
// timer"). A token would wait that long, so that empty submits make it look. Delete when the bug is closed.
const looksSeldom = typeof navigator !== 'undefined' && /\bFirefox\//.test(navigator.userAgent);
const devices = new Set<GPUDevice>();
let waiting = 0;
let looking = false;

/** Lets `settle` wait for the work of this device. */
export function expectWork(device: GPUDevice): void {
  if (!looksSeldom) return;
  devices.add(device);
  void device.lost.then(() => devices.delete(device));
}

/** Waits for GPU work. Browsers wake whoever waits by themselves, or are made to. */
export function settle<T>(promise: Promise<T>): Promise<T> {
  if (looksSeldom) void lookUntilSettled(promise);
  return promise;
}

async function lookUntilSettled(promise: Promise<unknown>): Promise<void> {
  waiting += 1;
  const settled = () => {
    waiting -= 1;
  };
  promise.then(settled, settled);
  if (looking) return;
  looking = true;
  const { port1, port2 } = new MessageChannel();
  // Timers that follow each other are held back to 4 ms; one that follows a message is not.
  const oneMs = () =>
    new Promise<void>((resolve) => {
      port1.onmessage = () => setTimeout(resolve, 1);
      port2.postMessage(null);
    });
  while (waiting > 0) {
    for (const device of devices) device.queue.submit([]);
    await oneMs();
  }
  port1.close();
  looking = false;
}
