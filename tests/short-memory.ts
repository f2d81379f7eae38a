// Devices that have less memory than they are asked for. They behave as Dawn does when Vulkan has none left: the error goes
// to the innermost scope for it, what comes is a buffer that fails validation wherever it is used, and the next request may
// succeed.

import { gpuInstance } from '../src/gpu/instance-node.ts';

/** How a device says so: by an error scope, or as a browser does for mapped buffers, or by a limit that nobody told. */
export type Refusal = 'scope' | 'throw' | 'limit';

export interface ShortMemory {
  /** Bytes of all buffers that exist. */
  readonly bytes: number;
  /** How many there are. */
  readonly count: number;
  /** The most bytes since the peak was forgotten. */
  readonly peak: number;
  /** Buffers that could not be had since the limit was set. */
  readonly refused: number;
  forgetPeak(): void;
  /** From now on there is memory for so many bytes; Infinity gives it back. */
  limit(bytes: number, how?: Refusal): void;
}

const filters = { scope: 'out-of-memory', limit: 'validation' } as const;

interface Scope {
  readonly filter: GPUErrorFilter;
  error: GPUError | null;
}

/** Takes over all devices of Dawn from now on. */
export async function shortenMemory(): Promise<ShortMemory> {
  await gpuInstance(); // makes the classes known
  let most = Infinity;
  let refusal: Refusal = 'scope';
  let [bytes, peak, refused] = [0, 0, 0];
  const alive = new Map<GPUBuffer, { readonly device: GPUDevice; readonly size: number }>();
  const scopes = new WeakMap<GPUDevice, Scope[]>();
  const scopesOf = (device: GPUDevice) => {
    const known = scopes.get(device) ?? [];
    scopes.set(device, known);
    return known;
  };
  const forget = (buffer: GPUBuffer) => {
    bytes -= alive.get(buffer)?.size ?? 0;
    alive.delete(buffer);
  };
  const { createBuffer, pushErrorScope, popErrorScope, destroy: destroyDevice } = GPUDevice.prototype;
  const { destroy } = GPUBuffer.prototype;

  const refuse = (device: GPUDevice, descriptor: GPUBufferDescriptor): GPUBuffer => {
    refused += 1;
    const message = `no memory for ${descriptor.size} bytes beside ${bytes} of ${most}`;
    if (refusal === 'throw') throw new RangeError(message);
    const filter = filters[refusal];
    const error = refusal === 'scope' ? new GPUOutOfMemoryError(message) : new GPUValidationError(message);
    const scope = scopesOf(device).findLast((one) => one.filter === filter);
    if (scope) scope.error ??= error;
    else setTimeout(() => device.dispatchEvent(new GPUUncapturedErrorEvent('uncapturederror', { error })));
    pushErrorScope.call(device, 'validation');
    const invalid = createBuffer.call(device, { ...descriptor, usage: 0x1 | 0x2 }); // mapped for both: never valid
    popErrorScope.call(device).catch(() => {});
    return invalid;
  };

  GPUDevice.prototype.createBuffer = function (this: GPUDevice, descriptor) {
    const { size } = descriptor;
    const fits = bytes + size <= most;
    const buffer = fits ? createBuffer.call(this, descriptor) : refuse(this, descriptor);
    if (!fits) return buffer;
    alive.set(buffer, { device: this, size });
    bytes += size;
    peak = Math.max(peak, bytes);
    return buffer;
  };
  GPUBuffer.prototype.destroy = function (this: GPUBuffer) {
    forget(this);
    return destroy.call(this);
  };
  GPUDevice.prototype.destroy = function (this: GPUDevice) {
    for (const [buffer, { device }] of alive) if (device === this) forget(buffer);
    return destroyDevice.call(this);
  };
  GPUDevice.prototype.pushErrorScope = function (this: GPUDevice, filter) {
    scopesOf(this).push({ filter, error: null });
    return pushErrorScope.call(this, filter);
  };
  GPUDevice.prototype.popErrorScope = async function (this: GPUDevice) {
    const scope = scopesOf(this).pop();
    const error = await popErrorScope.call(this);
    return scope?.error ?? error;
  };
  return {
    get bytes() {
      return bytes;
    },
    get count() {
      return alive.size;
    },
    get peak() {
      return peak;
    },
    get refused() {
      return refused;
    },
    forgetPeak() {
      peak = bytes;
    },
    limit(limit, how = 'scope') {
      [most, refusal, refused] = [limit, how, 0];
    },
  };
}
