// `molmo2-webgpu/onnx`: answers without WebGPU, by onnxruntime-web on the processor. The graphs are written here, from the
// weights that were loaded; no model file of that format exists.

import { Molmo2Error } from '../errors.ts';
import type { Fallback } from '../fallback.ts';
import { OnnxPasses } from './onnx-passes.ts';
import type { OnnxRuntime } from './runtime.ts';

export type { Fallback } from '../fallback.ts';
export type { OnnxRuntime, RuntimeSession, RuntimeTensor } from './runtime.ts';

/** Of f32 weights: a larger model would need minutes for a sentence on a processor. */
const mostWeightBytes = 256 * 1024 * 1024;

/** How the fallback behaves. All optional. */
export interface OnnxOptions {
  /** Computes so also where there is WebGPU: to try it out, or to compare the two. Default false. */
  readonly always?: boolean;
}

/**
 * Lets `Molmo2.load({ fallback })` answer where there is no WebGPU. `load` is asked for onnxruntime-web only there, so that other
 * visitors do not download it: `onnx(() => import('onnxruntime-web/wasm'))`. Whatever the package was set to stays (`env.wasm`:
 * paths, threads, proxy). Throws TypeError for what is no function.
 */
export function onnx(load: () => Promise<OnnxRuntime>, { always = false }: OnnxOptions = {}): Fallback {
  if (typeof load !== 'function')
    throw new TypeError(
      `onnx takes a function that loads the package, such as () => import('onnxruntime-web/wasm'), got ${typeof load}.`,
    );
  return { always, mostWeightBytes, open: async (model) => OnnxPasses.open(await loaded(load), model) };
}

async function loaded(load: () => Promise<OnnxRuntime>): Promise<OnnxRuntime> {
  try {
    return await load();
  } catch (cause) {
    throw new Molmo2Error(
      'network',
      `onnxruntime-web could not be loaded (${String(cause)}). Install the package, and host its files where the page may import them.`,
      { cause },
    );
  }
}
