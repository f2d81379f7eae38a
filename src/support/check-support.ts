// `checkSupport`: what this browser or machine can do, found out without the network and without a model.

import { supportEnvironment } from '#support/environment';
import { version } from '../../package.json';
import { adapterInfo, openAdapter } from '../gpu/adapter.ts';
import { whyNoWebGpu } from '../gpu/missing/no-webgpu.ts';
import { modelFits } from './model-fits.ts';
import type { Support, WebGpuMissing, WebGpuPresent, WebGpuSupport } from './support.ts';
import { supportMessage } from './support-text.ts';

/** What to plan models with. All optional. */
export interface CheckSupportOptions {
  /** GPU memory in bytes that models are planned with, as in `load`; default: nobody knows, and only limits count. */
  readonly memoryBytes?: number;
}

/**
 * Finds out what this browser or machine can do for a model, without the network and without loading anything: WebGPU or
 * why not and what to do about it, the adapter and its limits, room for models, codecs, and which models of the catalogue
 * fit. Never rejects for what is missing; RangeError for options that cannot be. No device is opened, no permission is
 * asked for.
 */
export async function checkSupport({ memoryBytes }: CheckSupportOptions = {}): Promise<Support> {
  if (memoryBytes !== undefined && !(Number.isFinite(memoryBytes) && memoryBytes >= 0))
    throw new RangeError(`options.memoryBytes must be 0 or more bytes, got ${String(memoryBytes)}.`);
  const [webgpu, environment] = await Promise.all([webGpuSupport(), supportEnvironment()]);
  const models = webgpu.available
    ? modelFits({
        limits: webgpu.limits,
        software: webgpu.adapter.isFallbackAdapter,
        memoryBytes: memoryBytes ?? null,
        storage: environment.storage,
      })
    : [];
  const facts = { version, ...environment, webgpu, models };
  return { ok: webgpu.available, message: supportMessage(facts), ...facts };
}

async function webGpuSupport(): Promise<WebGpuSupport> {
  try {
    const { instance, adapter } = await openAdapter();
    return present(instance, adapter);
  } catch (error) {
    return missing(error);
  }
}

function missing(error: unknown): WebGpuMissing {
  const why = whyNoWebGpu(error);
  if (why) return { available: false, ...why };
  const words = error instanceof Error ? error.message : String(error);
  return {
    available: false,
    reason: 'failed',
    message: `WebGPU is present but failed: ${words.replace(/\.$/, '')}.`,
    steps: ['Update the browser and the graphics driver, or start the browser again.'],
  };
}

function present({ wgslLanguageFeatures }: GPU, adapter: GPUAdapter): WebGpuPresent {
  const { limits, features } = adapter;
  const info: Partial<GPUAdapterInfo> = adapter.info ?? {}; // Chromium before 121
  const { subgroupMinSize = 0, subgroupMaxSize = 0 } = info;
  return {
    available: true,
    adapter: adapterInfo(adapter),
    f16: features.has('shader-f16'),
    subgroups: features.has('subgroups') ? [subgroupMinSize, subgroupMaxSize] : null,
    // Missing in older browsers, whatever the types say.
    packedIntegers:
      (wgslLanguageFeatures as ReadonlySet<string> | undefined)?.has('packed_4x8_integer_dot_product') ??
      false,
    features: [...features].map(String).toSorted(),
    limits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
    },
  };
}
