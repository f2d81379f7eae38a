// onnxruntime-web in a page. Only the development server serves its files, which are too large for a page's bundle.

import { ortPeer } from './peer/ort-peer.ts';
import type { Peer } from './types.ts';

export async function openBrowserPeer(device: GPUDevice): Promise<Peer> {
  const ort = await import('onnxruntime-web/webgpu');
  return ortPeer(ort, device);
}
