// Opens the GPU: adapter -> limits and features -> a device that owns every buffer the engine makes.

import { gpuInstance, withoutAdapter } from '#gpu/instance';
import { Molmo2Error } from '../errors.ts';

/** Who computes, as the adapter describes itself. */
export interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  /** True for drivers that compute on the processor; they are right but slow. */
  readonly isFallbackAdapter: boolean;
}

/** An open device and what is known about it. */
export interface Gpu {
  readonly device: GPUDevice;
  readonly adapter: AdapterInfo;
  /** Why the device went away, once it did. */
  lostReason: string | null;
  /** Errors that nobody awaited, in order. */
  readonly errors: GPUError[];
}

// Limits worth asking for above the defaults; the adapter's own maximum is taken.
const wantedLimits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxStorageBuffersPerShaderStage',
] as const;

/** Opens the strongest adapter with its own limits. Throws `no-webgpu` when there is none. */
export async function openGpu(): Promise<Gpu> {
  const instance = await gpuInstance();
  const adapter = await instance.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter)
    throw new Molmo2Error('no-webgpu', `WebGPU is present but offers no adapter. ${withoutAdapter}`);
  const requiredLimits: Record<string, number> = {};
  for (const name of wantedLimits) requiredLimits[name] = adapter.limits[name];
  const device = await adapter.requestDevice({ label: 'molmo2', requiredLimits });
  // Chromium before 121 has no `info`.
  const info: Partial<GPUAdapterInfo> = adapter.info ?? {};
  const { vendor = '', architecture = '', description = '', isFallbackAdapter = false } = info;
  const gpu: Gpu = {
    device,
    adapter: {
      vendor,
      architecture,
      description,
      isFallbackAdapter: isFallbackAdapter || isSoftware(`${vendor} ${architecture} ${description}`),
    },
    lostReason: null,
    errors: [],
  };
  device.addEventListener('uncapturederror', (event) => {
    event.preventDefault();
    gpu.errors.push(event.error);
  });
  void device.lost.then((info) => {
    gpu.lostReason = info.message || info.reason;
  });
  return gpu;
}

function isSoftware(name: string): boolean {
  return /swiftshader|llvmpipe|lavapipe|software|warp/i.test(name);
}
