// Dispatches -> pipelines and bind groups. Pipelines are cached by kernel and constants for the life of the device.

import { invariant, Molmo2Error } from '../errors.ts';
import { settle } from '#gpu/instance';
import { createBuffer } from './allocation.ts';
import { kernelCode, type Dispatch, type Kernel } from './kernel.ts';

/** A dispatch with everything the GPU needs already made. */
export interface Step {
  readonly pipeline: GPUComputePipeline;
  readonly tensors: GPUBindGroup;
  /** Null where a kernel has none: setting a group costs as much as a dispatch. */
  readonly params: GPUBindGroup | null;
  readonly workgroups: readonly [number, number, number];
  /** The kernel's name. */
  readonly kernel: string;
  readonly cost: number;
}

/** A list of dispatches ready to run any number of times. Destroy it to free its parameter buffer. */
export interface PreparedList {
  readonly steps: readonly Step[];
  destroy(): void;
}

/** More would keep no compiler busier, and none that has begun can be called back. */
const mostAtOnce = 8;

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
  readonly #compiling = new Set<Promise<unknown>>();

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

  /** Settles when nothing is being compiled; null where nothing is. */
  get compiled(): Promise<unknown> | null {
    return this.#compiling.size > 0 ? Promise.allSettled(this.#compiling) : null;
  }

  /**
   * Compiles what is missing in the order of the list, so that `prepare` finds it. Nothing is bound: tensors need no
   * buffers. Throws the signal's own reason.
   */
  async compile(dispatches: readonly Dispatch[], signal?: AbortSignal): Promise<void> {
    const wanted = new Map(dispatches.map((d) => [pipelineKey(d), d])).values();
    const compileNext = async () => {
      for (const d of wanted) {
        signal?.throwIfAborted();
        await this.#pipeline(d);
      }
    };
    await Promise.all(Array.from({ length: mostAtOnce }, compileNext));
  }

  /** Compiles what is missing, all at once, and binds every dispatch. Dispatches with equal params, or equal tensors in equal slots, share them. */
  async prepare(dispatches: readonly Dispatch[]): Promise<PreparedList> {
    const pipelines = await settle(Promise.all(dispatches.map((d) => this.#pipeline(d))));
    const slots = paramSlots(dispatches.map(paramWords));
    const buffer = createBuffer(this.#device, {
      label: 'params',
      size: Math.max(paramSlot, slots.bytes.byteLength),
      usage: uniformUsage,
    });
    this.#device.queue.writeBuffer(buffer, 0, slots.bytes);
    const tensors = this.#tensorGroups();
    const groups = Array.from({ length: slots.count }, (_, i) => this.#bindParams(buffer, i * paramSlot));
    const steps = dispatches.map((d, i): Step => {
      const pipeline = pipelines[i];
      const slot = slots.of[i] ?? null;
      const params = slot === null ? null : groups[slot];
      invariant(pipeline && params !== undefined, 'a pipeline for every dispatch, and its params');
      const [x, y = 1, z = 1] = d.workgroups;
      return {
        pipeline,
        tensors: tensors(d),
        params,
        workgroups: [x, y, z],
        kernel: d.kernel.name,
        cost: d.cost,
      };
    });
    return { steps, destroy: () => buffer.destroy() };
  }

  #pipeline(d: Dispatch): Promise<GPUComputePipeline> {
    const key = pipelineKey(d);
    const known = this.#pipelines.get(key);
    if (known) return known;
    const module = this.#device.createShaderModule({ label: key, code: kernelCode(d.kernel, d.constants) });
    const made = this.#device
      .createComputePipelineAsync({
        label: key,
        layout: this.#layout(d.kernel).pipeline,
        compute: { module, entryPoint: 'main' },
      })
      .catch(async (cause: unknown) => {
        this.#pipelines.delete(key); // the next time there may be memory for it
        throw notCompiled(key, cause, await complaint(module));
      });
    this.#pipelines.set(key, made);
    this.#compiling.add(made);
    const forget = () => this.#compiling.delete(made);
    made.then(forget, forget);
    return made;
  }

  #layout(kernel: Kernel): Layouts {
    // Kernels with the same slots share their layouts, so that tensors bound for one are bound for the other.
    const key = [...Object.values(kernel.slots), hasParams(kernel)].join();
    const known = this.#layouts.get(key);
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
      bindGroupLayouts: hasParams(kernel) ? [tensors, this.#paramLayout] : [tensors],
    });
    const made = { tensors, pipeline };
    this.#layouts.set(key, made);
    return made;
  }

  /** Binds tensors, those that were bound before in the same way once. */
  #tensorGroups(): (d: Dispatch) => GPUBindGroup {
    const numbers = new Map<unknown, number>();
    const numberOf = (of: unknown) => {
      const number = numbers.get(of) ?? numbers.size;
      numbers.set(of, number);
      return number;
    };
    const groups = new Map<string, GPUBindGroup>();
    return (d) => {
      const bound = Object.keys(d.kernel.slots).map((slot) => {
        const tensor = d.tensors[slot];
        return tensor && [numberOf(tensor.buffer), tensor.byteOffset, tensor.byteLength].join();
      });
      const key = [numberOf(this.#layout(d.kernel).tensors), ...bound].join(' ');
      const group = groups.get(key) ?? this.#bindTensors(d);
      groups.set(key, group);
      return group;
    };
  }

  #bindTensors(d: Dispatch): GPUBindGroup {
    const entries = Object.keys(d.kernel.slots).map((slot, binding) => {
      const tensor = d.tensors[slot];
      invariant(tensor, `${d.kernel.name} lacks its tensor "${slot}"`);
      return {
        binding,
        resource: { buffer: tensor.buffer, offset: tensor.byteOffset, size: tensor.byteLength },
      };
    });
    const layout = this.#layout(d.kernel).tensors;
    return this.#device.createBindGroup({ label: d.kernel.name, layout, entries });
  }

  #bindParams(buffer: GPUBuffer, offset: number): GPUBindGroup {
    return this.#device.createBindGroup({
      label: 'params',
      layout: this.#paramLayout,
      entries: [{ binding: 0, resource: { buffer, offset, size: paramSlot } }],
    });
  }
}

