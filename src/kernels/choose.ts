// Which kernel does a piece of work: one pure function of what the device can do and of the work's shape. A tuning run
// may overrule it for a class of work.

import type { Capabilities } from '../gpu/capabilities.ts';
import type { KernelSettings } from '../gpu/kernel-settings.ts';
import type { WeightFormat } from '../gpu/matrix.ts';

/** y [rows, columns] = x [rows, k] weight^T. */
export interface LinearWork {
  readonly op: 'linear';
  readonly rows: number;
  readonly columns: number;
  readonly k: number;
  readonly format: WeightFormat;
  /** All that matmul stores begins and ends at multiples of four columns. */
  readonly inFours: boolean;
}

export type MatvecVariant =
  | 'matvec'
  | 'matvec-split'
  | 'matvec-subgroup'
  | 'matvec-spread'
  | 'matvec-packed'
  | 'matvec-rows'
  | 'matvec-split-half'
  | 'matvec-subgroup-half';
export type MatmulVariant = 'matmul' | 'matmul-lanes' | 'matmul-four-lanes' | 'matmul-tile' | 'matmul-packed';
export type LinearVariant = MatvecVariant | MatmulVariant;

/** Above this many rows of x a matmul is faster: one of its invocations holds four. */
const fewRows = 3;
/** Up to this many rows a GPU reads weights once for all of them; more sums than that do not fit its registers. */
export const mostRowsTogether = 8;
/** Above this many rows, tiles of 128 of them still give every core several. */
const tallRows = 1024;

/** What some work could be done by, the best guess first. Every name in the list can do it on this device. */
export function linearVariants(kernels: KernelSettings, work: LinearWork): readonly LinearVariant[] {
  const together = work.rows > 1 && work.rows <= mostRowsTogether && !kernels.capabilities.software;
  const others =
    work.rows <= fewRows || !work.inFours
      ? matvecVariants(kernels.capabilities, work)
      : matmulVariants(kernels, work);
  return together ? ['matvec-rows', ...others] : others;
}

function matvecVariants(capabilities: Capabilities, { format }: LinearWork): readonly MatvecVariant[] {
  const { f16Bits, packedIntegers, subgroupSize, software } = capabilities;
  const quantized = format === 'q4' || format === 'q8';
  const half: MatvecVariant[] = f16Bits && quantized ? ['matvec-split-half'] : [];
  const subgroups: MatvecVariant[] = subgroupSize === null ? [] : ['matvec-subgroup'];
  const both: MatvecVariant[] = half.length > 0 && subgroupSize !== null ? ['matvec-subgroup-half'] : [];
  const spread: MatvecVariant[] = quantized && subgroupSize !== null ? ['matvec-spread'] : [];
  const packed: MatvecVariant[] = packedIntegers ? spread.map(() => 'matvec-packed') : [];
  const forGpus: MatvecVariant[] = [...packed, ...spread, ...both, ...half, ...subgroups, 'matvec-split'];
  return software ? ['matvec', ...forGpus] : [...forGpus, 'matvec'];
}

function matmulVariants(
  { capabilities, scratch }: KernelSettings,
  { format }: LinearWork,
): readonly MatmulVariant[] {
  const { subgroupSize, packedIntegers, software } = capabilities;
  const lanes: MatmulVariant[] = subgroupSize === 8 ? ['matmul-lanes'] : [];
  const fourLanes: MatmulVariant[] = subgroupSize === 4 ? ['matmul-four-lanes'] : [];
  const quantized = format === 'q4' || format === 'q8';
  // x is rounded as well, into memory of its own.
  const packed: MatmulVariant[] = packedIntegers && quantized && scratch ? ['matmul-packed'] : [];
  const forProcessors: MatmulVariant[] = [...lanes, ...fourLanes, 'matmul'];
  const forGpus: MatmulVariant[] = [...packed, 'matmul-tile'];
  return software ? [...forProcessors, ...forGpus] : [...forGpus, ...forProcessors];
}

/** The class of work that a tuned choice is kept under. */
export function workClass(work: LinearWork): string {
  const rows = [1, 2, 3, 4, 8, 64, tallRows].find((most) => work.rows <= most) ?? 'more';
  return `${work.op} ${work.format} ${rows} x ${work.columns} x ${work.k}`;
}

/** The variant that does the work: the tuned one, if it is one that can, else the first of `linearVariants`. */
export function chooseLinear(kernels: KernelSettings, work: LinearWork): LinearVariant {
  const variants = linearVariants(kernels, work);
  const tuned = variants.find((variant) => variant === kernels.tuned[workClass(work)]);
  return tuned ?? variants[0] ?? 'matvec';
}

export function isMatvec(variant: LinearVariant): variant is MatvecVariant {
  return variant.startsWith('matvec');
}
