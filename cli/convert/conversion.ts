// The jobs of a conversion, and what follows from the hashes they report. Pure.

import { planBundle, type BundlePlan, type BundleWeights } from '../../src/weights/bundle/bundle-plan.ts';
import type { ExpectedShapes } from '../../src/weights/checkpoint/tensor-names.ts';
import type { PlannedJob } from '../bundle/chunk-ledger.ts';
import type { InputRange, Job } from '../bundle/jobs.ts';
import { encodeJobs, tensorSlices, type SourceTensor } from './slices.ts';

export interface Conversion {
  readonly plan: BundlePlan;
  readonly jobs: readonly PlannedJob[];
}

const keyOf = ({ file, start }: Pick<InputRange, 'file' | 'start'>) => `${file}:${start}`;

/** Writes all tensors but the `twins`, which are only read and hashed, as are the tensors that they seem to equal. */
export function conversion(
  shapes: ExpectedShapes,
  tensors: ReadonlyMap<string, SourceTensor>,
  weights: BundleWeights,
  twins: ReadonlyMap<string, string>,
): Conversion {
  return planned(shapes, tensors, weights, twins, new Set());
}

/** The work that is left when some twins turn out to differ: these are stored after all, in shards of their own. */
export function conversionOfUnequal(
  shapes: ExpectedShapes,
  tensors: ReadonlyMap<string, SourceTensor>,
  weights: BundleWeights,
  twins: ReadonlyMap<string, string>,
  digest: (key: string) => string | null,
): Conversion | null {
  const digestsOf = (name: string) => {
    const tensor = tensors.get(name);
    return tensor ? tensorSlices(tensor).map(({ start }) => digest(keyOf({ file: tensor.file, start }))) : [];
  };
  const differs = ([name, other]: readonly [string, string]) => {
    const others = digestsOf(other);
    return digestsOf(name).some((one, i) => one === null || one !== others[i]);
  };
  const unequal = new Set([...twins].filter(differs).map(([name]) => name));
  return unequal.size > 0 ? planned(shapes, tensors, weights, twins, unequal) : null;
}

function planned(
  shapes: ExpectedShapes,
  tensors: ReadonlyMap<string, SourceTensor>,
  weights: BundleWeights,
  twins: ReadonlyMap<string, string>,
  unequal: ReadonlySet<string>,
): Conversion {
  const aliases = new Map([...twins].filter(([name]) => !unequal.has(name)));
  const plan = planBundle(shapes, weights, { aliases, last: unequal });
  const encode = encodeJobs(plan, tensors, new Set(twins.values())).map((job) =>
    plannedJob(job, job.input, job.digest),
  );
  const compare = [...twins.keys()].flatMap((name) => {
    const tensor = tensors.get(name);
    if (!tensor || unequal.has(name)) return [];
    return tensorSlices(tensor).map(({ start, end }) => {
      const input = { file: tensor.file, start, end };
      return plannedJob({ kind: 'digest', input }, input, true);
    });
  });
  return { plan, jobs: [...encode, ...compare] };
}

function plannedJob(job: Job, input: InputRange, digest: boolean): PlannedJob {
  return { key: keyOf(input), job, digest, byteLength: input.end - input.start };
}
