// A released decoder without its memory: the dispatches and bindings of the true shapes on Dawn's null backend, which
// checks every call and computes nothing. All weights share one small buffer.

import { create, globals } from 'webgpu';
import { archFiles } from '../cli/synth/arch.ts';
import type { TextConfig } from '../src/config.ts';
import { modelConfig } from '../src/read-config.ts';
import { Arena } from '../src/gpu/arena.ts';
import { portableCapabilities, type Capabilities } from '../src/gpu/capabilities.ts';
import type { WeightFormat } from '../src/gpu/matrix.ts';
import { GpuRunner } from '../src/gpu/runner.ts';
import { expectedTensors } from '../src/weights/checkpoint/tensor-names.ts';
import type { Weights } from '../src/weights/store/weights.ts';

Object.assign(globalThis, globals);
const nullGpu = create(['backend=null']); // must outlive every device

export async function nullRunner(capabilities: Partial<Capabilities> = {}): Promise<GpuRunner> {
  const adapter = await nullGpu.requestAdapter();
  const features: GPUFeatureName[] = ['shader-f16', 'subgroups'];
  const device = await adapter?.requestDevice({ requiredFeatures: features });
  if (!device) throw new Error('The null backend offers no device.');
  const errors: GPUError[] = [];
  device.addEventListener('uncapturederror', (event) => {
    event.preventDefault();
    errors.push(event.error);
  });
  return new GpuRunner({
    device,
    adapter: { vendor: 'none', architecture: '', description: 'null', isFallbackAdapter: false },
    capabilities: { ...portableCapabilities, ...capabilities },
    lostReason: null,
    errors,
  });
}

export type ReleasedModel = 'molmo2-4b' | 'molmo2-8b' | 'molmo2-o-7b';

export function releasedConfig(name: ReleasedModel): TextConfig {
  return modelConfig(archFiles(name)['config.json']).text;
}

/** Weights of the 4B's shapes in a format; every tensor is the same 64 KiB. */
export function narrowWeights(device: GPUDevice, name: ReleasedModel, format: WeightFormat): Weights {
  const arena = new Arena(device, 'narrow weights');
  const shared = arena.tensor('shared', [16384]);
  const shapes = expectedTensors(modelConfig(archFiles(name)['config.json']));
  const shapeOf = (wanted: string) => {
    const shape = shapes.get(wanted);
    if (!shape) throw new Error(`no tensor ${wanted}`);
    return shape;
  };
  return {
    get: (wanted) => ({ ...shared, label: wanted, shape: shapeOf(wanted) }),
    matrix: (wanted) => {
      const [rows = 0, columns = 0] = shapeOf(wanted);
      const scales = format === 'q4' || format === 'q8' ? shared : null;
      return { label: wanted, format, rows, columns, parts: [{ firstRow: 0, rows, values: shared, scales }] };
    },
    parameters: 0,
    byteLength: arena.byteLength,
    destroy: () => arena.destroy(),
  };
}
