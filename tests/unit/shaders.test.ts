import { readdirSync, readFileSync } from 'node:fs';
import { create, globals } from 'webgpu';
import { WgslReflect } from 'wgsl_reflect';
import { beforeAll, describe, expect, test } from 'vitest';
import { kernelCode, type Kernel } from '../../src/gpu/kernel.ts';
import { kernels, listedConstants, representativeConstants, type Constants } from '../kernel-variants.ts';

// Dawn's null backend compiles and validates without any GPU. The object must outlive the device.
Object.assign(globalThis, globals);
const gpu = create(['backend=null']);
let device: GPUDevice;

beforeAll(async () => {
  const adapter = await gpu.requestAdapter();
  // Default limits: what every WebGPU adapter has. Variants that need a feature say so.
  const opened = await adapter?.requestDevice({ requiredFeatures: ['shader-f16', 'subgroups'] });
  if (!opened) throw new Error('The null backend offers no device.');
  device = opened;
});

function layoutOf(kernel: Kernel): GPUPipelineLayout {
  const tensors = Object.values(kernel.slots).map((access, binding): GPUBindGroupLayoutEntry => ({
    binding,
    visibility: GPUShaderStage.COMPUTE,
    buffer: { type: access === 'read' ? 'read-only-storage' : 'storage' },
  }));
  const params: GPUBindGroupLayoutEntry[] = [
    { binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { type: 'uniform' } },
  ];
  const entries = Object.keys(kernel.params).length > 0 ? [tensors, params] : [tensors];
  return device.createPipelineLayout({
    bindGroupLayouts: entries.map((group) => device.createBindGroupLayout({ entries: group })),
  });
}

/** Messages of the compiler and, if it is content, of the pipeline: limits, bindings, workgroup size. */
async function problems(kernel: Kernel, constants: Constants): Promise<string[]> {
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ code: kernelCode(kernel, constants) });
  const { messages } = await module.getCompilationInfo();
  const errors = messages.map(({ type, lineNum, message }) => `${type} in line ${lineNum}: ${message}`);
  if (!messages.some(({ type }) => type === 'error'))
    await device
      .createComputePipelineAsync({ layout: layoutOf(kernel), compute: { module, entryPoint: 'main' } })
      .catch((error: unknown) => errors.push(String(error)));
  const invalid = await device.popErrorScope();
  return invalid && errors.length === 0 ? [invalid.message] : errors;
}

/** The declarations alone: wgsl_reflect 1.6 does not read every expression (`a.b - c` is an error to it). */
function withoutBodies(code: string): string {
  let depth = 0;
  let inFunction = false;
  let kept = '';
  for (const part of code.replaceAll(/\/\/.*/g, '').split(/(\bfn \w+|[{}])/)) {
    if (part.startsWith('fn ')) inFunction = true;
    if (part === '}') depth--;
    if (!inFunction || depth === 0) kept += part;
    if (part === '}' && depth === 0) inFunction = false;
    if (part === '{') depth++;
  }
  return kept;
}

/** Slots and params as the WGSL declares them, in the TypeScript twin's words. */
function declared(code: string): { slots: [string, string][]; params: [string, string][] } {
  const reflected = new WgslReflect(withoutBodies(code));
  const slots = reflected.storage
    .filter(({ group }) => group === 0)
    .sort((a, b) => a.binding - b.binding)
    .map(({ name, binding, access }, i): [string, string] => [
      binding === i ? name : `${name} (binding ${binding} in place of ${i})`,
      access === 'read_write' ? 'read-write' : access,
    ]);
  const uniform = reflected.uniforms.find(({ group, binding }) => group === 1 && binding === 0);
  const params = (uniform?.members ?? []).map(({ name, type }): [string, string] => [name, type.name]);
  return { slots, params };
}

describe.each(kernels)('kernel $name', ({ stem, file, kernel }) => {
  const variants = representativeConstants(listedConstants(kernel.source));

  test('has one stem in its shader, its twin and its name', () => {
    expect(file).toMatch(new RegExp(`^src/kernels/[a-z]+/${stem}\\.ts$`));
    expect(kernel.source).toContain(readFileSync(`shaders/${stem}.wgsl`, 'utf8'));
  });

  test.each(variants)('compiles on a device with the smallest limits for %o', async (constants) => {
    expect(await problems(kernel, constants)).toEqual([]);
  });

  test('declares the bindings and params of its twin, in the same order', () => {
    const { slots, params } = declared(kernelCode(kernel, variants[0] ?? {}));
    expect(slots).toEqual(Object.entries(kernel.slots));
    expect(params).toEqual(Object.entries(kernel.params));
  });
});