/** What the compiler says of a module that it refused; a pipeline's error may say no more than that it is invalid. */
async function complaint(module: GPUShaderModule): Promise<string> {
  const info = await module.getCompilationInfo().catch(() => null); // the device may be gone
  const errors = info?.messages.filter(({ type }) => type === 'error') ?? [];
  return errors.map(({ message }) => ` ${message.trim()}`).join('');
}

/** An error of ours, unless the driver gave up on a kernel that is valid. */
function notCompiled(key: string, cause: unknown, complaint: string): Error {
  const why = (cause instanceof Error ? cause.message : String(cause)) + complaint;
  const isInternal = cause instanceof Error && 'reason' in cause && cause.reason === 'internal';
  if (!isInternal) return new Error(`molmo2-webgpu bug: ${key} was refused: ${why}`, { cause });
  return new Molmo2Error(
    'no-webgpu',
    `The graphics driver could not compile the kernel ${key} (${why}). Update the driver, or load with kernels: "portable".`,
    { cause },
  );
}

function pipelineKey({ kernel, constants }: Dispatch): string {
  return `${kernel.name} ${JSON.stringify(constants)}`;
}

function hasParams({ params }: Kernel): boolean {
  return Object.keys(params).length > 0;
}

/**
 * The slots of a buffer that hold the params of a list, each of different ones once; `of` is the slot of each dispatch,
 * null where there are no params.
 */
function paramSlots(params: readonly Uint32Array[]): {
  readonly of: readonly (number | null)[];
  readonly count: number;
  readonly bytes: Uint32Array<ArrayBuffer>;
} {
  const slots = new Map<string, number>();
  const of = params.map((words) => {
    if (words.length === 0) return null;
    const key = words.join();
    const slot = slots.get(key) ?? slots.size;
    slots.set(key, slot);
    return slot;
  });
  const bytes = new Uint32Array((slots.size * paramSlot) / 4);
  params.forEach((words, i) => bytes.set(words, ((of[i] ?? 0) * paramSlot) / 4)); // without words nothing is set
  return { of, count: slots.size, bytes };
}

/** The params of a dispatch as the uniform holds them. */
function paramWords(d: Dispatch): Uint32Array {
  const fields = Object.entries(d.kernel.params);
  const words = new DataView(new ArrayBuffer(fields.length * 4));
  fields.forEach(([name, type], field) => {
    const value = d.params[name];
    invariant(value !== undefined, `${d.kernel.name} lacks its parameter "${name}"`);
    if (type === 'f32') words.setFloat32(field * 4, value, true);
    else words.setUint32(field * 4, value, true);
  });
  return new Uint32Array(words.buffer);
}
