// A device that claims smaller limits than it has.

/** Bindings of at most so many bytes, and buffers of twice as many. */
export function narrowDevice(device: GPUDevice, maxStorageBufferBindingSize: number): GPUDevice {
  const limits = { maxBufferSize: 2 * maxStorageBufferBindingSize, maxStorageBufferBindingSize };
  return new Proxy(device, {
    get(target, name) {
      if (name === 'limits') return limits;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
