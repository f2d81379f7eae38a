// What a kernel with attention over many query rows is joined with, by variant and by how keys and values lie in a tile.

import { invariant } from '../../errors.ts';
import type { Kernel, KernelFeature } from '../../gpu/kernel.ts';
import fourLanes from '../../../shaders/shared/attention-four-lanes.wgsl?raw';
import halves from '../../../shaders/shared/attention-halves.wgsl?raw';
import products from '../../../shaders/shared/attention-products.wgsl?raw';
import sharedRows from '../../../shaders/shared/attention-rows-shared.wgsl?raw';
import subgroupRows from '../../../shaders/shared/attention-rows-subgroups.wgsl?raw';
import tile from '../../../shaders/shared/attention-tile.wgsl?raw';
import unitsF16 from '../../../shaders/shared/attention-units-f16.wgsl?raw';
import unitsFloats from '../../../shaders/shared/attention-units-floats.wgsl?raw';
import unitsInt8 from '../../../shaders/shared/attention-units-int8.wgsl?raw';
import type { AttentionForm, AttentionVariant } from './attention-tiles.ts';
import { kvFormats, kvReaders } from './kv-layer.ts';

const readers: Readonly<Record<AttentionForm, string>> = {
  f32: kvReaders.f32 + unitsFloats,
  f16: kvReaders.f16 + unitsFloats,
  int8: kvReaders.int8 + unitsFloats,
  'f16-halves': unitsF16 + halves,
  'int8-halves': unitsInt8 + halves,
};

/** Every form there is. */
export const attentionForms: readonly AttentionForm[] = [...kvFormats, 'f16-halves', 'int8-halves'];

/** The kernel with the body of each variant for each form, called `<name>-<variant>-<form>`; by `<variant>-<form>`. */
export function attentionKernels<Slot extends string, Param extends string>(
  kernel: Kernel<Slot, Param>,
  forms: readonly AttentionForm[],
): Readonly<Record<string, Kernel<Slot, Param>>> {
  const made: Record<string, Kernel<Slot, Param>> = {};
  const add = (name: string, body: string, features: readonly KernelFeature[] = []) => {
    made[name] = { ...kernel, name: `${kernel.name}-${name}`, source: body + kernel.source, features };
  };
  for (const form of forms) {
    // Processors have no tiles of keys.
    if (form === 'f32' || form === 'f16' || form === 'int8') {
      add(`software-${form}`, kvReaders[form] + tile);
      add(`four-lanes-${form}`, kvReaders[form] + fourLanes, ['subgroups']);
    }
    add(`portable-${form}`, readers[form] + products + sharedRows);
    add(`subgroups-${form}`, readers[form] + products + subgroupRows, ['subgroups']);
  }
  return made;
}

/** One of `attentionKernels`. */
export function attentionKernel<Slot extends string, Param extends string>(
  kernels: Readonly<Record<string, Kernel<Slot, Param>>>,
  variant: AttentionVariant,
  form: AttentionForm,
): Kernel<Slot, Param> {
  const kernel = kernels[`${variant}-${form}`];
  invariant(kernel, `attention has no kernel ${variant}-${form}`);
  return kernel;
}
