// Opens the GPU: adapter -> limits and features -> a device that owns every buffer the engine makes.

import { expectWork } from '#gpu/instance';
import { adapterInfo, openAdapter, type AdapterInfo } from './adapter.ts';
import { fastPackedIntegers, uniformSubgroupSize, type Capabilities } from './capabilities.ts';

/** An open device and what is known about it. */
export interface Gpu {
  readonly device: GPUDevice;
  readonly adapter: AdapterInfo;
  readonly capabilities: Capabilities;
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

// Used where the adapter has them; every kernel has a variant without.
const wantedFeatures = ['shader-f16', 'subgroups', 'timestamp-query'] as const;

/** Opens the strongest adapter with its own limits. Throws `no-webgpu` when there is none. */
export async function openGpu(): Promise<Gpu> {
  const { instance, adapter } = await openAdapter();
  const requiredLimits: Record<string, number> = {};
  for (const name of wantedLimits) requiredLimits[name] = adapter.limits[name];
  const requiredFeatures = wantedFeatures.filter((name) => adapter.features.has(name));
  const device = await adapter.requestDevice({ label: 'molmo2', requiredLimits, requiredFeatures });
  expectWork(device);
  const info = adapterInfo(adapter);
  const gpu: Gpu = {
    device,
    adapter: info,
    capabilities: {
      ...capabilitiesOf(device, adapter, info.isFallbackAdapter),
      f16Bits: await readsF16Bits(device),
      packedIntegers: fastPackedIntegers(instance.wgslLanguageFeatures, info.vendor),
    },
    lostReason: null,
    errors: [],
  };
  device.addEventListener('uncapturederror', collector(gpu.errors));
  void device.lost.then(({ message, reason }) => {
    gpu.lostReason = message || reason;
  });
  return gpu;
}

/**
 * Collects errors. Made here, where it can see nothing else: in Node, Dawn holds a device's listeners from outside of JavaScript, and
 * one that can see the device keeps it, with all that was compiled on it, for ever.
 */
function collector(errors: GPUError[]): (event: GPUUncapturedErrorEvent) => void {
  return (event) => {
    event.preventDefault();
    errors.push(event.error);
  };
}

function capabilitiesOf(
  device: GPUDevice,
  adapter: GPUAdapter,
  software: boolean,
): Omit<Capabilities, 'f16Bits' | 'packedIntegers'> {
  const info: Partial<GPUAdapterInfo> = adapter.info ?? {};
  return {
    f16: device.features.has('shader-f16'),
    subgroupSize: device.features.has('subgroups')
      ? uniformSubgroupSize(info.subgroupMinSize, info.subgroupMaxSize)
      : null,
    workgroupMemory: device.limits.maxComputeWorkgroupStorageSize,
    software,
  };
}

/** Asks the compiler: no feature tells of it. */
async function readsF16Bits(device: GPUDevice): Promise<boolean> {
  if (!device.features.has('shader-f16')) return false;
  device.pushErrorScope('validation');
  device.createShaderModule({
    label: 'are bits of words read as f16?',
    code: 'enable f16; fn halves(words: vec2u) -> vec4h { return bitcast<vec4h>(words); }',
  });
  return (await device.popErrorScope()) === null;
}
