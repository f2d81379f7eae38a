// One session of onnxruntime-web's WebGPU provider, with inputs and outputs in GPU buffers that never change.

import { expectWork, settle } from '#gpu/instance';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-web';
import { decodeHalves } from '../../src/weights/formats/half.ts';
import type { PeerTensor } from '../measure/types.ts';

/** What is used of the package; it is loaded by whoever knows where it lies. */
export type Ort = typeof import('onnxruntime-web');

type ElementType = PeerTensor['type'];
const elementBytes: Readonly<Record<ElementType, number>> = { float32: 4, float16: 2, int32: 4, int64: 8 };

const usage = 0x80 | 0x8 | 0x4; // STORAGE | COPY_DST | COPY_SRC
const stagingUsage = 0x1 | 0x8; // MAP_READ | COPY_DST

/** An input or output in a buffer of its own. */
interface Bound {
  readonly tensor: OrtTensor;
  readonly buffer: GPUBuffer;
  readonly type: ElementType;
  readonly byteLength: number;
}

interface Binding {
  readonly feeds: Record<string, OrtTensor>;
  readonly fetches: Record<string, OrtTensor>;
  readonly outputs: ReadonlyMap<string, Bound>;
}

export class OrtSession {
  readonly #device: GPUDevice;
  readonly #session: InferenceSession;
  readonly #binding: Binding;
  readonly #buffers: GPUBuffer[];

  private constructor(device: GPUDevice, session: InferenceSession, bound: BoundSession) {
    this.#device = device;
    this.#session = session;
    this.#binding = bound.binding;
    this.#buffers = bound.buffers;
  }

  /**
   * Loads a model and binds its inputs. An output called `present.NAME` shares the buffer of the input `past.NAME`, so
   * that a cache is written in place. `graphCapture` records the commands of a run and replays them from then on.
   */
  static async open(
    ort: Ort,
    device: GPUDevice,
    model: Uint8Array,
    inputs: Readonly<Record<string, PeerTensor>>,
    graphCapture: boolean,
  ): Promise<OrtSession> {
    expectWork(device);
    const session = await ort.InferenceSession.create(model, {
      // The provider must be an object for its options to arrive.
      executionProviders: [{ name: 'webgpu', device }],
      graphOptimizationLevel: 'all',
      preferredOutputLocation: 'gpu-buffer',
      enableGraphCapture: graphCapture,
      // An operator that only the processor has makes the session fail instead of being slow in silence.
      extra: { session: { disable_cpu_ep_fallback: '1' } },
    });
    try {
      return new OrtSession(device, session, bind(ort, device, session, inputs));
    } catch (error) {
      await session.release();
      throw error;
    }
  }

  /** Runs `times` times and waits for the GPU. */
  async run(times: number): Promise<void> {
    const { feeds, fetches } = this.#binding;
    for (let i = 0; i < times; i++) await this.#session.run(feeds, fetches);
    await settle(this.#device.queue.onSubmittedWorkDone());
  }

  /** The outputs of the last run. */
  async outputs(): Promise<Record<string, Float32Array>> {
    const values: Record<string, Float32Array> = {};
    for (const [name, bound] of this.#binding.outputs) values[name] = await read(this.#device, bound);
    return values;
  }

  async close(): Promise<void> {
    await this.#session.release();
    for (const buffer of this.#buffers.splice(0)) buffer.destroy();
  }
}

interface BoundSession {
  readonly binding: Binding;
  readonly buffers: GPUBuffer[];
}

function bind(
  ort: Ort,
  device: GPUDevice,
  session: InferenceSession,
  inputs: Readonly<Record<string, PeerTensor>>,
): BoundSession {
  const buffers: GPUBuffer[] = [];
  const make = (type: ElementType, shape: readonly number[]): Bound => {
    const byteLength = shape.reduce((product, size) => product * size, 1) * elementBytes[type];
    const size = Math.ceil(byteLength / 16) * 16; // the provider reads vectors of four words
    const buffer = device.createBuffer({ label: 'peer', size, usage });
    buffers.push(buffer);
    const tensor = ort.Tensor.fromGpuBuffer(buffer, { dataType: type, dims: [...shape] });
    return { tensor, buffer, type, byteLength };
  };
  const feeds: Record<string, OrtTensor> = {};
  const bound = new Map<string, Bound>();
  for (const name of session.inputNames) {
    const input = inputs[name];
    if (!input) throw new RangeError(`inputs has no "${name}", which the model reads.`);
    const made = make(input.type, input.shape);
    const { buffer, byteOffset, byteLength } = input.data;
    device.queue.writeBuffer(made.buffer, 0, buffer as ArrayBuffer, byteOffset, byteLength);
    bound.set(name, made);
    feeds[name] = made.tensor;
  }
  const fetches: Record<string, OrtTensor> = {};
  const outputs = new Map<string, Bound>();
  for (const meta of session.outputMetadata) {
    if (!meta.isTensor) throw new RangeError(`output "${meta.name}" of the model is no tensor.`);
    const shape = meta.shape.map((size) => {
      if (typeof size === 'number') return size;
      throw new RangeError(`output "${meta.name}" of the model has an open size "${size}".`);
    });
    const shared = bound.get(meta.name.replace(/^present\./, 'past.'));
    const made = shared ?? make(elementType(meta.type), shape);
    fetches[meta.name] = made.tensor;
    if (!shared) outputs.set(meta.name, made);
  }
  return { binding: { feeds, fetches, outputs }, buffers };
}

function elementType(type: string): ElementType {
  if (type === 'float32' || type === 'float16') return type;
  throw new RangeError(`outputs of type ${type} are not read.`);
}

async function read(device: GPUDevice, { buffer, type, byteLength }: Bound): Promise<Float32Array> {
  const staging = device.createBuffer({ label: 'peer staging', size: buffer.size, usage: stagingUsage });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, buffer.size);
  device.queue.submit([encoder.finish()]);
  await settle(staging.mapAsync(0x1));
  const bytes = staging.getMappedRange().slice(0, byteLength);
  staging.destroy();
  if (type === 'float32') return new Float32Array(bytes);
  const values = new Float32Array(byteLength / 2);
  decodeHalves(new Uint16Array(bytes), values);
  return values;
}
