// What the choice of cases depends on.

import type { GpuRunner } from '../../src/gpu/runner.ts';

export interface Machine {
  /** The driver computes on the processor: only small shapes. */
  readonly software: boolean;
  /** The device has 16-bit floats, whatever kernels are forced. */
  readonly deviceF16: boolean;
}

export function machineOf({ adapter, device }: GpuRunner): Machine {
  return { software: adapter.isFallbackAdapter, deviceF16: device.features.has('shader-f16') };
}
