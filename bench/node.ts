// The run in this process, over Dawn.

import process from 'node:process';
import type { BenchRequest } from './options.ts';
import { ortPeer } from './peer/ort-peer.ts';
import { runBench, type BenchEvent, type BenchResult } from './run-bench.ts';
import type { Peer } from './types.ts';

export function benchInNode(
  request: BenchRequest,
  onEvent: (event: BenchEvent) => void,
  signal: AbortSignal,
): Promise<BenchResult> {
  return runBench(request, { runtime: `node ${process.version}`, openPeer, onEvent, signal });
}

async function openPeer(device: GPUDevice): Promise<Peer> {
  const ort = await import('onnxruntime-web/webgpu');
  return ortPeer(ort, device);
}
