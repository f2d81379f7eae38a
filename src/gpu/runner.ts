// One device and everything needed to run lists on it. The engine makes one and shares it.

import { settle } from '#gpu/instance';
import { Molmo2Error } from '../errors.ts';
import { allocated, refuseFailed } from './allocation.ts';
import { familyCapabilities, familyNeeds, type KernelFamily } from './capabilities.ts';
import type { AdapterInfo } from './adapter.ts';
import { openGpu, type Gpu } from './device.ts';
import type { Dispatch } from './kernel.ts';
import { kernelScratch, type KernelSettings } from './kernel-settings.ts';
import { Pipelines, type PreparedList } from './pipelines.ts';
import { Readback } from './readback.ts';
import { Pace, type PacedWork } from './pace.ts';
import { runSliced, submitSteps } from './replay.ts';
import type { Tensor } from './tensor.ts';

// Multiply-adds per millisecond before anything has run: low, since only a slice that is too long does harm.
const softwareGuess = 1e5;
const gpuGuess = 2e7;

// Whose pace says how much attention a dispatch may be: the prefill's own, or before its first run the vision tower's.
const longAttention = ['attention-prefill', 'attention-encoder'];
const longestDispatchMs = 50;

const lossIsToldMs = 50;

const pacedWork = ({ kernel, cost }: Dispatch): PacedWork => ({ kernel: kernel.name, cost });

export class GpuRunner {
  readonly device: GPUDevice;
  readonly adapter: AdapterInfo;
  readonly #gpu: Gpu;
  #kernels: KernelSettings;
  readonly #pipelines: Pipelines;
  readonly #readback: Readback;
  readonly #pace: Pace;
  #longestSliceMs = 0;
  /** Whether errors may still come of what was done with buffers that do not exist. */
  #lacksBuffers = false;

  constructor(gpu: Gpu, kernels: KernelSettings = { capabilities: gpu.capabilities, tuned: {} }) {
    this.#gpu = gpu;
    this.device = gpu.device;
    this.adapter = gpu.adapter;
    this.#kernels = kernels.capabilities.software
      ? kernels
      : { scratch: kernelScratch(gpu.device), ...kernels };
    this.#pace = new Pace(gpu.capabilities.software ? softwareGuess : gpuGuess);
    this.#pipelines = new Pipelines(gpu.device);
    this.#readback = new Readback(gpu.device);
  }

  /**
   * Opens the strongest adapter; `family` forces a kind of kernels, and with `exactActivations` none rounds activations to
   * int8. Throws `no-webgpu`, or RangeError where the adapter lacks what the family needs.
   */
  static async open(
    family?: KernelFamily,
    { exactActivations = false }: { readonly exactActivations?: boolean | undefined } = {},
  ): Promise<GpuRunner> {
    if (family === 'packed' && exactActivations)
      throw new RangeError(
        'options.kernels is "packed", which rounds activations, but options.exactActivations is true. Leave one of them out.',
      );
    const gpu = await openGpu();
    const device = exactActivations ? { ...gpu.capabilities, packedIntegers: false } : gpu.capabilities;
    const capabilities = family ? familyCapabilities(device, family) : device;
    try {
      if (capabilities) return new GpuRunner(gpu, { capabilities, tuned: {} });
    } catch (error) {
      gpu.device.destroy();
      throw error;
    }
    gpu.device.destroy();
    throw new RangeError(
      `options.kernels is "${String(family)}", but this adapter has no ${family ? familyNeeds[family] : ''}. Leave the option out, or use "portable".`,
    );
  }

