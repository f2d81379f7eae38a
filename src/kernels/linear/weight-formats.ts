// Kernels that read a matrix: one body for every format, joined with the file that knows how the format is read.

import type { Kernel } from '../../gpu/kernel.ts';
import type { WeightFormat } from '../../gpu/matrix.ts';
import half from '../../../shaders/shared/half.wgsl?raw';
import tile64 from '../../../shaders/shared/tile64.wgsl?raw';
import quadF16 from '../../../shaders/shared/quad-f16.wgsl?raw';
import quadF32 from '../../../shaders/shared/quad-f32.wgsl?raw';
import quadQ4 from '../../../shaders/shared/quad-q4.wgsl?raw';
import quadQ8 from '../../../shaders/shared/quad-q8.wgsl?raw';
import quadTile64 from '../../../shaders/shared/quad-tile64.wgsl?raw';
import f16 from '../../../shaders/shared/weight-f16.wgsl?raw';
import f32 from '../../../shaders/shared/weight-f32.wgsl?raw';
import q4 from '../../../shaders/shared/weight-q4.wgsl?raw';
import q8 from '../../../shaders/shared/weight-q8.wgsl?raw';

const weightReaders: Readonly<Record<WeightFormat, string>> = {
  f32,
  f16,
  q8: half + tile64 + q8,
  q4: half + tile64 + q4,
};

/** Readers of four rows at a time, which hand out what is stored before they make values of it. */
export const quadReaders: Readonly<Record<WeightFormat, string>> = {
  f32: quadF32,
  f16: quadF16,
  q8: half + quadTile64 + quadQ8,
  q4: half + quadTile64 + quadQ4,
};

/**
 * One kernel for each format, called `<name>-<format>`. Slots 1 and 2 of the body are `weight` and `scales`. `readers`
 * holds the source that goes in front of the body; the default reads vector by vector.
 */
export function weightKernels<Slot extends string, Param extends string, Format extends string>(
  kernel: Kernel<Slot, Param>,
  readers: Readonly<Record<Format, string>>,
): Readonly<Record<Format, Kernel<Slot, Param>>>;
export function weightKernels<Slot extends string, Param extends string>(
  kernel: Kernel<Slot, Param>,
): Readonly<Record<WeightFormat, Kernel<Slot, Param>>>;
export function weightKernels<Slot extends string, Param extends string>(
  kernel: Kernel<Slot, Param>,
  readers: Readonly<Record<string, string>> = weightReaders,
): Readonly<Record<string, Kernel<Slot, Param>>> {
  const made = Object.entries(readers).map(([format, reader]) => {
    const own = { ...kernel, name: `${kernel.name}-${format}`, source: reader + kernel.source };
    return [format, own] as const;
  });
  return Object.fromEntries(made);
}
