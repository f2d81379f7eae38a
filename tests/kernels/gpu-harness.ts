// The GPU of a kernel test file: the device is opened once, tensors are freed after each test, and every WebGPU error
// fails the test in which it shows. Inputs end in bytes that are NaN (or an index out of range) and outputs lie between
// guard values, so that a kernel which reads or writes past its rows is found out.

import { settle } from '#gpu/instance';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { Arena } from '../../src/gpu/arena.ts';
import type { Capabilities } from '../../src/gpu/capabilities.ts';
import { openGpu, type Gpu } from '../../src/gpu/device.ts';
import type { Dispatch } from '../../src/gpu/kernel.ts';
import { kernelScratch, type KernelScratch, type KernelSettings } from '../../src/gpu/kernel-settings.ts';
import { Pace } from '../../src/gpu/pace.ts';
import { Pipelines, type PreparedList } from '../../src/gpu/pipelines.ts';
import { Readback } from '../../src/gpu/readback.ts';
import { runSliced, submitSteps } from '../../src/gpu/replay.ts';
import { elementCount, type Tensor } from '../../src/gpu/tensor.ts';
import { forcedCapabilities } from '../forced-family.ts';
import type { Tolerance } from '../tolerances.ts';

type Values = Float32Array | Int32Array | Uint32Array | Uint8Array;

/** What an output holds where nothing was written. */
export const guard = -7777.25;

const guardWords = 64; // on either side; 256 bytes, so that the output itself begins on a binding boundary

export class GpuHarness {
  readonly #gpu: Gpu;
  readonly #pipelines: Pipelines;
  readonly #readback: Readback;
  readonly #lists: PreparedList[] = [];
  readonly #errors: string[] = [];
  #arena: Arena;
  #scratch: KernelScratch | undefined;

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
    this.#pipelines = new Pipelines(gpu.device);
    this.#readback = new Readback(gpu.device);
    this.#arena = new Arena(gpu.device, 'test');
    gpu.device.addEventListener('uncapturederror', ({ error }) => this.#errors.push(error.message));
  }

  /** What kernels are chosen by: the adapter's capabilities, or the family that this run forces. */
  get kernels(): KernelSettings {
    this.#scratch ??= kernelScratch(this.device);
    const capabilities = forcedCapabilities(this.#gpu.capabilities);
    return { capabilities, tuned: {}, scratch: this.#scratch };
  }

  /** What the adapter can do, whatever this run forces. */
  get deviceCapabilities(): Capabilities {
    return this.#gpu.capabilities;
  }

  get device(): GPUDevice {
    return this.#gpu.device;
  }

  /** A tensor to read from, followed by 256 bytes of 0xff: NaN as f32, -1 as i32, out of range as an index. */
  input(label: string, shape: readonly number[], values: Values): Tensor {
    expect(values.length, `${label} [${shape.join(', ')}]`).toBe(elementCount(shape));
    const bytes = new Uint8Array(Math.ceil(values.byteLength / 4) * 4 + 4 * guardWords).fill(0xff);
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    const { buffer, byteOffset, byteLength } = this.#arena.tensorOf(label, [bytes.length], bytes);
    return { label, shape, dtype: dtypeOf(values), buffer, byteOffset, byteLength };
  }

  /** A tensor to write to, between guards. It holds `initial`, or guard values where nothing is said. */
  output(label: string, shape: readonly number[], initial?: Float32Array | Uint32Array): Tensor {
    const count = elementCount(shape);
    const words = new Float32Array(guardWords + count + guardWords).fill(guard);
    const dtype = initial ? dtypeOf(initial) : 'f32';
    if (initial) {
      expect(initial.length, `${label} [${shape.join(', ')}]`).toBe(count);
      new Uint32Array(words.buffer).set(
        new Uint32Array(initial.buffer, initial.byteOffset, count),
        guardWords,
      );
    }
    const whole = this.#arena.tensorOf(label, [words.length], words);
    // The guard behind belongs to the binding: a write there is not swallowed by bounds checks.
    return { ...whole, shape, dtype, byteOffset: 4 * guardWords, byteLength: 4 * (count + guardWords) };
  }

  prepare(dispatches: readonly Dispatch[]): Promise<PreparedList> {
    return this.#pipelines.prepare(dispatches).then((list) => {
      this.#lists.push(list);
      return list;
    });
  }

