// Loads onnxruntime-web in a page. The Node twin is open-peer-node.ts.

import ortUrl from 'onnxruntime-web/webgpu?url';
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import type { Peer } from '../measure/types.ts';
import { ortPeer } from './ort-peer.ts';
import type { Ort } from './ort-session.ts';

/** The peer on a device of this page. Throws where the package cannot be loaded. */
export async function openPeer(device: GPUDevice): Promise<Peer> {
  // Fetched as a file of its own: a bundler that follows the import would look for the module beside its own output.
  const ort = (await import(/* @vite-ignore */ new URL(ortUrl, location.href).href)) as Ort;
  ort.env.wasm.wasmPaths = { wasm: new URL(wasmUrl, location.href).href };
  ort.env.logLevel = 'error';
  // With more it wants threads, whose module it would fetch, and the GPU does the work.
  ort.env.wasm.numThreads = 1;
  return ortPeer(ort, device);
}
