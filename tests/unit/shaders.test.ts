import { readdirSync, readFileSync } from 'node:fs';
import { create, globals } from 'webgpu';
import { WgslReflect } from 'wgsl_reflect';
import { beforeAll, describe, expect, test } from 'vitest';
import { kernelCode, type Kernel } from '../../src/gpu/kernel.ts';

// Dawn's null backend compiles and validates without any GPU. The object must outlive the device.
Object.assign(globalThis, globals);
const gpu = create(['backend=null']);
let device: GPUDevice;

type Constants = Record<string, number | boolean>;

// Head shapes of the vision tower, of a released decoder and of the smallest fixtures; the WGSL must hold for each.
const headShapes = [
  { H: 16, K: 16, D: 72 },
  { H: 32, K: 8, D: 128 },
  { H: 4, K: 2, D: 24 },
  { H: 1, K: 1, D: 4 },
];
const windows = [1, 4, 9];
const sources = [0, 1, 2];
const planes = [1, 2];
// Query heads of a workgroup with any number of chunks, invocations, lanes to a key and keys ahead; and the norms of heads.
const decodeShapes = [
  { H: 32, K: 8, D: 128, R: 4, N: 64, W: 128, L: 16, U: 2, S: 32, SPREAD: 48, NORM: 1 },
  { H: 32, K: 8, D: 128, R: 4, N: 64, W: 128, L: 8, U: 2, S: 8, SPREAD: 48, NORM: 2 },
  { H: 6, K: 2, D: 24, R: 3, N: 8, W: 64, L: 4, U: 1, S: 4, SPREAD: 8, NORM: 0 },
  { H: 8, K: 1, D: 256, R: 4, N: 1, W: 128, L: 16, U: 2, S: 128, SPREAD: 64, NORM: 1 },
  { H: 1, K: 1, D: 4, R: 1, N: 64, W: 64, L: 8, U: 2, S: 64, SPREAD: 64, NORM: 2 },
  { H: 4, K: 2, D: 32, R: 2, N: 1, W: 4, L: 4, U: 1, S: 4, SPREAD: 0 },
  { H: 32, K: 8, D: 128, R: 4, N: 2, W: 8, L: 8, U: 2, S: 8, SPREAD: 0 },
].map((shape) => ({ NORM: 1, EPS: 1e-6, PARTIALS: 1536, ATTENDED: 4096, ...shape }));
const normShapes = [
  { H: 32, K: 8, D: 128, NORM: 1, W: 64 },
  { H: 32, K: 0, D: 128, NORM: 2, W: 256 },
  { H: 0, K: 2, D: 256, NORM: 0, W: 64 },
  { H: 1, K: 1, D: 4, NORM: 2, W: 64 },
  { H: 4, K: 2, D: 72, NORM: 1, W: 18 },
];
// What fits the smallest limits: heads of the vision tower, of a released decoder, the widest, an odd and the smallest one.
const attentionShapes = [
  { H: 16, K: 16, D: 72, QUADS: 1, ACROSS: 8, DOWN: 16, CHUNK: 2, STEP: 16, SUBGROUP: 32 },
  { H: 32, K: 8, D: 128, QUADS: 2, ACROSS: 16, DOWN: 8, CHUNK: 2, STEP: 8, SUBGROUP: 32 },
  { H: 7, K: 1, D: 256, QUADS: 1, ACROSS: 16, DOWN: 8, CHUNK: 2, STEP: 4, SUBGROUP: 16 },
  { H: 8, K: 2, D: 64, QUADS: 1, ACROSS: 8, DOWN: 16, CHUNK: 2, STEP: 16, SUBGROUP: 16 },
  { H: 4, K: 2, D: 24, QUADS: 2, ACROSS: 8, DOWN: 8, CHUNK: 4, STEP: 8, SUBGROUP: 8 },
  { H: 6, K: 2, D: 72, QUADS: 2, ACROSS: 8, DOWN: 16, CHUNK: 2, STEP: 8, SUBGROUP: 64 },
  { H: 1, K: 1, D: 8, QUADS: 1, ACROSS: 8, DOWN: 16, CHUNK: 2, STEP: 16, SUBGROUP: 8 },
];
// What kernels for few rows are told as constants where they have no params.
const fewRowsPlace = {
  COLUMNS: 9,
  WEIGHT_ROW: 64,
  GATE_ROW: 80,
  BIAS_ROW: 64,
  Y_ROW: 1,
  Y_STRIDE: 12,
  Y_COLUMN: 3,
  EPS: 1e-6,
};
// Rows of the smallest and of odd widths and of a released decoder, and how a workgroup of 256 shares them.
const rowShapes = [
  { K4: 1, LANES: 8, S: 8, W: 128, ROWS: 2, ...fewRowsPlace },
  { K4: 147, LANES: 16, S: 32, W: 256, ROWS: 4, ...fewRowsPlace },
  { K4: 640, LANES: 32, S: 128, W: 256, ROWS: 2, ...fewRowsPlace },
];
const flags = [
  'MASK',
  'BIAS',
  'GELU',
  'ACCUMULATE',
  'FEATURES',
  'CURSOR',
  'BRANCHED',
  'GATED',
  'NORMED',
  'STOPPABLE',
  'PAIRS',
  'SPLIT',
];

