// The tensors of a checkpoint that the model needs, checked against config.json before anything is allocated.

import { Molmo2Error } from '../../errors.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { StoredTensor } from './safetensors.ts';
import { expectedTensors } from './tensor-names.ts';

export type FileTensor = StoredTensor & { readonly file: string };

/** Throws `bad-checkpoint` when a file ended before the tensor did. */
export function checkLength(bytes: Uint8Array, stored: FileTensor, label: string): void {
  const expected = stored.end - stored.start;
  if (bytes.byteLength === expected) return;
  throw new Molmo2Error(
    'bad-checkpoint',
    `${stored.file} of ${label} ends inside tensor "${stored.name}" (${bytes.byteLength} of ${expected} bytes). Download the file again.`,
  );
}

/** The stored tensor for every expected one, in file order. Throws `bad-checkpoint` naming what is missing or wrong. */
export function checkedTensors({ tensors, config, files }: Checkpoint) {
  const missing: string[] = [];
  const found: FileTensor[] = [];
  for (const [name, shape] of expectedTensors(config)) {
    const stored = tensors.get(name);
    if (!stored) missing.push(name);
    else if (stored.shape.join() !== shape.join())
      throw new Molmo2Error(
        'bad-checkpoint',
        `Tensor "${name}" in ${stored.file} of ${files.label} is [${stored.shape.join(', ')}], but config.json asks for [${shape.join(', ')}]. Take config.json and the weights from the same checkpoint.`,
      );
    else found.push(stored);
  }
  if (missing.length > 0)
    throw new Molmo2Error(
      'bad-checkpoint',
      `${files.label} lacks ${missing.length} of ${missing.length + found.length} tensors, first "${missing[0]}". Download all .safetensors files of the checkpoint.`,
    );
  return found.toSorted((a, b) => (a.file === b.file ? a.start - b.start : a.file < b.file ? -1 : 1));
}
