// Whether the tensors of a manifest are the ones that config.json asks for. Pure.

import { findTensor, type BundleManifest } from './manifest.ts';
import type { ExpectedShapes } from '../checkpoint/tensor-names.ts';

/** One sentence for each tensor that is missing, of another shape, or not asked for; empty when all is well. */
export function bundleProblems(manifest: BundleManifest, expected: ExpectedShapes): string[] {
  const problems: string[] = [];
  for (const [name, shape] of expected) {
    const tensor = findTensor(manifest, name);
    if (!tensor) problems.push(`Tensor "${name}" is missing.`);
    else if (tensor.shape.join() !== shape.join())
      problems.push(
        `Tensor "${name}" is [${tensor.shape.join(', ')}], but config.json asks for [${shape.join(', ')}].`,
      );
  }
  for (const name of [...manifest.tensors.map((tensor) => tensor.name), ...manifest.aliases.keys()])
    if (!expected.has(name)) problems.push(`Tensor "${name}" is not one of the model's.`);
  return problems;
}