const sizes = [
  'H',
  'K',
  'D',
  'N',
  'SOURCE',
  'R',
  'W',
  'L',
  'NORM',
  'K4',
  'LANES',
  'S',
  'U',
  'SPREAD',
  'PLANES',
  'PARTIALS',
  'ATTENDED',
];

/** Every combination of values that the named constants are compiled with. */
function representativeConstants(names: readonly string[]): Constants[] {
  const unknown = names.filter(
    (name) =>
      !flags.includes(name) &&
      ![...sizes, ...Object.keys({ ...attentionShapes[0], ...rowShapes[0] })].includes(name),
  );
  if (unknown.length > 0) throw new Error(`Say which values of ${unknown.join(', ')} to compile with.`);
  let all: Constants[] = [{}];
  if (names.includes('QUADS')) return attentionShapes.map((shape) => pick(shape, names));
  if (names.includes('R') || names.includes('ATTENDED'))
    all = decodeShapes.map((shape) => pick(shape, names));
  else if (names.includes('NORM')) all = normShapes.map((shape) => pick(shape, names));
  else if (names.some((name) => 'HKD'.includes(name))) all = headShapes.map((shape) => pick(shape, names));
  if (names.includes('PLANES')) all = planes.map((PLANES) => ({ PLANES }));
  if (names.includes('SPLIT')) return eachFlag({}, names);
  if (names.includes('K4')) return rowShapes.flatMap((shape) => eachFlag(pick(shape, names), names));
  if (names.includes('SOURCE')) all = sources.map((SOURCE) => ({ SOURCE }));
  if (names.includes('N') && !names.includes('R'))
    all = all.flatMap((constants) =>
      windows.map((N) => ({ ...constants, N, ...(names.includes('SPREAD') ? { SPREAD: N - 1 } : {}) })),
    );
  for (const flag of flags.filter((name) => names.includes(name)))
    all = all.flatMap((constants) => [false, true].map((value) => ({ ...constants, [flag]: value })));
  return all;
}

/** No flag, each alone, and all: the flags of the kernels for few rows do not know each other. */
function eachFlag(constants: Constants, names: readonly string[]): Constants[] {
  const own = flags.filter((name) => names.includes(name));
  return [[], own, ...own.map((flag) => [flag])].map((set) => ({
    ...constants,
    ...Object.fromEntries(own.map((flag) => [flag, set.includes(flag)])),
  }));
}

function pick(shape: Constants, names: readonly string[]): Constants {
  return Object.fromEntries(Object.entries(shape).filter(([name]) => names.includes(name)));
}

/** What the head of a shader lists after `constants:`. */
function listedConstants(source: string): string[] {
  const lists = [...source.matchAll(/^\/\/ constants: (.*)$/gm)].map(
    ([, line = '']) => line.split(/ {2,}/)[0] ?? '',
  );
  const names = lists.flatMap((list) => list.split(',').map((name) => /\w+/.exec(name)?.[0] ?? ''));
  return [...new Set(names)].sort();
}

const modules = import.meta.glob<Record<string, unknown>>('../../src/kernels/**/*.ts', { eager: true });

function isKernel(value: unknown): value is Kernel {
  return typeof value === 'object' && value !== null && 'source' in value && 'slots' in value;
}

/** A kernel, or the kernels of one body for several weight formats, by format. */
function kernelsIn(value: unknown): { stem: string; kernel: Kernel }[] {
  if (isKernel(value)) return [{ stem: value.name, kernel: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([format, kernel]) =>
    isKernel(kernel) ? [{ stem: kernel.name.replace(new RegExp(`-${format}$`), ''), kernel }] : [],
  );
}

const kernels = Object.entries(modules).flatMap(([file, exports]) =>
  Object.values(exports)
    .flatMap(kernelsIn)
    .map(({ stem, kernel }) => ({ name: kernel.name, stem, file: file.replace('../../', ''), kernel })),
);

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
    const bodies = ['software', 'portable', 'subgroups'];
    const others: Readonly<Record<string, readonly string[]>> = {
      'attention-encoder': each(bodies, ['f32']), // keys and values are rows of f32
      'attention-prefill': [
        ...each(bodies, formats),
        ...each(bodies.slice(1), ['f16-halves', 'int8-halves']),
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
