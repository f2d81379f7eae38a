// Opens a case that is one list of dispatches, and compares sampled rows of what it writes with a reference.

import type { Arena } from '../../src/gpu/arena.ts';
import type { Dispatch } from '../../src/gpu/kernel.ts';
import { matrixShape, type Tensor } from '../../src/gpu/tensor.ts';
import { checked } from '../measure/check.ts';
import { listContender } from '../measure/list-contender.ts';
import { spread } from '../inputs/random.ts';
import type { CaseContext, CheckResult, OpenCase } from '../measure/types.ts';

export interface KernelUse {
  readonly name: string;
  readonly arena: Arena;
  /** Lists that do the same work on copies, for runs that take turns. */
  readonly lists: readonly (readonly Dispatch[])[];
  /** What is compared; called once after one run. */
  readonly compare: () => Promise<CheckResult>;
  /** Brings back what a run overwrites, before the run whose result is compared. */
  readonly reset?: () => void;
  /** Frees what the arena does not own. */
  readonly close?: () => void;
}

export async function openKernel({ runner }: CaseContext, use: KernelUse): Promise<OpenCase> {
  const close = () => {
    use.arena.destroy();
    use.close?.();
  };
  try {
    const ours = await listContender(runner, `molmo2-webgpu ${use.name}`, use.lists);
    return {
      ours,
      peer: null,
      async check() {
        use.reset?.();
        await ours.run(1);
        return use.compare();
      },
      close() {
        ours.destroy();
        close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** Compares `count` rows of a tensor [rows, columns], the first and the last among them. */
export async function compareRows(
  { runner }: CaseContext,
  y: Tensor,
  expectedRow: (row: number) => ArrayLike<number>,
  limit: number,
  count = 6,
): Promise<CheckResult> {
  const [rows, columns] = matrixShape(y);
  const actual: number[] = [];
  const expected: number[] = [];
  for (const row of spread(count, rows)) {
    const bytes = await runner.read(y, row * columns * 4, columns * 4);
    actual.push(...new Float32Array(bytes));
    expected.push(...Array.from(expectedRow(row)));
  }
  return checked(actual, expected, limit);
}
