// Memory for intermediate values, planned before it is used: stages that never live at the same time share buffers, and
// what one question needed is kept for the next. A buffer is either read or written by a dispatch, never both, so
// tensors that live together always lie in buffers of their own.

import { invariant } from '../errors.ts';
import { Arena } from './arena.ts';
import { bindingAlignment, tensorBytes, type DType, type Tensor } from './tensor.ts';
import { shapesOnly, type TensorSource } from './tensor-source.ts';

/** Asks a source for the tensors of a stage and returns them; called twice, so it must ask for the same each time. */
export type StageTensors<T = unknown> = (source: TensorSource) => T;

type Made<Stages> = {
  [Name in keyof Stages]: Stages[Name] extends StageTensors<infer T> ? T : never;
};

/** What each stage asks for in bytes, in the order of asking. */
function bytesAsked(stage: StageTensors): number[] {
  const sizes: number[] = [];
  stage({
    tensor(label, shape, dtype) {
      const tensor = shapesOnly.tensor(label, shape, dtype);
      sizes.push(tensor.byteLength);
      return tensor;
    },
  });
  return sizes;
}

const descending = (a: number, b: number) => b - a;
const whole = (bytes: number) => Math.max(1, Math.ceil(bytes / bindingAlignment)) * bindingAlignment;

/**
 * Sizes of the buffers, largest first, that serve every stage in turn: the n-th has room for the n-th largest tensor of
 * any stage. No plan in which each tensor has a buffer of its own takes less.
 */
export function sharedBuffers(stages: readonly (readonly number[])[]): number[] {
  const sorted = stages.map((sizes) => [...sizes].sort(descending));
  const count = Math.max(0, ...sorted.map((sizes) => sizes.length));
  return Array.from({ length: count }, (_, n) => whole(Math.max(0, ...sorted.map((sizes) => sizes[n] ?? 0))));
}

/** Sizes of all buffers: those of what lives always, and those that the stages share. */
export function plannedBuffers(
  always: StageTensors,
  stages: Readonly<Record<string, StageTensors>>,
): number[] {
  return [...bytesAsked(always).map(whole), ...sharedBuffers(Object.values(stages).map(bytesAsked))];
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Bytes of an arena that gives out these tensors. */
export function arenaBytes(tensors: StageTensors): number {
  return sum(bytesAsked(tensors).map(whole));
}

/** Bytes of the largest of these tensors. */
export function largestTensor(...stages: readonly StageTensors[]): number {
  return Math.max(0, ...stages.flatMap(bytesAsked));
}

// A kept buffer may be this many times as large as what is asked for; larger ones are given back.
const mostWaste = 2;

interface Kept {
  readonly arena: Arena;
  readonly tensor: Tensor;
}

export class ActivationMemory {
  readonly #device: GPUDevice;
  #kept: Kept[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Bytes of all buffers. */
  get byteLength(): number {
    return sum(this.#kept.map(({ arena }) => arena.byteLength));
  }

  /** Bytes of all buffers once `plan` has been called with the same. */
  bytesFor(always: StageTensors, stages: Readonly<Record<string, StageTensors>>): number {
    const sizes = plannedBuffers(always, stages);
    return sum(this.#match(sizes).found.map((kept, i) => kept?.arena.byteLength ?? sizes[i] ?? 0));
  }

  /**
   * The tensors of what lives always and of every stage. What was handed out before may be overwritten. Throws
   * `out-of-memory` with the numbers when a buffer of that size cannot exist.
   */
  plan<Always, Stages extends Readonly<Record<string, StageTensors>>>(
    always: StageTensors<Always>,
    stages: Stages,
  ): { readonly always: Always; readonly stages: Made<Stages> } {
    const buffers = this.#reserve(plannedBuffers(always, stages));
    const own = bytesAsked(always).length;
    const shared = buffers.slice(own);
    const made = Object.entries(stages).map(([name, stage]) => [name, stage(ranked(stage, shared))]);
    return {
      always: always(handingOut(bytesAsked(always), buffers)),
      stages: Object.fromEntries(made) as Made<Stages>,
    };
  }

  /** Gives all buffers back; what is planned later has new ones. */
  destroy(): void {
    for (const { arena } of this.#kept) arena.destroy();
    this.#kept = [];
  }

  /** A buffer for each size: kept ones that fit, new ones where none does. The others are given back. */
  #reserve(sizes: readonly number[]): Tensor[] {
    const { found, free } = this.#match(sizes);
    for (const { arena } of free) arena.destroy();
    this.#kept = found.filter((buffer) => buffer !== null);
    const buffers = found.map((buffer, i) => buffer ?? this.#create(sizes[i] ?? 0));
    this.#kept = buffers;
    return buffers.map(({ tensor }) => tensor);
  }

  /** For each size a kept buffer that fits or null, and the kept buffers that are left. */
  #match(sizes: readonly number[]): {
    readonly found: readonly (Kept | null)[];
    readonly free: readonly Kept[];
  } {
    const free = this.#kept.toSorted((a, b) => a.tensor.byteLength - b.tensor.byteLength);
    const found = sizes.map((size) => {
      const fits = ({ tensor: { byteLength } }: Kept) => byteLength >= size && byteLength <= mostWaste * size;
      return free.splice(free.findIndex(fits), free.some(fits) ? 1 : 0)[0] ?? null;
    });
    return { found, free };
  }

  #create(size: number): Kept {
    const arena = new Arena(this.#device, 'activations');
    const made = { arena, tensor: arena.tensor('shared', [size], 'u8') };
    this.#kept.push(made); // also where the next cannot be had
    return made;
  }
}

/** Hands out buffers by the rank of what is asked for: the largest tensor gets the first. */
function ranked(stage: StageTensors, buffers: readonly Tensor[]): TensorSource {
  const asked = bytesAsked(stage);
  const order = [...asked.keys()].sort((a, b) => (asked[b] ?? 0) - (asked[a] ?? 0));
  const own = new Array<Tensor | undefined>(asked.length);
  order.forEach((place, rank) => {
    own[place] = buffers[rank];
  });
  return handingOut(asked, own);
}

/** Hands out the n-th buffer for the n-th tensor that is asked for. */
function handingOut(asked: readonly number[], buffers: readonly (Tensor | undefined)[]): TensorSource {
  let next = 0;
  return {
    tensor(label: string, shape: readonly number[], dtype: DType = 'f32') {
      const byteLength = tensorBytes(shape, dtype);
      invariant(byteLength === asked[next], `${label} is not what the stage asked for when it was planned`);
      const buffer = buffers[next]?.buffer;
      invariant(buffer, `a buffer for ${label}`);
      next += 1;
      return { label, shape, dtype, buffer, byteOffset: 0, byteLength: Math.max(4, byteLength) };
    },
  };
}
