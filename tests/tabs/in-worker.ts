// What a test does in a worker. The text of these functions goes before the worker's script, as nothing else could get into it.

declare global {
  var gpuBytes: number;
  /** That made a buffer last. */
  var gpuDevice: GPUDevice;
}

/** Counts the bytes of GPU buffers that live, and knows the device. */
export function countBuffers(): void {
  globalThis.gpuBytes = 0;
  const { prototype } = GPUDevice;
  const create = prototype.createBuffer;
  prototype.createBuffer = function (this: GPUDevice, descriptor) {
    globalThis.gpuDevice = this;
    const buffer = create.call(this, descriptor);
    const destroy = buffer.destroy.bind(buffer);
    let bytes = descriptor.size;
    globalThis.gpuBytes += bytes;
    buffer.destroy = () => {
      globalThis.gpuBytes -= bytes;
      bytes = 0;
      return destroy();
    };
    return buffer;
  };
}

/** Hangs, as code that does not come to an end, when that is said in the channel `hang`. */
export function hangWhenTold(): void {
  const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  new BroadcastChannel('hang').onmessage = () => void Atomics.wait(new Int32Array(buffer), 0, 0);
}
