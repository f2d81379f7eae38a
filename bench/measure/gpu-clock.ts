// How long the GPU works on compute passes, and how long it waits between them: a device that writes a time stamp at both
// ends of every pass that is begun on it.

import { settle } from '#gpu/instance';
import { invariant } from '../../src/errors.ts';

export interface GpuTimes {
  /** Milliseconds within passes, all together. */
  readonly busyMs: number;
  /** Milliseconds between the end of a pass and the start of the next. */
  readonly idleMs: number;
}

const stampBytes = 8;
const resolveUsage = 0x200 | 0x4; // QUERY_RESOLVE | COPY_SRC
const stagingUsage = 0x1 | 0x8; // MAP_READ | COPY_DST

/** Null where the device has no time stamps. */
export function gpuClock(device: GPUDevice, mostPasses: number): GpuClock | null {
  return device.features.has('timestamp-query') ? new GpuClock(device, mostPasses) : null;
}

export class GpuClock {
  /** The device for the work that is timed. */
  readonly device: GPUDevice;
  readonly #device: GPUDevice;
  readonly #stamps: GPUQuerySet;
  readonly #mostPasses: number;
  #passes = 0;

  constructor(device: GPUDevice, mostPasses: number) {
    this.#device = device;
    this.#mostPasses = mostPasses;
    this.#stamps = device.createQuerySet({ type: 'timestamp', count: 2 * mostPasses });
    this.device = withOwn(device, {
      createCommandEncoder: (descriptor?: GPUCommandEncoderDescriptor) => {
        const encoder = device.createCommandEncoder(descriptor);
        return withOwn(encoder, {
          beginComputePass: (pass?: GPUComputePassDescriptor) =>
            encoder.beginComputePass({ ...pass, timestampWrites: this.#next() }),
        });
      },
    });
  }

  #next(): GPUComputePassTimestampWrites {
    // Passes before `start` write over each other's.
    const first = 2 * (this.#passes % this.#mostPasses);
    this.#passes += 1;
    return {
      querySet: this.#stamps,
      beginningOfPassWriteIndex: first,
      endOfPassWriteIndex: first + 1,
    };
  }

  /** Forgets the passes so far. */
  start(): void {
    this.#passes = 0;
  }

  /** Times of the passes since `start`, when the GPU has done them. */
  async times(): Promise<GpuTimes> {
    invariant(
      this.#passes > 0 && this.#passes <= this.#mostPasses,
      `${this.#passes} passes, but ${this.#mostPasses} have time stamps`,
    );
    const size = 2 * this.#passes * stampBytes;
    const [resolved, staging] = [resolveUsage, stagingUsage].map((usage) =>
      this.#device.createBuffer({ label: 'time stamps', size, usage }),
    );
    invariant(resolved && staging, 'two buffers were made');
    const encoder = this.#device.createCommandEncoder();
    encoder.resolveQuerySet(this.#stamps, 0, 2 * this.#passes, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, size);
    this.#device.queue.submit([encoder.finish()]);
    await settle(staging.mapAsync(0x1));
    const stamps = new BigUint64Array(staging.getMappedRange().slice(0));
    for (const buffer of [resolved, staging]) buffer.destroy();
    return busyAndIdle(Array.from(stamps, Number));
  }

  destroy(): void {
    this.#stamps.destroy();
  }
}

/** Sums over pairs of start and end, in nanoseconds. Pure. */
export function busyAndIdle(stamps: readonly number[]): GpuTimes {
  let [busy, idle] = [0, 0];
  for (let i = 0; i + 1 < stamps.length; i += 2) {
    busy += (stamps[i + 1] ?? 0) - (stamps[i] ?? 0);
    if (i > 0) idle += Math.max(0, (stamps[i] ?? 0) - (stamps[i - 1] ?? 0));
  }
  return { busyMs: busy / 1e6, idleMs: idle / 1e6 };
}

/** The object with some methods of our own; all others are called on it as they are. */
function withOwn<T extends object>(target: T, own: Partial<T>): T {
  return new Proxy(target, {
    get(_, name) {
      if (Object.hasOwn(own, name)) return Reflect.get(own, name) as unknown;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
