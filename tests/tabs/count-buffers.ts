// Counts the bytes of GPU buffers that live. Its text goes before a worker's script, as nothing else could look into it.

declare global {
  var gpuBytes: number;
}

export function countBuffers(): void {
  globalThis.gpuBytes = 0;
  const { prototype } = GPUDevice;
  const create = prototype.createBuffer;
  prototype.createBuffer = function (this: GPUDevice, descriptor) {
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
