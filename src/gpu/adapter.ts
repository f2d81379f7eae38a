// Finds the GPU and reads what it says of itself. No device is opened.

import { gpuInstance, withoutAdapter } from '#gpu/instance';
import { isSoftware } from './capabilities.ts';
import { noWebGpuError } from './missing/no-webgpu.ts';

/** Who computes, as the adapter describes itself. */
export interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  /** True for drivers that compute on the processor; they are right but slow. */
  readonly isFallbackAdapter: boolean;
}

/** The strongest adapter, and the WebGPU that it comes from. Throws `no-webgpu` when there is none. */
export async function openAdapter(): Promise<{ readonly instance: GPU; readonly adapter: GPUAdapter }> {
  const instance = await gpuInstance();
  const adapter = await instance.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw noWebGpuError(withoutAdapter());
  return { instance, adapter };
}

/** Who computes, without opening a device. */
export function adapterInfo(adapter: GPUAdapter): AdapterInfo {
  // Chromium before 121 has no `info`.
  const info: Partial<GPUAdapterInfo> = adapter.info ?? {};
  const { vendor = '', architecture = '', description = '', isFallbackAdapter = false } = info;
  const software = isFallbackAdapter || isSoftware(`${vendor} ${architecture} ${description}`);
  return { vendor, architecture, description, isFallbackAdapter: software };
}
