// A Hugging Face checkpoint folder: its JSON files, and the list of its tensors with where each one lies.

import { modelConfig, processorConfig, type ModelConfig, type ProcessorConfig } from '../config.ts';
import { Molmo2Error } from '../errors.ts';
import type { ModelFiles } from './model-files.ts';
import { headerLength, parseHeader, type StoredTensor } from './safetensors.ts';

export interface Checkpoint {
  readonly files: ModelFiles;
  readonly config: ModelConfig;
  readonly processor: ProcessorConfig;
  /** Parsed but not interpreted: the text room makes a tokenizer of them. */
  readonly tokenizerJson: unknown;
  readonly tokenizerConfig: unknown;
  readonly generationConfig: unknown;
  readonly tensors: ReadonlyMap<string, StoredTensor & { readonly file: string }>;
  /** Things worth telling that do not stop the work. */
  readonly notices: readonly string[];
}

/** Opens a folder: reads everything but the tensors' values. Throws `bad-checkpoint` or `unsupported-model`. */
export async function openCheckpoint(files: ModelFiles, signal?: AbortSignal): Promise<Checkpoint> {
  const notices: string[] = [];
  const config = modelConfig(await requiredJson(files, 'config.json', signal));
  const [image, video, processor, tokenizerJson, tokenizerConfig, generationConfig] = await Promise.all([
    requiredJson(files, 'preprocessor_config.json', signal),
    requiredJson(files, 'video_preprocessor_config.json', signal),
    requiredJson(files, 'processor_config.json', signal),
    requiredJson(files, 'tokenizer.json', signal),
    requiredJson(files, 'tokenizer_config.json', signal),
    optionalJson(files, 'generation_config.json', signal),
  ]);
  const processors = processorConfig({ image, video, processor }, config, (message) => notices.push(message));
  const tensors = await listTensors(files, signal);
  return {
    files,
    config,
    processor: processors,
    tokenizerJson,
    tokenizerConfig,
    generationConfig,
    tensors,
    notices,
  };
}

async function optionalJson(files: ModelFiles, name: string, signal?: AbortSignal): Promise<unknown> {
  const bytes = await files.read(name, signal);
  if (!bytes) return null;
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new Molmo2Error(
      'bad-checkpoint',
      `${name} of ${files.label} is not JSON (${bytes.byteLength} bytes, ${String(cause)}). Download the file again.`,
      { cause },
    );
  }
}

async function requiredJson(files: ModelFiles, name: string, signal?: AbortSignal): Promise<unknown> {
  const json = await optionalJson(files, name, signal);
  if (json !== null) return json;
  throw new Molmo2Error(
    'bad-checkpoint',
    `${files.label} has no ${name}, so it is not a Molmo2 checkpoint folder. Point at the folder that holds config.json, tokenizer.json and the .safetensors files.`,
  );
}

async function listTensors(files: ModelFiles, signal?: AbortSignal): Promise<Checkpoint['tensors']> {
  const names = await tensorFiles(files, signal);
  const lists = await Promise.all(names.map((file) => readHeader(files, file, signal)));
  const tensors = new Map<string, StoredTensor & { file: string }>();
  lists.forEach((list, i) => {
    for (const tensor of list) tensors.set(tensor.name, { ...tensor, file: names[i] ?? '' });
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
