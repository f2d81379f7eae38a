// What a worker tells of itself and has done to it, while a page is driven: its text goes before the worker's own.

declare global {
  var gpuBytes: number;
  var gpuBuffers: number;
  /** How often one was taken away. */
  var devicesLost: number;
  /** Takes the newest device away, now or when it is given work for the n-th time from now on. */
  var loseDevice: (submits: number) => void;
}

export function watchWorker(): void {
  let newest: GPUDevice | null = null;
  let left = 0;
  globalThis.gpuBytes = 0;
  globalThis.gpuBuffers = 0;
  globalThis.devicesLost = 0;
  const lose = () => {
    globalThis.devicesLost += newest ? 1 : 0;
    newest?.destroy();
  };
  globalThis.loseDevice = (submits) => {
    left = submits;
    if (submits === 0) lose();
  };
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (this: GPUAdapter, descriptor) {
    newest = await requestDevice.call(this, descriptor);
    return newest;
  };
  const { submit } = GPUQueue.prototype;
  GPUQueue.prototype.submit = function (this: GPUQueue, lists) {
    submit.call(this, lists);
    if (left > 0 && --left === 0) lose();
  };
  const { createBuffer } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (this: GPUDevice, descriptor) {
    const buffer = createBuffer.call(this, descriptor);
    const destroy = buffer.destroy.bind(buffer);
    let { size } = descriptor;
    globalThis.gpuBytes += size;
    globalThis.gpuBuffers += 1;
    buffer.destroy = () => {
      globalThis.gpuBytes -= size;
      globalThis.gpuBuffers -= size > 0 ? 1 : 0;
      size = 0;
      return destroy();
    };
    return buffer;
  };
}
