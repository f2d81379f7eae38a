// Counts the buffers that devices have made and not destroyed, below everything that counts them for itself.

import { gpuInstance } from '#gpu/instance';

export interface LiveBuffers {
  /** How many there are now. */
  readonly count: number;
  readonly bytes: number;
  /** The most bytes since the peak was forgotten. */
  readonly peak: number;
  forgetPeak(): void;
  /** Bytes of those that were made with such a label, whether they still exist or not; forgets what was made until now. */
  takeBytes(label: RegExp): number;
}

/** Watches all devices of this thread from now on. */
export async function watchBuffers(): Promise<LiveBuffers> {
  await gpuInstance(); // makes the classes known
  const alive = new Map<GPUBuffer, number>();
  let bytes = 0;
  let peak = 0;
  let made: { readonly label: string; readonly size: number }[] = [];
  const { createBuffer } = GPUDevice.prototype;
  const { destroy } = GPUBuffer.prototype;
  GPUDevice.prototype.createBuffer = function (this: GPUDevice, descriptor) {
    const buffer = createBuffer.call(this, descriptor);
    alive.set(buffer, descriptor.size);
    made.push({ label: descriptor.label ?? '', size: descriptor.size });
    bytes += descriptor.size;
    peak = Math.max(peak, bytes);
    return buffer;
  };
  GPUBuffer.prototype.destroy = function (this: GPUBuffer) {
    bytes -= alive.get(this) ?? 0;
    alive.delete(this);
    return destroy.call(this);
  };
  return {
    get count() {
      return alive.size;
    },
    get bytes() {
      return bytes;
    },
    get peak() {
      return peak;
    },
    forgetPeak() {
      peak = bytes;
    },
    takeBytes(label) {
      const taken = made.filter((one) => label.test(one.label)).reduce((sum, { size }) => sum + size, 0);
      made = [];
      return taken;
    },
  };
}
