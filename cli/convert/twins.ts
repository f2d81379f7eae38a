// Finds tensors that are probably equal, from a few samples of each. The conversion itself compares all their bytes.

import { formatOf } from '../../src/weights/formats/formats.ts';
import type { BundleWeights } from '../../src/weights/bundle/bundle-plan.ts';
import type { ModelFiles } from '../../src/weights/files/model-files.ts';
import type { ExpectedShapes } from '../../src/weights/checkpoint/tensor-names.ts';
import { runAll } from '../bundle/run-all.ts';
import type { SourceTensor } from './slices.ts';

const smallest = 1024 * 1024;
const sampleBytes = 4096;
const samples = 16;
const atOnce = 8;

/** Tensors that look like one listed before them: their name -> that one's. */
export async function probableTwins(
  files: ModelFiles,
  shapes: ExpectedShapes,
  tensors: ReadonlyMap<string, SourceTensor>,
  weights: BundleWeights,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const large = [...shapes.keys()].flatMap((name) => {
    const tensor = tensors.get(name);
    return tensor && tensor.end - tensor.start >= smallest ? [tensor] : [];
  });
  let groups = grouped([large], ({ name, dtype, shape }) =>
    [dtype, shape.join('x'), formatOf(name, shape, weights)].join(),
  );
  // One sample tells nearly all apart; only those that agree in it are looked at further.
  for (let sample = 0; sample < samples && groups.length > 0; sample++) {
    const seen = new Map<string, string>();
    await runAll(groups.flat(), atOnce, signal, async ({ name, file, start, end }) => {
      const at = start + Math.floor(((end - start - sampleBytes) * sample) / (samples - 1));
      const bytes = await files.readRange(file, at, at + sampleBytes, signal);
      seen.set(name, Buffer.from(bytes).toString('base64'));
    });
    groups = grouped(groups, ({ name }) => seen.get(name) ?? name);
  }
  return new Map(groups.flatMap(([first, ...rest]) => rest.map(({ name }) => [name, first?.name ?? name])));
}

/** Groups split by a key; those of a single tensor are left out. */
function grouped(
  groups: readonly SourceTensor[][],
  keyOf: (tensor: SourceTensor) => string,
): SourceTensor[][] {
  return groups.flatMap((group) => {
    const byKey = new Map<string, SourceTensor[]>();
    for (const tensor of group) byKey.set(keyOf(tensor), [...(byKey.get(keyOf(tensor)) ?? []), tensor]);
    return [...byKey.values()].filter((same) => same.length > 1);
  });
}
