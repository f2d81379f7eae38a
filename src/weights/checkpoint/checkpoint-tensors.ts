// The tensors of a checkpoint that the model needs, checked against config.json before anything is allocated.

import { Molmo2Error } from '../../errors.ts';
import type { Checkpoint } from './checkpoint.ts';
import { readable, type StoredTensor } from './safetensors.ts';
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
    else if (stored.end > stored.fileBytes)
      throw new Molmo2Error(
        'bad-checkpoint',
        `${stored.file} of ${files.label} has ${stored.fileBytes} bytes, but tensor "${name}" ends at byte ${stored.end}. Download the file again.`,
      );
    else found.push(readable(stored, stored.file));
  }
  if (missing.length > 0) refuseOtherNames(missing, [...tensors.keys()], files.label);
  if (missing.length > 0)
    throw new Molmo2Error(
      'bad-checkpoint',
      `${files.label} lacks ${missing.length} of ${missing.length + found.length} tensors, first "${missing[0]}". Download all .safetensors files of the checkpoint.`,
    );
  return found.toSorted((a, b) => (a.file === b.file ? a.start - b.start : a.file < b.file ? -1 : 1));
}

/** Throws `bad-checkpoint` when tensors are there under other names: wrapped by a compiler or a trainer, or cut. */
function refuseOtherNames(missing: readonly string[], stored: readonly string[], label: string): void {
  const ending = (name: string) => name.split('.').slice(-3).join('.');
  for (const wanted of missing) {
    const other = stored.find(
      (name) => name !== wanted && (name.endsWith(`.${wanted}`) || wanted.endsWith(`.${name}`)),
    );
    const near =
      other ??
      stored.find(
        (name) => !missing.includes(name) && ending(name) === ending(wanted) && sameLayer(name, wanted),
      );
    if (near === undefined || near === wanted) continue;
    throw new Molmo2Error(
      'bad-checkpoint',
      `${label} lacks ${missing.length} tensors; they seem to have other names: "${near.slice(0, 200)}" in place of "${wanted}". Save the model under the names of the released checkpoints.`,
    );
  }
}

/** Names that agree in every number, such as that of a layer. */
function sameLayer(a: string, b: string): boolean {
  return (a.match(/\d+/g) ?? []).join() === (b.match(/\d+/g) ?? []).join();
}
