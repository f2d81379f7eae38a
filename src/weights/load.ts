// A checkpoint's tensors -> GPU buffers, in f32, a few megabytes in memory at a time.

import { invariant, Molmo2Error } from '../errors.ts';
import type { Checkpoint } from './checkpoint.ts';
import { GpuStore } from './gpu-store.ts';
import { floats, type StoredTensor } from './safetensors.ts';
import { expectedTensors } from './tensor-names.ts';
import type { Weights } from './weights.ts';

export interface LoadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes read so far, and all that will be read. */
  readonly onBytes?: (done: number, total: number) => void;
}

/** Checks every name and shape first, then streams the values group by group. Throws `bad-checkpoint` before anything is allocated. */
export async function loadWeights(
  device: GPUDevice,
  checkpoint: Checkpoint,
  options: LoadOptions = {},
): Promise<Weights> {
  const wanted = checkedTensors(checkpoint);
  const total = wanted.reduce((sum, tensor) => sum + tensor.end - tensor.start, 0);
  const expected = wanted.map(({ name, shape }) => [name, { shape, format: 'f32' as const }] as const);
  const store = new GpuStore(device, new Map(expected));
  let done = 0;
  try {
    for (const group of readGroups(wanted)) {
      const first = group[0];
      const last = group.at(-1);
      invariant(first && last, 'a group has tensors');
      const bytes = await checkpoint.files.readRange(first.file, first.start, last.end, options.signal);
      options.signal?.throwIfAborted();
      for (const stored of group) {
        const own = bytes.subarray(stored.start - first.start, stored.end - first.start);
        checkLength(own, stored, checkpoint.files.label);
        const values = floats(own, stored.dtype);
        store.write(stored.name, 0, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
        done += own.byteLength;
        options.onBytes?.(done, total);
      }
    }
    return store.weights();
  } catch (error) {
    store.destroy();
    throw error;
  }
}

type FileTensor = StoredTensor & { readonly file: string };

const groupBytes = 16 * 1024 * 1024;

/** Neighbours in a file that are read together: small tensors would otherwise cost a request each. */
function readGroups(tensors: readonly FileTensor[]): FileTensor[][] {
  const groups: FileTensor[][] = [];
  for (const tensor of tensors) {
    const group = groups.at(-1);
    const first = group?.[0];
    if (group && first && first.file === tensor.file && tensor.end - first.start <= groupBytes)
      group.push(tensor);
    else groups.push([tensor]);
  }
  return groups;
}

function checkLength(bytes: Uint8Array, stored: FileTensor, label: string): void {
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
