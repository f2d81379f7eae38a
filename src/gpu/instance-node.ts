// Where a GPU comes from in Node: Dawn, through the optional package `webgpu`.

import { existsSync, readdirSync } from 'node:fs';
import { constants, homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { answersWithout, noWebGpuError, type NoWebGpu } from './missing/no-webgpu.ts';

// Dawn crashes when an object that create() returned is garbage collected, so each lives as long as the module.
const created: GPU[] = [];
let instance: Promise<GPU> | undefined;

/** Dawn's WebGPU entry point. Throws `no-webgpu` where the package or a Vulkan, Metal or D3D12 driver is missing. */
export function gpuInstance(): Promise<GPU> {
  instance ??= openDawn();
  return instance;
}

async function openDawn(): Promise<GPU> {
  const dawn = await importDawn();
  Object.assign(globalThis, dawn.globals);
  // For measurements and tests: what Dawn hides on some drivers, for example `vulkan_enable_f16_on_nvidia`.
  const features = process.env['MOLMO2_DAWN_FEATURES'] ?? '';
  const create = (): GPU => {
    const gpu = dawn.create(features === '' ? [] : [`enable-dawn-features=${features}`]);
    created.push(gpu);
    return gpu;
  };
  // The Vulkan loader of Linux complains once for every driver where a session has no such folder.
  if (process.platform === 'linux') process.env['XDG_RUNTIME_DIR'] ??= tmpdir();
  const first = create();
  if (process.platform !== 'linux' || (await first.requestAdapter())) return first;
  // No GPU: a browser on this machine may bring SwiftShader, a driver that computes on the processor.
  const driver = softwareDriver();
  if (!driver || process.env['VK_ICD_FILENAMES'] || process.env['VK_DRIVER_FILES']) return first;
  process.env['VK_ICD_FILENAMES'] = driver;
  keepLoaded(join(dirname(driver), 'libvulkan.so.1'));
  return create();
}

/**
 * Loads the Vulkan loader that lies beside the driver, for machines that have none: Dawn opens it by its bare name, which
 * a library that is in the process already answers to.
 */
function keepLoaded(library: string): void {
  const nodelete = 0x1000; // RTLD_NODELETE of Linux: Node closes what is no addon of its own, and it must stay
  try {
    if (existsSync(library)) process.dlopen({ exports: {} }, library, constants.dlopen.RTLD_NOW | nodelete);
  } catch {
    // It is no addon, which Node says by throwing after it has been loaded.
  }
}

async function importDawn(): Promise<typeof import('webgpu')> {
  try {
    return await import(/* webpackIgnore: true */ /* turbopackIgnore: true */ 'webgpu');
  } catch (cause) {
    throw noWebGpuError(
      {
        reason: 'no-api',
        message: `WebGPU in Node needs the optional package "webgpu", which could not be loaded (${String(cause)}).`,
        steps: ['Run: npm install webgpu', answersWithout],
      },
      { cause },
    );
  }
}

/** The description file of the SwiftShader that comes with a Chromium, or null. */
function softwareDriver(): string | null {
  const chromium = process.env['CHROMIUM'];
  const folders = [
    ...(chromium ? [dirname(chromium)] : []),
    '/usr/lib/chromium',
    '/usr/lib/chromium-browser',
    '/opt/google/chrome',
    ...playwrightFolders(join(homedir(), '.cache', 'ms-playwright')),
  ];
  return folders.map((folder) => join(folder, 'vk_swiftshader_icd.json')).find(existsSync) ?? null;
}

function playwrightFolders(root: string): string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((name) => name.startsWith('chromium'))
    .flatMap((name) => readdirSync(join(root, name)).map((inner) => join(root, name, inner)));
}

/** What is the case where WebGPU exists but offers no adapter, and what a user can do. */
export function withoutAdapter(): NoWebGpu {
  return {
    reason: 'no-adapter',
    message: 'WebGPU is present but offers no adapter.',
    steps: [
      'Update the graphics driver; on a machine without a GPU, install Chromium, whose software driver is found by itself, or name the description file of a Vulkan driver in VK_ICD_FILENAMES.',
      answersWithout,
    ],
  };
}

/** Lets `settle` wait for the work of this device; Dawn needs nothing for that. */
export const expectWork: (device: GPUDevice) => void = () => {};

const cell = new Int32Array(new SharedArrayBuffer(4));

/**
 * Waits for GPU work. Dawn polls the event loop without pause while a promise is pending, which takes a core from a
 * driver that computes on the processor; short sleeps between polls give it back.
 */
export async function settle<T>(promise: Promise<T>): Promise<T> {
  let done = false;
  const finish = () => {
    done = true;
  };
  promise.then(finish, finish);
  await Promise.resolve(); // what is done already needs no poll: one of them may have settled several promises
  while (!done) {
    Atomics.wait(cell, 0, 0, 0.2);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return promise;
}
