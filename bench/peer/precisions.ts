// The precisions in which the peer may compute a graph of 4-bit weights; the fastest one that is right runs.

import type { PeerTensor } from '../measure/types.ts';
import { halves, type FloatType } from './graph-floats.ts';
import type { Precision } from './linear-graphs.ts';
import { peerLimits } from './peer-limits.ts';

export interface NamedPrecision extends Precision {
  readonly name: string;
  readonly limit: number;
}

const f32: readonly NamedPrecision[] = [
  // Level 1 asks for what level 0 does; 4 may be faster where the device multiplies bytes.
  { name: 'float32, accuracy level 0', type: 'float32', level: 0, limit: peerLimits.exact },
  { name: 'float32, accuracy level 4', type: 'float32', level: 4, limit: peerLimits.bytes },
];
const f16: readonly NamedPrecision[] = [
  { name: 'float16, accuracy level 0', type: 'float16', level: 0, limit: peerLimits.halves },
  { name: 'float16, accuracy level 4', type: 'float16', level: 4, limit: peerLimits.halves },
];

/** All that the device can compute. */
export function peerPrecisions(deviceF16: boolean): readonly NamedPrecision[] {
  return deviceF16 ? [...f32, ...f16] : f32;
}

/** Inputs whose real numbers have the graph's precision. */
export function inPrecision(
  inputs: Readonly<Record<string, PeerTensor>>,
  type: FloatType,
): Record<string, PeerTensor> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => [
      name,
      type === 'float16' && tensor.data instanceof Float32Array
        ? { type, shape: tensor.shape, data: halves(tensor.data) }
        : tensor,
    ]),
  );
}
