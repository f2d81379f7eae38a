// Finds out which kernels are fastest on this device, with the loaded model's own matrices, in at most a second. What it
// finds is kept for the next time, which goes on with what there was no time for. Nothing here makes a load fail but the caller's signal.

import { settle } from '#gpu/instance';
import { keepEntry, readEntry, runtimeBuild } from '#engine/tune/tuned-choices';
import type { ModelConfig } from '../../config.ts';
import { invariant } from '../../errors.ts';
import { failedAllocation } from '../../gpu/allocation.ts';
import { Arena, writeTensor } from '../../gpu/arena.ts';
import type { Dispatch } from '../../gpu/kernel.ts';
import type { KernelSettings } from '../../gpu/kernel-settings.ts';
import type { Matrix } from '../../gpu/matrix.ts';
import type { PreparedList } from '../../gpu/pipelines.ts';
import type { GpuRunner } from '../../gpu/runner.ts';
import type { Tensor } from '../../gpu/tensor.ts';
import { isMatvec, type LinearVariant, type LinearWork } from '../../kernels/choose.ts';
import { fewRowsVariant } from '../../kernels/linear/linear.ts';
import { manyRowsVariant } from '../../kernels/linear/many-rows-variant.ts';
import { tuningClasses } from '../../kernels/tuning.ts';
import { weightSlices } from '../../kernels/linear/weight-slice.ts';
import type { Weights } from '../../weights/store/weights.ts';
import { race } from './tune-race.ts';
import { choicesOf, entryText, tuningKey, type TunedChoices } from './tuned-entry.ts';

/** Matrices of one shape and format, and how many rows they meet. Several, so that a cache does not hold them all. */
export interface TuningTask {
  readonly rows: number;
  readonly matrices: readonly Matrix[];
}

const decoding = 1;
const manyRows = [512, 1280]; // a picture, and a video: one of each class that the choice knows
const budgetMs = 1000;
// A sample is long against what a submission costs and how often Node looks whether one is done.
const sampleMs = 2;
const mostRepeats = 32;

/** What a model computes most: the matrices of its first decoder and vision layers. */
export function tuningTasks({ text, vit }: ModelConfig, weights: Weights): TuningTask[] {
  const of = (layers: number, prefix: string, names: readonly string[]) =>
    names.map((name) =>
      Array.from({ length: Math.min(4, layers) }, (_, i) => weights.matrix(`${prefix}.${i}.${name}.weight`)),
    );
  const decoder = of(text.numLayers, 'model.transformer.blocks', [
    'mlp.ff_proj',
    'mlp.ff_out',
    'self_attn.att_proj',
    'self_attn.attn_out',
  ]);
  const encoder = of(vit.numBlocks, 'model.vision_backbone.image_vit.transformer.resblocks', [
    'feed_forward.w1',
    'feed_forward.w2',
    'attention.wq',
    'attention.wo',
  ]);
  return [
    ...decoder.map((matrices) => ({ rows: decoding, matrices })),
    ...manyRows.flatMap((rows) => [...decoder, ...encoder].map((matrices) => ({ rows, matrices }))),
  ];
}

/** The choices kept for this adapter, driver and browser, or those of a run now. `{}` where nothing can be told. */
export async function tunedChoices(
  runner: GpuRunner,
  tasks: readonly TuningTask[],
  signal?: AbortSignal,
): Promise<TunedChoices> {
  const { capabilities } = runner.kernels;
  if (capabilities.software) return {};
  const key = tuningKey(runner.adapter, capabilities, runtimeBuild());
  const kept = await readEntry(key).catch(() => null);
  const known = (kept !== null && choicesOf(key, kept)) || {};
  const choices = await tuneKernels(runner, tasks, known, signal).catch((): TunedChoices => ({}));
  signal?.throwIfAborted();
  const all = { ...known, ...choices };
  if (Object.keys(choices).length > 0) await keepEntry(key, entryText(key, all)).catch(() => {});
  return all;
}

