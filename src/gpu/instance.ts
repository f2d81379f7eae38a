// Where a GPU comes from in a page or worker. The Node twin is instance-node.ts.

import { Molmo2Error } from '../errors.ts';

/** The browser's WebGPU entry point. Throws `no-webgpu` where there is none. */
export async function gpuInstance(): Promise<GPU> {
  const gpu: GPU | undefined = typeof navigator === 'undefined' ? undefined : navigator.gpu;
  if (gpu) return gpu;
  const insecure = typeof isSecureContext !== 'undefined' && !isSecureContext;
  throw new Molmo2Error(
    'no-webgpu',
    insecure
      ? 'WebGPU is only available on https:// pages and on localhost, and this page is neither. Serve it over https.'
      : 'This browser has no WebGPU (navigator.gpu is missing). Use Chrome or Edge 113+, Safari 26+ or Firefox 141+, or switch WebGPU on in its settings.',
  );
}

/** What a user can do where WebGPU exists but offers no adapter. */
export const withoutAdapter =
  'Switch on hardware acceleration and update the graphics driver; on a machine without a GPU, start Chromium with --enable-unsafe-webgpu --use-webgpu-adapter=swiftshader.';

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
