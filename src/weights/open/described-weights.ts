// The weights of a model before any of them is read: names, shapes, formats and parts, without memory.

import { invariant } from '../../errors.ts';
import type { Matrix } from '../../gpu/matrix.ts';
import type { Tensor } from '../../gpu/tensor.ts';
import { shapesOnly } from '../../gpu/tensor-source.ts';
import type { ExpectedTensor } from '../store/gpu-store.ts';
import { matrixParts, type BufferLimits } from '../formats/matrix-parts.ts';
import type { OpenedModel } from './opened-model.ts';
import type { Weights } from '../store/weights.ts';

/** The weights as `GpuStore` lays them out on a device with these limits. Kernels can be compiled for them, and never bound. */
export function describedWeights(
  { tensors, aliases }: Pick<OpenedModel, 'tensors' | 'aliases'>,
  limits: BufferLimits,
): Weights {
  const found = (name: string): ExpectedTensor => {
    const tensor = tensors.get(aliases.get(name) ?? name);
    invariant(tensor, `no tensor is called ${name}`);
    return tensor;
  };
  return {
    get: (name): Tensor => shapesOnly.tensor(name, found(name).shape),
    matrix: (name): Matrix => {
      const { shape, format } = found(name);
      const [rows = 0, columns = 0] = shape;
      const parts = matrixParts(rows, columns, format, limits).map((plan) => ({
        firstRow: plan.firstRow,
        rows: plan.rows,
        values: shapesOnly.tensor(name, [plan.codeBytes / 4], 'u32'),
        scales: plan.scaleBytes === 0 ? null : shapesOnly.tensor(name, [plan.scaleBytes / 4], 'u32'),
      }));
      return { label: name, format, rows, columns, parts };
    },
    parameters: 0,
    byteLength: 0,
    destroy: () => {},
  };
}
