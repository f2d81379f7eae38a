// A Hugging Face checkpoint folder: its JSON files, and the list of its tensors with where each one lies.

import { Molmo2Error } from '../../errors.ts';
import type { ModelFiles } from '../files/model-files.ts';
import { foreignFile, foreignHead } from '../files/foreign-file.ts';
import { readSettings, type ModelSettings } from '../files/model-settings.ts';
import { headerLength, parseHeader, type ListedTensor } from './safetensors.ts';
import { weightFiles } from './weight-files.ts';

/** A tensor and the file that it is in. */
export type PlacedTensor = ListedTensor & {
  readonly file: string;
  /** How long the file is; infinite where nobody knows. */
  readonly fileBytes: number;
};

export interface Checkpoint extends ModelSettings {
  readonly files: ModelFiles;
  readonly tensors: ReadonlyMap<string, PlacedTensor>;
}

/** Opens a folder: reads everything but the tensors' values. Throws `bad-checkpoint` or `unsupported-model`. */
export async function openCheckpoint(files: ModelFiles, signal?: AbortSignal): Promise<Checkpoint> {
  const settings = await readSettings(files, signal);
  return { ...settings, files, tensors: await listTensors(files, signal) };
}

async function listTensors(files: ModelFiles, signal?: AbortSignal): Promise<Checkpoint['tensors']> {
  const names = await weightFiles(files, signal);
  const lists = await Promise.all(names.map((file) => readHeader(files, file, signal)));
  const tensors = new Map<string, PlacedTensor>();
  lists.forEach(({ list, fileBytes }, i) => {
    for (const tensor of list) {
      const file = names[i] ?? '';
      const other = tensors.get(tensor.name)?.file;
      if (other !== undefined)
        throw new Molmo2Error(
          'bad-checkpoint',
          `${other} and ${file} of ${files.label} both hold tensor "${tensor.name}". Keep the files of one checkpoint in a folder.`,
        );
      tensors.set(tensor.name, { ...tensor, file, fileBytes });
    }
  });
  return tensors;
}

async function readHeader(
  files: ModelFiles,
  file: string,
  signal?: AbortSignal,
): Promise<{ readonly list: readonly ListedTensor[]; readonly fileBytes: number }> {
  const head = await files.readRange(file, 0, foreignHead, signal);
  const foreign = foreignFile(head);
  if (foreign !== null) throw new Molmo2Error('bad-checkpoint', `${file} of ${files.label} ${foreign}`);
  const fileBytes = (await files.byteLength?.(file)) ?? Infinity;
  const length = headerLength(head.subarray(0, 8), file, fileBytes);
  const header = await files.readRange(file, 8, 8 + length, signal);
  if (header.byteLength < length)
    throw new Molmo2Error(
      'bad-checkpoint',
      `${file} of ${files.label} ends inside its header (${header.byteLength} of ${length} bytes). Download the file again.`,
    );
  return { list: parseHeader(header, file), fileBytes };
}