  /** What kernels are chosen by, less than the device has where a family is forced; and how long work is cut, as far as is known. */
  get kernels(): KernelSettings {
    const known = longAttention.find((name) => this.#pace.knows(name));
    if (known === undefined) return this.#kernels;
    return { ...this.#kernels, attentionCost: this.#pace.costIn(longestDispatchMs, known) };
  }

  /** From now on kernels are chosen by what a tuning run found. */
  useTuned(tuned: KernelSettings['tuned']): void {
    this.#kernels = { ...this.#kernels, tuned };
  }

  /** Pipelines that exist or are being compiled. */
  get pipelines(): number {
    return this.#pipelines.size;
  }

  /** Compiles what lists need, ahead of their use; their tensors need no buffers. Throws the signal's own reason. */
  compile(dispatches: readonly Dispatch[], signal?: AbortSignal): Promise<void> {
    return this.#guard(() => settle(this.#pipelines.compile(dispatches, signal)));
  }

  async prepare(dispatches: readonly Dispatch[]): Promise<PreparedList> {
    let list: PreparedList | null = null;
    try {
      return await this.#guard(async () => (list = await this.#pipelines.prepare(dispatches)));
    } catch (error) {
      (list as PreparedList | null)?.destroy(); // its parameters may be what there was no memory for
      throw error;
    }
  }

  /** Prepares, runs in slices and frees a list that is used once. */
  async run(
    dispatches: readonly Dispatch[],
    signal?: AbortSignal,
    onSlice?: (share: number) => void,
  ): Promise<void> {
    await this.#guard(async () => {
      const list = await this.#pipelines.prepare(dispatches);
      try {
        await runSliced(this.device, list, this.#pace, signal, ({ share, elapsedMs }) => {
          this.#longestSliceMs = Math.max(this.#longestSliceMs, elapsedMs);
          onSlice?.(share);
        });
      } finally {
        list.destroy();
      }
    });
  }

  /** Milliseconds that lists will take in `run`, as well as is known. */
  expectMs(dispatches: readonly Dispatch[]): number {
    return this.#pace.expectMs(dispatches.map(pacedWork));
  }

  /** Share of the work of a list that is of kernels whose pace is known. */
  knownShare(dispatches: readonly Dispatch[]): number {
    return this.#pace.knownShare(dispatches.map(pacedWork));
  }

  /** The longest submit of `run` since this was asked last, in milliseconds. */
  takeLongestSliceMs(): number {
    const longest = this.#longestSliceMs;
    this.#longestSliceMs = 0;
    return longest;
  }

  /** Submits a short list at once, without waiting. */
  submit(list: PreparedList): void {
    submitSteps(this.device, list.steps);
  }

  read(tensor: Tensor, byteOffset?: number, byteLength?: number): Promise<ArrayBuffer> {
    return this.#guard(() => this.#readback.read(tensor, byteOffset, byteLength));
  }

  /** Waits until all buffers that were asked for are there. Throws `out-of-memory` for the first that is not, or `device-lost`. */
  allocated(): Promise<void> {
    return this.#guard(async () => {});
  }

  /** Throws what the GPU reported since the last look: a lost device, or buffers that did not fit. */
  check(): void {
    this.#checkLost();
    try {
      refuseFailed(this.device);
    } catch (error) {
      this.#lacksBuffers = true;
      throw error;
    }
    const error = this.#gpu.errors.shift();
    if (!error) return;
    if (error instanceof GPUOutOfMemoryError) {
      this.#lacksBuffers = true;
      throw new Molmo2Error(
        'out-of-memory',
        `The GPU has no memory left (${error.message}). Ask about fewer frames or crops, close other pages, or use a smaller model.`,
      );
    }
    throw new Error(`molmo2-webgpu bug: ${error.message}`);
  }

  /** Resolves with the reason when the device goes away; `destroy` is a reason, too. */
  get lost(): Promise<string> {
    return this.device.lost.then(({ message, reason }) => message || reason);
  }

  /** What the loss of the device is, if it went away. What fails for that may be told a moment before it. */
  async loss(): Promise<Molmo2Error | null> {
    if (this.#gpu.lostReason === null) {
      const moment = new Promise((resolve) => setTimeout(resolve, lossIsToldMs));
      await settle(Promise.race([this.device.lost, moment]));
    }
    return this.#lossError();
  }

  /**
   * Gives the device back. A compiler that has begun cannot be called back, and the device would keep this thread until it has
   * ended (seconds, on a processor): it goes then, by itself.
   */
  destroy(): void {
    this.#readback.destroy();
    const { compiled } = this.#pipelines;
    if (compiled) void settle(compiled).then(() => this.device.destroy());
    else this.device.destroy();
  }

  #lossError(): Molmo2Error | null {
    const { lostReason } = this.#gpu;
    if (lostReason === null) return null;
    return new Molmo2Error(
      'device-lost',
      `The GPU stopped working (${lostReason}). Load the model again; if it happens again, ask about fewer frames or crops.`,
      { cause: lostReason },
    );
  }

  #checkLost(): void {
    const loss = this.#lossError();
    if (loss) throw loss;
  }

  /** Work that begins when all buffers are there, and has failed where the GPU says so afterwards. */
  async #guard<T>(work: () => Promise<T>): Promise<T> {
    if (this.#lacksBuffers) await this.#passOver();
    try {
      await this.#refuseFailed();
      const result = await work();
      await this.#refuseFailed();
      this.check();
      return result;
    } catch (error) {
      await this.#refuseFailed();
      this.check();
      throw error;
    }
  }

  async #refuseFailed(): Promise<void> {
    try {
      await allocated(this.device);
    } catch (error) {
      this.#checkLost();
      await this.#passOver();
      throw error;
    }
  }

  /** What was done with buffers that do not exist has failed with errors of its own, which say nothing new. */
  async #passOver(): Promise<void> {
    await settle(this.device.queue.onSubmittedWorkDone()).catch(() => {});
    this.#gpu.errors.length = 0;
    this.#lacksBuffers = false;
  }
}
