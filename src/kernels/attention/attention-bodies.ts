// The bodies that a kernel with attention over many query rows is joined with, by variant.

import type { Kernel, KernelFeature } from '../../gpu/kernel.ts';
import slices from '../../../shaders/shared/attention-slices.wgsl?raw';
import storedF16 from '../../../shaders/shared/attention-stored-f16.wgsl?raw';
import storedF32 from '../../../shaders/shared/attention-stored-f32.wgsl?raw';
import tile from '../../../shaders/shared/attention-tile.wgsl?raw';
import type { AttentionVariant } from './choose-attention.ts';

interface Body {
  readonly source: string;
  readonly features: readonly KernelFeature[];
}

const bodies: Readonly<Record<AttentionVariant, Body>> = {
  software: { source: tile, features: [] },
  portable: { source: storedF32 + slices, features: [] },
  half: { source: storedF16 + slices, features: ['f16'] },
};

/** The kernel with the body of each variant, called `<name>-<variant>`. */
export function attentionKernels<Slot extends string, Param extends string>(
  kernel: Kernel<Slot, Param>,
): Readonly<Record<AttentionVariant, Kernel<Slot, Param>>> {
  const of = (variant: AttentionVariant) => ({
    ...kernel,
    name: `${kernel.name}-${variant}`,
    source: bodies[variant].source + kernel.source,
    features: bodies[variant].features,
  });
  return { software: of('software'), portable: of('portable'), half: of('half') };
}
