// What a tuning run compares and how it decides; the run itself is src/engine/tune/tune.ts.

import type { KernelSettings } from '../gpu/kernel-settings.ts';
import { linearVariants, workClass, type LinearVariant, type LinearWork } from './choose.ts';

/** A class of work on this device, and what could do it; the choice of `linearVariants` comes first. */
export interface TuningClass {
  readonly name: string;
  readonly work: LinearWork;
  readonly variants: readonly LinearVariant[];
}

/** The classes among some works that have more than one variant, each once and in order. */
export function tuningClasses(kernels: KernelSettings, works: readonly LinearWork[]): TuningClass[] {
  const classes = new Map<string, TuningClass>();
  for (const work of works) {
    const name = workClass(work);
    const variants = linearVariants(kernels, work);
    if (variants.length > 1 && !classes.has(name)) classes.set(name, { name, work, variants });
  }
  return [...classes.values()];
}

/** Milliseconds of a variant, one of each round. */
export interface VariantTimes<Variant extends string = string> {
  readonly variant: Variant;
  readonly ms: readonly number[];
}

const gain = 0.95; // what changes for less is noise, or is lost to it

/**
 * Who does the work from now on: the first, unless another is at least 5% faster in the median without being slower in the
 * 95th percentile. Of several such ones the fastest.
 */
export function winner<Variant extends string>(
  first: VariantTimes<Variant>,
  others: readonly VariantTimes<Variant>[],
): Variant {
  let best = first;
  for (const other of others) {
    const faster = percentile(other.ms, 0.5) <= gain * percentile(first.ms, 0.5);
    const steady = percentile(other.ms, 0.95) <= percentile(first.ms, 0.95);
    if (faster && steady && percentile(other.ms, 0.5) < percentile(best.ms, 0.5)) best = other;
  }
  return best.variant;
}

/** The value below which a share of the times lies, by the nearest rank. */
export function percentile(ms: readonly number[], share: number): number {
  const sorted = [...ms].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Infinity;
}
