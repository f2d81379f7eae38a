// Buffers of all devices that were made and not destroyed, counted from now on.

export interface CountedBuffers {
  /** How many there are. */
  readonly count: number;
  /** Bytes of those that were made with such a label, whether they still exist or not; forgets them. */
  takeBytes(label: RegExp): number;
}

export function countBuffers(): CountedBuffers {
  const alive = new Set<GPUBuffer>();
  let made: { readonly label: string; readonly size: number }[] = [];
  const { createBuffer } = GPUDevice.prototype;
  const { destroy } = GPUBuffer.prototype;
  GPUDevice.prototype.createBuffer = function (this: GPUDevice, descriptor) {
    const buffer = createBuffer.call(this, descriptor);
    alive.add(buffer);
    made.push({ label: descriptor.label ?? '', size: descriptor.size });
    return buffer;
  };
  GPUBuffer.prototype.destroy = function (this: GPUBuffer) {
    alive.delete(this);
    return destroy.call(this);
  };
  return {
    get count() {
      return alive.size;
    },
    takeBytes(label) {
      const bytes = made.filter((one) => label.test(one.label)).reduce((sum, { size }) => sum + size, 0);
      made = [];
      return bytes;
    },
  };
}
