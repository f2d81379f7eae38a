// Which attention kernel does a piece of work of many query rows: a pure function, like choose.ts for linear layers.

import { invariant } from '../../errors.ts';
import type { KernelSettings } from '../../gpu/kernel-settings.ts';
import { ceilDiv } from '../../gpu/kernel.ts';
import { mostAttentionCost } from '../dispatch-cost.ts';
import {
  attentionTiles,
  loadsFit,
  tileRows,
  widestHead,
  type AttentionForm,
  type AttentionTiles,
  type AttentionVariant,
  type TileForm,
} from './attention-tiles.ts';
import type { HeadShape } from './head-shape.ts';
import type { KvFormat } from './kv-layer.ts';

/** Queries of `heads` heads over about `keys` keys. */
export interface AttentionWork extends HeadShape {
  readonly op: 'prefill' | 'encoder';
  readonly queries: number;
  readonly keys: number;
  /** How keys and values are stored. */
  readonly format: KvFormat;
}

/** Query heads that may share a key head: rows of the smallest tile for GPUs. */
const mostHeadsEach = 32;

/** What some work could be done by, the best guess first. Every name in the list can do it on this device. */
export function attentionVariants(
  { capabilities }: KernelSettings,
  work: AttentionWork,
): readonly AttentionVariant[] {
  const { subgroupSize, software } = capabilities;
  const forProcessors: AttentionVariant[] =
    software && subgroupSize === 4 ? ['four-lanes', 'software'] : ['software'];
  if (work.headDim > widestHead || work.heads / work.kvHeads > mostHeadsEach) return forProcessors;
  const { across } = attentionTiles(work.headDim, formOf(work), capabilities.workgroupMemory);
  // The invocations of a row lie in one subgroup.
  const subgroups: AttentionVariant[] = (subgroupSize ?? 0) >= across ? ['subgroups'] : [];
  const forGpus: AttentionVariant[] = [...subgroups, 'portable'];
  return software ? [...forProcessors, ...forGpus] : [...forGpus, ...forProcessors];
}

/** How keys and values lie in a tile for GPUs. */
function formOf({ headDim, format }: AttentionWork): TileForm {
  return format !== 'f32' && headDim % 8 === 0 ? 'halves' : 'floats';
}

/** The class of work that a tuned choice is kept under. */
export function attentionClass({ op, queries, headDim, format }: AttentionWork): string {
  return `${op} ${format} 2^${Math.ceil(Math.log2(queries))} x ${headDim}`;
}

/** The variant that does the work: the tuned one, if it is one that can, else the first of `attentionVariants`. */
export function chooseAttention(kernels: KernelSettings, work: AttentionWork): AttentionVariant {
  const variants = attentionVariants(kernels, work);
  const tuned = variants.find((variant) => variant === kernels.tuned[attentionClass(work)]);
  return tuned ?? variants[0] ?? 'software';
}

/** How the work is done: which kernel, with which constants, by how many workgroups. */
export interface AttentionPlan {
  readonly variant: AttentionVariant;
  readonly form: AttentionForm;
  readonly constants: Readonly<Record<string, number>>;
  /** Queries of one workgroup; `queryTile` of the variant's shader. */
  readonly queryTile: number;
  /** Heads that workgroups are made for; `headGroups` of the shader. */
  readonly headGroups: number;
  /** Multiply-adds of one workgroup. */
  readonly cost: number;
}

/** The plan of the chosen variant, or of one that is named. */
export function attentionPlan(
  settings: KernelSettings,
  work: AttentionWork,
  variant: AttentionVariant = chooseAttention(settings, work),
  tiles?: AttentionTiles,
): AttentionPlan {
  const { heads, kvHeads, headDim, keys, format } = work;
  const sizes = { H: heads, K: kvHeads, D: headDim };
  if (variant === 'software' || variant === 'four-lanes')
    return {
      ...{ variant, form: format, constants: sizes, queryTile: softwareTile, headGroups: heads },
      cost: softwareTile * keys * headDim * 2,
    };
  const { workgroupMemory, subgroupSize } = settings.capabilities;
  const own = tiles ?? attentionTiles(headDim, formOf(work), workgroupMemory);
  invariant(loadsFit(own, headDim, formOf(work)), `tiles ${JSON.stringify(own)} for heads of ${headDim}`);
  const { quads, across, down, chunk, step } = own;
  const constants = { ...sizes, QUADS: quads, ACROSS: across, DOWN: down, CHUNK: chunk, STEP: step };
  return {
    variant,
    form: format !== 'f32' && formOf(work) === 'halves' ? `${format}-halves` : format,
    constants: variant === 'subgroups' ? { ...constants, SUBGROUP: subgroupSize ?? 0 } : constants,
    queryTile: Math.floor(tileRows(own) / (heads / kvHeads)),
    headGroups: kvHeads,
    cost: tileRows(own) * keys * headDim * 2,
  };
}

const softwareTile = 16;

/** Workgroups [first, first + count) of a kernel. */
export interface WorkgroupRange {
  readonly first: number;
  readonly count: number;
  readonly cost: number;
}

/** Cuts equal workgroups, each of `cost` multiply-adds, into dispatches that no page waits long for. */
export function workgroupRanges(
  kernels: KernelSettings,
  workgroups: number,
  cost: number,
  mostCost: number = mostAttentionCost(kernels),
): WorkgroupRange[] {
  const most = Math.min(65535, Math.max(1, Math.floor(mostCost / cost)));
  const each = ceilDiv(workgroups, ceilDiv(workgroups, most));
  return Array.from({ length: ceilDiv(workgroups, each) }, (_, i) => {
    const first = i * each;
    const count = Math.min(each, workgroups - first);
    return { first, count, cost: count * cost };
  });
}
