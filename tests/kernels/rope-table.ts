// Rotations for kernel tests.

import { ropeAngle } from '../reference/rope.ts';

export const theta = 5e6;

/** (cos, sin) of every pair at the positions 0 .. count - 1, [count, headDim / 2, 2]. */
export function ropeTable(count: number, headDim: number): Float32Array<ArrayBuffer> {
  const table = new Float32Array(count * headDim);
  for (let i = 0; i < table.length; i += 2) {
    const angle = ropeAngle(Math.floor(i / headDim), (i % headDim) / 2, headDim, theta);
    table[i] = Math.cos(angle);
    table[i + 1] = Math.sin(angle);
  }
  return table;
}
