// Which attention kernel does a piece of work of many query rows: a pure function, like choose.ts for linear layers.

import type { KernelSettings } from '../../gpu/kernel-settings.ts';
import { ceilDiv } from '../../gpu/kernel.ts';
import type { KvFormat } from './kv-layer.ts';
import { mostDispatchCost } from '../dispatch-cost.ts';

/** `software`: many sums per load, for processors. `portable`: for every GPU. `half`: tiles of 16-bit floats. */
export type AttentionVariant = 'software' | 'portable' | 'half';

/** Queries of `heads` heads over about `keys` keys. */
export interface AttentionWork {
  readonly op: 'prefill' | 'encoder';
  readonly queries: number;
  readonly keys: number;
  readonly headDim: number;
  /** How keys and values are stored. */
  readonly format: KvFormat;
  /** The answer is to be that of f32: keys and values that were never rounded stay so. */
  readonly exact: boolean;
}

/** The largest head that the tiles for GPUs have workgroup memory for. */
const widestHead = 256;

/** What some work could be done by, the best guess first. Every name in the list can do it on this device. */
export function attentionVariants(
  { capabilities: { f16, software } }: KernelSettings,
  { headDim, exact }: AttentionWork,
): readonly AttentionVariant[] {
  if (headDim > widestHead) return ['software'];
  if (!f16) return software ? ['software', 'portable'] : ['portable', 'software'];
  const forGpus: AttentionVariant[] = exact ? ['portable'] : ['half', 'portable'];
  return software ? ['software', ...forGpus] : [...forGpus, 'software'];
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

/** Query rows of one workgroup; `queryTile` of the variant's shader. */
export function queryTile(variant: AttentionVariant, headDim: number): number {
  if (variant === 'software') return 16;
  const vectors = headDim / 4;
  const slice = vectors % 3 === 0 ? 3 : vectors % 2 === 0 ? 2 : 1;
  return 4 * Math.min(16, Math.max(1, Math.floor(128 / (vectors / slice))));
}

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
  mostCost: number = mostDispatchCost(kernels),
): WorkgroupRange[] {
  const most = Math.min(65535, Math.max(1, Math.floor(mostCost / cost)));
  const each = ceilDiv(workgroups, ceilDiv(workgroups, most));
  return Array.from({ length: ceilDiv(workgroups, each) }, (_, i) => {
    const first = i * each;
    const count = Math.min(each, workgroups - first);
    return { first, count, cost: count * cost };
  });
}
