// A kernel is WGSL plus the names of what it reads and writes; a dispatch is one use of it, as plain data.

import { invariant } from '../errors.ts';
import type { Tensor } from './tensor.ts';

export type SlotAccess = 'read' | 'read-write';
export type ParamType = 'u32' | 'f32';
/** Parts of WGSL that a device may lack. */
export type KernelFeature = 'f16' | 'subgroups';
/** Parts of WGSL that a browser may lack; unlike features they are no part of a device. */
export type LanguageFeature = 'packed_4x8_integer_dot_product';

export interface Kernel<Slot extends string = string, Param extends string = string> {
  readonly name: string;
  /** The body of shaders/<name>.wgsl with the shared files it is joined with, without the prelude. */
  readonly source: string;
  /** Group 0, in binding order. */
  readonly slots: Readonly<Record<Slot, SlotAccess>>;
  /** Group 1 binding 0, in field order; four bytes each. */
  readonly params: Readonly<Record<Param, ParamType>>;
  /** What the source needs beyond the smallest WebGPU. */
  readonly features?: readonly KernelFeature[];
  readonly requires?: readonly LanguageFeature[];
}

/** One use of a kernel. Constants specialise the pipeline; params and tensors do not. */
export interface Dispatch {
  readonly kernel: Kernel;
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly constants: Readonly<Record<string, number | boolean>>;
  readonly params: Readonly<Record<string, number>>;
  readonly workgroups: readonly [x: number, y?: number, z?: number];
  /** Rough count of multiply-adds, from which the scheduler cuts work into slices. */
  readonly cost: number;
}

export function defineKernel<Slot extends string, Param extends string>(
  kernel: Kernel<Slot, Param>,
): Kernel<Slot, Param> {
  return kernel;
}

/** The text that is compiled: enabled features, constants, then the body. */
export function kernelCode(kernel: Kernel, constants: Readonly<Record<string, number | boolean>>): string {
  const prelude = Object.entries(constants).map(([name, value]) => `const ${name} = ${String(value)};`);
  const enabled = (kernel.features ?? []).map((feature) => `enable ${feature};`);
  const required = (kernel.requires ?? []).map((feature) => `requires ${feature};`);
  return `${[...enabled, ...required, ...prelude].join('\n')}\n${kernel.source}`;
}

/** What a kernel with these slots and params is used with. */
export interface Use<Slot extends string, Param extends string> {
  readonly tensors: Readonly<Record<Slot, Tensor>>;
  readonly constants?: Readonly<Record<string, number | boolean>>;
  readonly params: Readonly<Record<Param, number>>;
  readonly workgroups: readonly [x: number, y?: number, z?: number];
  readonly cost: number;
}

/** Uses a kernel; the record types make a forgotten tensor or parameter a type error. */
export function dispatch<Slot extends string, Param extends string>(
  kernel: Kernel<Slot, Param>,
  use: Use<Slot, Param>,
): Dispatch {
  for (const count of use.workgroups)
    invariant(
      count !== undefined && Number.isInteger(count) && count > 0 && count <= 65535,
      `${kernel.name}: workgroups ${use.workgroups.join(' x ')} are outside 1..65535`,
    );
  return { ...use, kernel, constants: use.constants ?? {} };
}

export function ceilDiv(a: number, b: number): number {
  return Math.ceil(a / b);
}

/** Spreads a long row of workgroups over two axes; the kernel joins them as y * num_workgroups.x + x. */
export function foldedWorkgroups(count: number): [x: number, y: number] {
  const y = ceilDiv(count, 65535);
  return [ceilDiv(count, y), y];
}