/** The winners of the classes of work that `known` lacks, as far as the time goes. Throws the signal's own reason. */
export async function tuneKernels(
  runner: GpuRunner,
  tasks: readonly TuningTask[],
  known: TunedChoices,
  signal?: AbortSignal,
  now: () => number = () => performance.now(),
): Promise<TunedChoices> {
  const byWork = new Map(tasks.flatMap((task) => workOf(task).map((work) => [work, task] as const)));
  const classes = tuningClasses(runner.kernels, [...byWork.keys()]).filter(({ name }) => !(name in known));
  const deadlineMs = now() + budgetMs;
  const choices: Record<string, string> = {};
  for (const [i, { name, work, variants }] of classes.entries()) {
    signal?.throwIfAborted();
    const task = byWork.get(work);
    invariant(task, `${name} is the work of a task`);
    const share = (deadlineMs - now()) / (classes.length - i);
    if (share <= 0) break;
    const found = await tuneClass(runner, task, work, variants, now, now() + share, signal);
    if (found !== null) choices[name] = found;
  }
  return choices;
}

/** Empty for a matrix in parts: each part is a class of its own, and such devices are rare. */
function workOf({ rows, matrices: [matrix] }: TuningTask): LinearWork[] {
  if (!matrix || matrix.parts.length !== 1) return [];
  const { rows: columns, columns: k, format } = matrix;
  return [{ op: 'linear', rows, columns, k, format, inFours: columns % 4 === 0 }];
}

async function tuneClass(
  runner: GpuRunner,
  { matrices }: TuningTask,
  { rows, columns, k }: LinearWork,
  variants: readonly LinearVariant[],
  now: () => number,
  deadlineMs: number,
  signal: AbortSignal | undefined,
): Promise<LinearVariant | null> {
  const arena = new Arena(runner.device, 'tuning');
  const lists = new Map<LinearVariant, PreparedList>();
  try {
    const x = arena.tensor('x', [rows, k]);
    const y = arena.tensor('y', [rows, columns]);
    try {
      await runner.allocated();
    } catch (error) {
      if (failedAllocation(error)) return null;
      throw error;
    }
    writeTensor(runner.device, x, noise(rows * k));
    const use = (variant: LinearVariant) =>
      matrices.flatMap((matrix) => productOf(runner.kernels, variant, x, matrix, y));
    for (const variant of variants) {
      signal?.throwIfAborted();
      if (now() >= deadlineMs) return null;
      lists.set(variant, await runner.prepare(use(variant)));
    }
    let repeats = 1;
    const time = async (variant: LinearVariant) => {
      signal?.throwIfAborted();
      const list = lists.get(variant);
      invariant(list, `${variant} is prepared`);
      const startMs = now();
      for (let i = 0; i < repeats; i++) runner.submit(list);
      await settle(runner.device.queue.onSubmittedWorkDone());
      return now() - startMs;
    };
    // The first use of a pipeline may still compile it.
    for (const variant of variants) if (now() < deadlineMs) await time(variant);
    const [first] = variants;
    if (first && now() < deadlineMs)
      repeats = Math.max(1, Math.min(mostRepeats, Math.ceil(sampleMs / (await time(first)))));
    return await race(variants, time, now, deadlineMs);
  } finally {
    for (const list of lists.values()) list.destroy();
    arena.destroy();
  }
}

function productOf(
  kernels: KernelSettings,
  variant: LinearVariant,
  x: Tensor,
  matrix: Matrix,
  y: Tensor,
): Dispatch[] {
  const [slice] = weightSlices(matrix, 0, matrix.rows);
  invariant(slice, `${matrix.label} has rows`);
  return isMatvec(variant)
    ? [fewRowsVariant(kernels, variant, x, slice, y, {})]
    : manyRowsVariant(kernels, variant, x, slice, y);
}

/** Values between -1 and 1 without a pattern that hardware could use. */
function noise(count: number): Float32Array {
  const values = new Float32Array(count);
  let state = 1;
  const first = Math.min(count, 1 << 16);
  for (let i = 0; i < first; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[i] = state / 2 ** 31 - 1;
  }
  for (let i = first; i < count; i += first) values.copyWithin(i, 0, Math.min(first, count - i));
  return values;
}
