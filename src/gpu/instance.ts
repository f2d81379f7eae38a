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

/** Waits for GPU work; a browser needs nothing special. */
export function settle<T>(promise: Promise<T>): Promise<T> {
  return promise;
}
