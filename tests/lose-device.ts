// Takes the GPU away at a chosen moment, counted in calls to it, as a driver that is reset would.

import { gpuInstance } from '#gpu/instance';

export interface Devices {
  /** Devices that were opened since `forget`. */
  readonly opened: number;
  /** How often a device was lost at a call since `forget`: never, where fewer calls came than were waited for. */
  readonly losses: number;
  /** Calls to the GPU since `forget`. A question that is asked again submits the same, and may compile and allocate less. */
  readonly calls: Readonly<Record<Call, number>>;
  forget(): void;
  /** Loses the newest device now. */
  lose(): void;
  /** Loses the device at its n-th such call from now on, and the next one that is opened at its n-th, `times` times in all. */
  loseAt(call: Call, n: number, times?: number): void;
}

export type Call = 'createBuffer' | 'createComputePipelineAsync' | 'submit';

/** Watches all devices of this thread from now on. */
export async function watchDevices(): Promise<Devices> {
  await gpuInstance(); // makes the classes known
  let newest: GPUDevice | null = null;
  let opened = 0;
  let losses = 0;
  let calls = { createBuffer: 0, createComputePipelineAsync: 0, submit: 0 };
  let counted: Call = 'submit';
  let at = 0;
  let times = 0;
  let left = 0;
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (this: GPUAdapter, descriptor) {
    newest = await requestDevice.call(this, descriptor);
    opened += 1;
    left = at;
    return newest;
  };
  const count = (call: Call) => {
    calls[call] += 1;
    if (times === 0 || call !== counted || --left > 0) return;
    times -= 1;
    losses += 1;
    left = Infinity; // until another one is opened
    newest?.destroy();
  };
  watch(GPUDevice.prototype, 'createBuffer', count);
  watch(GPUDevice.prototype, 'createComputePipelineAsync', count);
  watch(GPUQueue.prototype, 'submit', count);
  return {
    get opened() {
      return opened;
    },
    get losses() {
      return losses;
    },
    get calls() {
      return calls;
    },
    forget() {
      opened = 0;
      losses = 0;
      calls = { createBuffer: 0, createComputePipelineAsync: 0, submit: 0 };
      times = 0;
    },
    lose: () => newest?.destroy(),
    loseAt(call, n, often = 1) {
      counted = call;
      at = n;
      left = n;
      times = often;
    },
  };
}

/** Tells `count` of every call of a method. */
function watch<T extends object, K extends keyof T & Call>(
  owner: T,
  name: K,
  count: (call: Call) => void,
): void {
  const method = owner[name] as (...args: unknown[]) => unknown;
  owner[name] = function (this: T, ...args: unknown[]) {
    const result = method.apply(this, args);
    count(name);
    return result;
  } as T[K];
}
