// Dispatches -> pipelines and bind groups. Pipelines are cached by kernel and constants for the life of the device.

import { invariant } from '../errors.ts';
import { kernelCode, type Dispatch, type Kernel } from './kernel.ts';

/** A dispatch with everything the GPU needs already made. */
export interface Step {
  readonly pipeline: GPUComputePipeline;
  readonly tensors: GPUBindGroup;
  readonly params: GPUBindGroup;
  readonly workgroups: readonly [number, number, number];
  readonly cost: number;
}

/** A list of dispatches ready to run any number of times. Destroy it to free its parameter buffer. */
export interface PreparedList {
  readonly steps: readonly Step[];
  destroy(): void;
}

const paramSlot = 256; // uniform bindings start at multiples of this on every device
const uniformUsage = 0x40 | 0x8; // UNIFORM | COPY_DST
const computeStage = 0x4;

interface Layouts {
  readonly tensors: GPUBindGroupLayout;
  readonly pipeline: GPUPipelineLayout;
}

export class Pipelines {
  readonly #device: GPUDevice;
  readonly #paramLayout: GPUBindGroupLayout;
  readonly #layouts = new Map<string, Layouts>();
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();

  constructor(device: GPUDevice) {
    this.#device = device;
    this.#paramLayout = device.createBindGroupLayout({
      label: 'params',
      entries: [{ binding: 0, visibility: computeStage, buffer: { type: 'uniform' } }],
    });
  }

  /** Number of pipelines compiled so far. */
  get size(): number {
    return this.#pipelines.size;
  }

  /** Compiles what is missing, all at once, and binds every dispatch. */
  async prepare(dispatches: readonly Dispatch[]): Promise<PreparedList> {
    const pipelines = await Promise.all(dispatches.map((d) => this.#pipeline(d)));
    const buffer = this.#device.createBuffer({
      label: 'params',
      size: Math.max(paramSlot, dispatches.length * paramSlot),
      usage: uniformUsage,
    });
    const bytes = new DataView(new ArrayBuffer(dispatches.length * paramSlot));
    const steps = dispatches.map((d, index) => {
      writeParams(bytes, index * paramSlot, d);
      const pipeline = pipelines[index];
      invariant(pipeline, 'a pipeline for every dispatch');
      return this.#bind(d, pipeline, buffer, index * paramSlot);
    });
    this.#device.queue.writeBuffer(buffer, 0, bytes.buffer);
    return { steps, destroy: () => buffer.destroy() };
  }

  #pipeline(d: Dispatch): Promise<GPUComputePipeline> {
    const key = `${d.kernel.name} ${JSON.stringify(d.constants)}`;
    const known = this.#pipelines.get(key);
    if (known) return known;
    const module = this.#device.createShaderModule({ label: key, code: kernelCode(d.kernel, d.constants) });
    const made = this.#device.createComputePipelineAsync({
      label: key,
      layout: this.#layout(d.kernel).pipeline,
      compute: { module, entryPoint: 'main' },
    });
    this.#pipelines.set(key, made);
    return made;
  }

  #layout(kernel: Kernel): Layouts {
    const known = this.#layouts.get(kernel.name);
    if (known) return known;
    const tensors = this.#device.createBindGroupLayout({
      label: kernel.name,
      entries: Object.values(kernel.slots).map((access, binding) => ({
        binding,
        visibility: computeStage,
        buffer: { type: access === 'read' ? ('read-only-storage' as const) : ('storage' as const) },
      })),
    });
    const pipeline = this.#device.createPipelineLayout({
      label: kernel.name,
      bindGroupLayouts: [tensors, this.#paramLayout],
    });
    const made = { tensors, pipeline };
    this.#layouts.set(kernel.name, made);
    return made;
  }

  #bind(d: Dispatch, pipeline: GPUComputePipeline, params: GPUBuffer, offset: number): Step {
    const entries = Object.keys(d.kernel.slots).map((slot, binding) => {
      const tensor = d.tensors[slot];
      invariant(tensor, `${d.kernel.name} lacks its tensor "${slot}"`);
      return {
        binding,
        resource: { buffer: tensor.buffer, offset: tensor.byteOffset, size: tensor.byteLength },
      };
    });
    const [x, y = 1, z = 1] = d.workgroups;
    return {
      pipeline,
      tensors: this.#device.createBindGroup({
        label: d.kernel.name,
        layout: this.#layout(d.kernel).tensors,
        entries,
      }),
      params: this.#device.createBindGroup({
        label: `${d.kernel.name} params`,
        layout: this.#paramLayout,
        entries: [{ binding: 0, resource: { buffer: params, offset, size: paramSlot } }],
      }),
      workgroups: [x, y, z],
      cost: d.cost,
    };
  }
}

function writeParams(bytes: DataView, offset: number, d: Dispatch): void {
  Object.entries(d.kernel.params).forEach(([name, type], field) => {
    const value = d.params[name];
    invariant(value !== undefined, `${d.kernel.name} lacks its parameter "${name}"`);
    if (type === 'f32') bytes.setFloat32(offset + field * 4, value, true);
    else bytes.setUint32(offset + field * 4, value, true);
  });
}
