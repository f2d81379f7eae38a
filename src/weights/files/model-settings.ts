// The JSON files that a checkpoint folder and a bundle have in common.

import type { ModelConfig, ProcessorConfig } from '../../config.ts';
import { modelConfig, processorConfig } from '../../read-config.ts';
import { Molmo2Error } from '../../errors.ts';
import { foreignFile } from './foreign-file.ts';
import type { ModelFiles } from './model-files.ts';
import { strictJson } from './strict-json.ts';

export interface ModelSettings {
  readonly config: ModelConfig;
  readonly processor: ProcessorConfig;
  /** Parsed but not interpreted: the text room makes a tokenizer of them. */
  readonly tokenizerJson: unknown;
  readonly tokenizerConfig: unknown;
  readonly generationConfig: unknown;
  /** Things worth telling that do not stop the work. */
  readonly notices: readonly string[];
}

/** Files that every model has; a bundle carries them as they came. */
export const requiredFiles = [
  'config.json',
  'preprocessor_config.json',
  'video_preprocessor_config.json',
  'processor_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
] as const;

/** Files that a model may have besides. */
export const optionalFiles = ['generation_config.json'] as const;

/** Reads the small files of a folder. Throws `bad-checkpoint` or `unsupported-model`. */
export async function readSettings(files: ModelFiles, signal?: AbortSignal): Promise<ModelSettings> {
  const notices: string[] = [];
  // First and alone: a folder without it is no model, whatever else it lacks.
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
  return { config, processor: processors, tokenizerJson, tokenizerConfig, generationConfig, notices };
}

/** A JSON file, or null where there is none. Whoever reads a file of a model reads it here. Throws `bad-checkpoint`. */
export async function optionalJson(files: ModelFiles, name: string, signal?: AbortSignal): Promise<unknown> {
  const bytes = await files.read(name, signal);
  if (!bytes) return null;
  const foreign = foreignFile(bytes);
  if (foreign !== null) throw new Molmo2Error('bad-checkpoint', `${name} of ${files.label} ${foreign}`);
  return strictJson(
    bytes,
    (what, cause) => {
      throw new Molmo2Error(
        'bad-checkpoint',
        `${name} of ${files.label} is damaged: ${what} (${bytes.byteLength} bytes). Download the file again.`,
        { cause },
      );
    },
    'bom',
  );
}

/** A JSON file that every model has. Throws `bad-checkpoint`. */
export async function requiredJson(files: ModelFiles, name: string, signal?: AbortSignal): Promise<unknown> {
  const json = await optionalJson(files, name, signal);
  if (json !== null) return json;
  throw new Molmo2Error(
    'bad-checkpoint',
    name === 'config.json'
      ? `${files.label} has no ${name}, so it is not a Molmo2 checkpoint folder. Point at the folder that holds config.json, tokenizer.json and the .safetensors files.`
      : `${files.label} has no ${name}. Put all files of the checkpoint into one folder.`,
  );
}
