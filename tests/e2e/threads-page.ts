// A page without WebGPU that answers with onnxruntime-web, on as many threads as a test says.

import { Molmo2 } from '../../src/index.ts';
import { onnx, type OnnxRuntime } from '../../src/onnx/onnx.ts';

export interface Asked {
  /** Address of the picture. */
  readonly image: string;
  readonly prompt: string;
  readonly threads: number;
  /** Whether the package computes in a worker of its own. */
  readonly proxy: boolean;
}

export interface Told {
  readonly text: string;
  /** The package's, with the threads that it has. */
  readonly description: string;
  readonly isIsolated: boolean;
}

declare global {
  var answerWithThreads: (asked: Asked) => Promise<Told>;
}

globalThis.answerWithThreads = async ({ image, prompt, threads, proxy }) => {
  Object.defineProperty(navigator, 'gpu', { value: undefined, configurable: true });
  const runtime = async (): Promise<OnnxRuntime> => {
    const file = new URL('ort/ort.wasm.min.mjs', location.href).href;
    const ort = (await import(/* @vite-ignore */ file)) as OnnxRuntime & {
      env: { wasm: { wasmPaths?: string; numThreads?: number; proxy?: boolean } };
    };
    Object.assign(ort.env.wasm, {
      wasmPaths: new URL('ort/', location.href).href,
      numThreads: threads,
      proxy,
    });
    return ort;
  };
  const molmo = await Molmo2.load({ fallback: onnx(runtime) });
  const blob = await (await fetch(image)).blob();
  let text = '';
  for await (const event of molmo.ask({ images: [blob], prompt }))
    if (event.type === 'done') text = event.answer.text;
  const { description } = molmo.info.adapter;
  molmo.dispose();
  return { text, description, isIsolated: crossOriginIsolated };
};
