// onnxruntime-web's WebGPU provider on the device that our own kernels run on.

import { settle } from '#gpu/instance';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-web';
import { decodeHalves } from '../../src/weights/half.ts';
import type { Contender, Peer, PeerSession, PeerTensor } from '../types.ts';

/** What is used of the package; it is loaded by whoever knows where it lies. */
export type Ort = typeof import('onnxruntime-web');

// BigInt64Array and the element types of the graph, as ORT's tensors name them.
const elementBytes = { float32: 4, float16: 2, int32: 4, int64: 8 } as const;
type ElementType = keyof typeof elementBytes;

const usage = 0x80 | 0x8 | 0x4; // STORAGE | COPY_DST | COPY_SRC
const stagingUsage = 0x1 | 0x8; // MAP_READ | COPY_DST

export interface OrtPeerOptions {
  /**
   * Records the commands of a run and replays them. The provider then takes all inputs and outputs in buffers that never
   * change.
   */
  readonly graphCapture?: boolean;
}

/**
 * The peer on `device`. An output called `present.NAME` shares the buffer of the input `past.NAME`, so that a cache is
 * written in place.
 */
export function ortPeer(ort: Ort, device: GPUDevice, options: OrtPeerOptions = {}): Peer {
  const name = `onnxruntime-web ${ort.env.versions.web ?? ''} WebGPU`;
  return { name, session: (model) => OrtSession.create(ort, device, model, options) };
}

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

class OrtSession implements PeerSession {
  readonly #ort: Ort;
  readonly #device: GPUDevice;
  readonly #session: InferenceSession;
  readonly #buffers: GPUBuffer[] = [];

  private constructor(ort: Ort, device: GPUDevice, session: InferenceSession) {
    this.#ort = ort;
    this.#device = device;
    this.#session = session;
  }

  static async create(
    ort: Ort,
    device: GPUDevice,
    model: Uint8Array,
    { graphCapture = false }: OrtPeerOptions,
  ): Promise<OrtSession> {
    const session = await ort.InferenceSession.create(model, {
      // The provider must be an object for the options to reach it.
      executionProviders: [{ name: 'webgpu', device }],
      graphOptimizationLevel: 'all',
      preferredOutputLocation: 'gpu-buffer',
      enableGraphCapture: graphCapture,
      // An operator that only the processor has makes the session fail instead of being slow in silence.
      extra: { session: { disable_cpu_ep_fallback: '1' } },
    });
    return new OrtSession(ort, device, session);
  }

  async run(inputs: Readonly<Record<string, PeerTensor>>): Promise<Record<string, Float32Array>> {
    const binding = this.#bind(inputs);
    await this.#session.run(binding.feeds, binding.fetches);
    const values: Record<string, Float32Array> = {};
    for (const [name, bound] of binding.outputs) values[name] = await this.#read(bound);
    return values;
  }

  async contender(name: string, inputs: Readonly<Record<string, PeerTensor>>): Promise<Contender> {
    const { feeds, fetches } = this.#bind(inputs);
    const work = async (times: number) => {
      for (let i = 0; i < times; i++) await this.#session.run(feeds, fetches);
      await settle(this.#device.queue.onSubmittedWorkDone());
    };
    // The first run compiles, and with capture the first two allocate and record.
    await work(3);
    return { name, run: work };
  }

  async close(): Promise<void> {
    await this.#session.release();
    for (const buffer of this.#buffers.splice(0)) buffer.destroy();
  }

  #bind(inputs: Readonly<Record<string, PeerTensor>>): Binding {
    const feeds: Record<string, OrtTensor> = {};
    const bound = new Map<string, Bound>();
    for (const name of this.#session.inputNames) {
      const input = inputs[name];
      if (!input) throw new RangeError(`inputs has no "${name}", which the model reads.`);
      const made = this.#bound(input.type, input.shape);
      const { buffer, byteOffset, byteLength } = input.data;
      this.#device.queue.writeBuffer(made.buffer, 0, buffer as ArrayBuffer, byteOffset, byteLength);
      bound.set(name, made);
      feeds[name] = made.tensor;
    }
    const fetches: Record<string, OrtTensor> = {};
    const outputs = new Map<string, Bound>();
    for (const meta of this.#session.outputMetadata) {
      if (!meta.isTensor) throw new RangeError(`output "${meta.name}" of the model is no tensor.`);
      const shared = bound.get(meta.name.replace(/^present\./, 'past.'));
      const shape = meta.shape.map((size) => {
        if (typeof size === 'number') return size;
        throw new RangeError(`output "${meta.name}" of the model has an open size "${size}".`);
      });
      const made = shared ?? this.#bound(elementType(meta.type), shape);
      fetches[meta.name] = made.tensor;
      outputs.set(meta.name, made);
    }
    return { feeds, fetches, outputs };
  }

  #bound(type: ElementType, shape: readonly number[]): Bound {
    const byteLength = shape.reduce((product, size) => product * size, 1) * elementBytes[type];
    const size = Math.ceil(byteLength / 16) * 16;
    const buffer = this.#device.createBuffer({ label: 'peer', size, usage });
    this.#buffers.push(buffer);
    const tensor = this.#ort.Tensor.fromGpuBuffer(buffer, { dataType: type, dims: [...shape] });
    return { tensor, buffer, type, byteLength };
  }

  async #read({ buffer, type, byteLength }: Bound): Promise<Float32Array> {
    const size = Math.ceil(byteLength / 4) * 4;
    const staging = this.#device.createBuffer({ label: 'peer staging', size, usage: stagingUsage });
    const encoder = this.#device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, 0, staging, 0, size);
    this.#device.queue.submit([encoder.finish()]);
    await settle(staging.mapAsync(0x1));
    const bytes = staging.getMappedRange().slice(0, byteLength);
    staging.destroy();
    if (type === 'float32') return new Float32Array(bytes);
    if (type !== 'float16') throw new RangeError(`outputs of type ${type} are not read.`);
    const values = new Float32Array(byteLength / 2);
    decodeHalves(new Uint16Array(bytes), values);
    return values;
  }
}

function elementType(type: string): ElementType {
  if (type in elementBytes) return type as ElementType;
  throw new RangeError(`tensors of type ${type} are not bound.`);
}
