// Every kernel, and the constants with which a test compiles it: what its body can meet, once each.

import type { Kernel } from '../src/gpu/kernel.ts';

export type Constants = Record<string, number | boolean>;

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
export function representativeConstants(names: readonly string[]): Constants[] {
  const unknown = names.filter(
    (name) =>
      !flags.includes(name) &&
      ![...sizes, ...Object.keys({ ...attentionShapes[0], ...rowShapes[0] })].includes(name),
  );
  if (unknown.length > 0) throw new Error(`Say which values of ${unknown.join(', ')} to compile with.`);
  let all: Constants[] = [{}];
  if (names.join() === 'W') return [{ W: 16 }, { W: 256 }];
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
export function listedConstants(source: string): string[] {
  const lists = [...source.matchAll(/^\/\/ constants: (.*)$/gm)].map(
    ([, line = '']) => line.split(/ {2,}/)[0] ?? '',
  );
  const names = lists.flatMap((list) => list.split(',').map((name) => /\w+/.exec(name)?.[0] ?? ''));
  return [...new Set(names)].sort();
}

const modules = import.meta.glob<Record<string, unknown>>('../src/kernels/**/*.ts', { eager: true });

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

/** Every kernel that src/kernels defines, with the stem and the file of its twin. */
export const kernels = Object.entries(modules).flatMap(([file, exports]) =>
  Object.values(exports)
    .flatMap(kernelsIn)
    .map(({ stem, kernel }) => ({ name: kernel.name, stem, file: file.replace('../', ''), kernel })),
);
