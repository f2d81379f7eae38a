// A Hugging Face checkpoint folder: its JSON files, and the list of its tensors with where each one lies.

import { Molmo2Error } from '../../errors.ts';
import type { ModelFiles } from '../files/model-files.ts';
import { optionalJson, readSettings, type ModelSettings } from '../files/model-settings.ts';
import { headerLength, parseHeader, type StoredTensor } from './safetensors.ts';

export interface Checkpoint extends ModelSettings {
  readonly files: ModelFiles;
  readonly tensors: ReadonlyMap<string, StoredTensor & { readonly file: string }>;
}

/** Opens a folder: reads everything but the tensors' values. Throws `bad-checkpoint` or `unsupported-model`. */
export async function openCheckpoint(files: ModelFiles, signal?: AbortSignal): Promise<Checkpoint> {
  const settings = await readSettings(files, signal);
  return { ...settings, files, tensors: await listTensors(files, signal) };
}

async function listTensors(files: ModelFiles, signal?: AbortSignal): Promise<Checkpoint['tensors']> {
  const names = await tensorFiles(files, signal);
  const lists = await Promise.all(names.map((file) => readHeader(files, file, signal)));
  const tensors = new Map<string, StoredTensor & { file: string }>();
  lists.forEach((list, i) => {
    for (const tensor of list) {
      const file = names[i] ?? '';
      const other = tensors.get(tensor.name)?.file;
      if (other !== undefined)
        throw new Molmo2Error(
          'bad-checkpoint',
          `${other} and ${file} of ${files.label} both hold tensor "${tensor.name}". Keep the files of one checkpoint in a folder.`,
        );
      tensors.set(tensor.name, { ...tensor, file });
    }
  });
  return tensors;
}

/** The safetensors files: those that the index names, or the single one. */
async function tensorFiles(files: ModelFiles, signal?: AbortSignal): Promise<string[]> {
  const index = await optionalJson(files, 'model.safetensors.index.json', signal);
  if (index === null) return ['model.safetensors'];
  const map = (index as { weight_map?: unknown }).weight_map;
  const names = typeof map === 'object' && map !== null ? [...new Set(Object.values(map))] : [];
  if (
    names.length === 0 ||
    !names.every((name) => typeof name === 'string' && /^[\w.-]+\.safetensors$/.test(name))
  )
    throw new Molmo2Error(
      'bad-checkpoint',
      `model.safetensors.index.json of ${files.label} lists no safetensors files beside it. Download the file again.`,
    );
  return names as string[];
}

async function readHeader(files: ModelFiles, file: string, signal?: AbortSignal): Promise<StoredTensor[]> {
  const length = headerLength(await files.readRange(file, 0, 8, signal), file);
  const header = await files.readRange(file, 8, 8 + length, signal);
  if (header.byteLength < length)
    throw new Molmo2Error(
      'bad-checkpoint',
      `${file} of ${files.label} ends inside its header (${header.byteLength} of ${length} bytes). Download the file again.`,
    );
  return parseHeader(header, file);
}
