// Image features in GPU memory, each content in a buffer of its own.

import { allocatedIfPossible } from '../../gpu/allocation.ts';
import { Arena } from '../../gpu/arena.ts';
import { bindingAlignment, matrixShape, tensorBytes, type Tensor } from '../../gpu/tensor.ts';
import type { FeatureMemory } from '../visual/feature-cache.ts';

export function gpuFeatures(device: GPUDevice): FeatureMemory<Tensor> {
  return {
    bytesOf(from, rows) {
      const byteLength = tensorBytes([rows, matrixShape(from)[1]], from.dtype);
      return Math.ceil(byteLength / bindingAlignment) * bindingAlignment;
    },
    async copy(from, row, rows) {
      const columns = matrixShape(from)[1];
      const arena = new Arena(device, 'kept features');
      const make = () => arena.tensor('image features', [rows, columns], from.dtype);
      const features = await allocatedIfPossible(device, make);
      if (!features) {
        arena.destroy();
        return null;
      }
      const encoder = device.createCommandEncoder();
      const start = from.byteOffset + tensorBytes([row, columns], from.dtype);
      const { buffer, byteOffset } = features;
      const byteLength = tensorBytes([rows, columns], from.dtype);
      encoder.copyBufferToBuffer(from.buffer, start, buffer, byteOffset, byteLength);
      device.queue.submit([encoder.finish()]);
      return { features, destroy: () => arena.destroy() };
    },
  };
}
