// The values that settings of a run may have. Records, so that the compiler misses what the door has and these have not.

import type { KernelFamily, WeightFormat } from '../../src/index.ts';
import type { RunSettings } from './run-record.ts';

function namesOf<T extends string>(all: Readonly<Record<T, true>>): readonly T[] {
  return Object.keys(all) as T[];
}

export const weightFormats = namesOf<WeightFormat>({ f32: true, f16: true, q8: true, q4: true });

export const kvFormats = namesOf<NonNullable<RunSettings['kv']>>({ f32: true, f16: true, int8: true });

export const kernelFamilies = namesOf<KernelFamily>({
  software: true,
  portable: true,
  subgroups: true,
  f16: true,
  packed: true,
});
