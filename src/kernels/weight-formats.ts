// Kernels that read a matrix: one body for every format, joined with the file that knows how the format is read.

import type { Kernel } from '../gpu/kernel.ts';
import type { WeightFormat } from '../gpu/matrix.ts';
import half from '../../shaders/shared/half.wgsl?raw';
import tile64 from '../../shaders/shared/tile64.wgsl?raw';
import f16 from '../../shaders/shared/weight-f16.wgsl?raw';
import f32 from '../../shaders/shared/weight-f32.wgsl?raw';
import q4 from '../../shaders/shared/weight-q4.wgsl?raw';
import q8 from '../../shaders/shared/weight-q8.wgsl?raw';

const readers: Readonly<Record<WeightFormat, string>> = {
  f32,
  f16,
  q8: half + tile64 + q8,
  q4: half + tile64 + q4,
};

/** One kernel for each format, called `<name>-<format>`. Slots 1 and 2 of the body are `weight` and `scales`. */
export function weightKernels<Slot extends string, Param extends string>(
  kernel: Kernel<Slot, Param>,
): Readonly<Record<WeightFormat, Kernel<Slot, Param>>> {
  const of = (format: WeightFormat) => ({
    ...kernel,
    name: `${kernel.name}-${format}`,
    source: readers[format] + kernel.source,
  });
  return { f32: of('f32'), f16: of('f16'), q8: of('q8'), q4: of('q4') };
}