  /** Runs dispatches the way the engine's long work runs: in slices, each waited for. */
  async run(...dispatches: Dispatch[]): Promise<void> {
    await runSliced(this.device, await this.prepare(dispatches), new Pace(1e6));
    this.check();
  }

  /** Runs dispatches the way decoding does: all in one compute pass. */
  async runAtOnce(...dispatches: Dispatch[]): Promise<void> {
    submitSteps(this.device, (await this.prepare(dispatches)).steps);
  }

  /** The values of an output. Fails when a value beside it changed. */
  async read(output: Tensor): Promise<Float32Array<ArrayBuffer>> {
    const bytes = await this.#readback.read(
      { ...output, byteOffset: 0 },
      0,
      output.byteLength + 4 * guardWords,
    );
    this.check();
    const words = new Float32Array(bytes);
    const beside = [...words.subarray(0, guardWords), ...words.subarray(-guardWords)];
    expect(beside, `${output.label}: values beside it`).toEqual(beside.map(() => guard));
    return words.slice(guardWords, -guardWords);
  }

  /** The values of an output of integers. */
  async readIntegers(output: Tensor): Promise<Uint32Array> {
    return new Uint32Array((await this.read(output)).buffer);
  }

  /** Fails when the device reported an error or went away. */
  check(): void {
    expect(this.#errors.splice(0), 'WebGPU errors').toEqual([]);
    expect(this.#gpu.lostReason).toBeNull();
  }

  async freeTest(): Promise<void> {
    await settle(this.device.queue.onSubmittedWorkDone());
    for (const list of this.#lists.splice(0)) list.destroy();
    this.#arena.destroy();
    this.#arena = new Arena(this.device, 'test');
    this.check();
  }

  destroy(): void {
    this.#readback.destroy();
    this.device.destroy();
  }
}

/** Registers the hooks of a test file. The harness can be used inside tests. */
export function useGpu(): () => GpuHarness {
  let harness: GpuHarness | undefined;
  beforeAll(async () => {
    const gpu = await openGpu();
    forcedCapabilities(gpu.capabilities); // a family that the adapter lacks fails every file, not only some tests
    harness = new GpuHarness(gpu);
  });
  afterEach(() => harness?.freeTest());
  afterAll(() => harness?.destroy());
  return () => {
    if (!harness) throw new Error('The GPU is open only while tests run.');
    return harness;
  };
}

function dtypeOf(values: Values): Tensor['dtype'] {
  if (values instanceof Float32Array) return 'f32';
  if (values instanceof Int32Array) return 'i32';
  return values instanceof Uint32Array ? 'u32' : 'u8';
}

const tiny = 1e-30; // near where f32 begins to flush to 0

/** Compares a tensor with its reference. Where the reference holds the guard, nothing may have been written. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: Tolerance,
): void {
  expect(actual.length).toBe(expected.length);
  let largest = 0;
  for (let i = 0; i < expected.length; i++)
    if (expected[i] !== guard) largest = Math.max(largest, Math.abs(expected[i]!));
  for (let i = 0; i < expected.length; i++) {
    const want = expected[i]!;
    const size = tolerance.of === 'each' ? Math.abs(want) : largest;
    const room = want === guard || tolerance.relative === 0 ? 0 : Math.max(tiny, tolerance.relative * size);
    // Written so that a NaN fails.
    if (Math.abs(actual[i]! - want) <= room) continue;
    throw new Error(`value ${i} of ${expected.length} is ${actual[i]}, expected ${want} within ${room}`);
  }
}
