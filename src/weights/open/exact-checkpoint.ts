// A checkpoint folder that is computed as it is: every tensor in f32, a few megabytes in memory at a time.

import { invariant } from '../../errors.ts';
import { untilResumed } from '../../load-pause.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { checkedTensors, checkLength, type FileTensor } from '../checkpoint/checkpoint-tensors.ts';
import { checkFinite } from '../checkpoint/finite-values.ts';
import type { FillOptions, OpenedModel, WeightSink } from './opened-model.ts';
import { floats } from '../checkpoint/safetensors.ts';

/** Throws `bad-checkpoint` naming what is missing or wrong. */
export function exactCheckpoint(checkpoint: Checkpoint): OpenedModel {
  const { files } = checkpoint;
  const wanted = checkedTensors(checkpoint);
  const total = wanted.reduce((sum, tensor) => sum + tensor.end - tensor.start, 0);
  const pour = async (
    { write }: Pick<WeightSink, 'write'>,
    { signal, onBytes, pausing }: FillOptions,
  ): Promise<readonly string[]> => {
    let done = 0;
    for (const group of readGroups(wanted)) {
      const first = group[0];
      const last = group.at(-1);
      invariant(first && last, 'a group has tensors');
      await untilResumed(pausing, signal);
      const bytes = await files.readRange(first.file, first.start, last.end, signal);
      signal?.throwIfAborted();
      for (const stored of group) {
        const own = bytes.subarray(stored.start - first.start, stored.end - first.start);
        checkLength(own, stored, files.label);
        const values = floats(own, stored.dtype);
        checkFinite(values, stored);
        write(stored.name, 0, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
        done += own.byteLength;
        onBytes?.(done, total);
      }
    }
    return [];
  };
  return {
    label: files.label,
    settings: checkpoint,
    tensors: new Map(wanted.map(({ name, shape }) => [name, { shape, format: 'f32' as const }])),
    aliases: new Map(),
    downloadBytes: total,
    pour,
    fill: (_device, store, options) =>
      pour({ write: (name, byteOffset, bytes) => store.write(name, byteOffset, bytes) }, options),
    close: async () => {},
  };
}

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