describe('the check itself', () => {
  const kernel: Kernel = {
    name: 'twice',
    source: `struct Params { count: u32 }
      @group(0) @binding(0) var<storage, read> x: array<f32>;
      @group(0) @binding(1) var<storage, read_write> y: array<f32>;
      @group(1) @binding(0) var<uniform> params: Params;
      @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
        if (id.x < params.count) { y[id.x] = x[id.x] * 2; }
      }`,
    slots: { x: 'read', y: 'read-write' },
    params: { count: 'u32' },
  };

  test('accepts a right kernel', async () => {
    expect(await problems(kernel, {})).toEqual([]);
    expect(declared(kernel.source)).toEqual({
      slots: [
        ['x', 'read'],
        ['y', 'read-write'],
      ],
      params: [['count', 'u32']],
    });
  });

  test.each([
    ['a type error', { source: kernel.source.replace('* 2', '* 2u') }],
    [
      'more workgroup memory than is guaranteed',
      { source: `var<workgroup> w: array<f32, 5000>; ${kernel.source.replace('* 2', '* w[0]')}` },
    ],
    ['a slot written although the twin says read', { slots: { x: 'read', y: 'read' } as const }],
    [
      'a barrier that not every invocation reaches',
      { source: kernel.source.replace('{ y', '{ workgroupBarrier(); y') },
    ],
  ])('reports %s', async (_, change) => {
    expect(await problems({ ...kernel, ...change }, {})).not.toEqual([]);
  });

  test('every shader has a kernel', () => {
    const stems = readdirSync('shaders').flatMap((file) =>
      file.endsWith('.wgsl') ? [file.slice(0, -5)] : [],
    );
    expect(stems.length).toBeGreaterThan(15);
    expect([...new Set(kernels.map(({ stem }) => stem))].sort()).toEqual(stems.sort());
  });

  const variantsWith = (slot: string) =>
    kernels.filter(({ name, stem, kernel }) => name !== stem && slot in kernel.slots);
  const each = (stems: readonly string[], formats: readonly string[]) =>
    stems.flatMap((stem) => formats.map((format) => `${stem}-${format}`)).sort();

  test('every kernel that reads a matrix has one variant for each format', () => {
    const variants = variantsWith('weight');
    const names = variants.map(({ name }) => name);
    const formats = ['f16', 'f32', 'q4', 'q8'];
    const others: Readonly<Record<string, readonly string[]>> = {
      'matvec-spread': ['q4', 'q8'],
      'matmul-packed': ['q4', 'q8'],
      'matvec-packed': ['q4', 'q8'],
      'matvec-split': [...formats, 'half-q4', 'half-q8'],
      'matvec-subgroup': [...formats, 'half-q4', 'half-q8'],
    };
    expect(names.sort()).toEqual(
      stemsOf(variants)
        .flatMap((stem) => each([stem], others[stem] ?? formats))
        .sort(),
    );
    expect(stemsOf(variants)).toEqual(expect.arrayContaining(['embedding', 'matmul', 'matvec']));
  });

  test('every kernel that reads or writes the cache has one variant for each format', () => {
    const variants = variantsWith('k');
    const names = variants.map(({ name }) => name);
    const formats = ['f16', 'f32', 'int8'];
    const bodies = ['software', 'four-lanes', 'portable', 'subgroups'];
    const others: Readonly<Record<string, readonly string[]>> = {
      'attention-encoder': each(bodies, ['f32']), // keys and values are rows of f32
      'attention-prefill': [
        ...each(bodies, formats),
        ...each(bodies.slice(2), ['f16-halves', 'int8-halves']),
      ],
    };
    expect(names.sort()).toEqual(
      stemsOf(variants)
        .flatMap((stem) => each([stem], others[stem] ?? formats))
        .sort(),
    );
  });
});

function stemsOf(variants: readonly { readonly stem: string }[]): string[] {
  return [...new Set(variants.map(({ stem }) => stem))];
}
