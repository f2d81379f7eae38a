// Loads onnxruntime-web in Node. The browser's twin is open-peer.ts.

import process from 'node:process';
import { gpuInstance } from '#gpu/instance';
import type { Peer } from '../measure/types.ts';
import { ortPeer } from './ort-peer.ts';
import type { Ort } from './ort-session.ts';

const oldestNode = 24; // on Node 20 Dawn refuses the views that the package writes buffers from

/** The peer on a device of Dawn. Throws where the package cannot be loaded, and on a Node that is too old for it. */
export async function openPeer(device: GPUDevice): Promise<Peer> {
  const { node } = process.versions;
  if (Number.parseInt(node, 10) < oldestNode)
    throw new Error(`onnxruntime-web needs Node ${oldestNode} or newer for WebGPU, this is ${node}.`);
  // The package looks for WebGPU where a page has it.
  if (!('gpu' in navigator)) Object.defineProperty(navigator, 'gpu', { value: await gpuInstance() });
  const ort: Ort = await import('onnxruntime-web/webgpu');
  ort.env.logLevel = 'error';
  // With more it wants threads, whose module it would fetch, and the GPU does the work.
  ort.env.wasm.numThreads = 1;
  return ortPeer(ort, device);
}
