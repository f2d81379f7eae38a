// The small files of a checkpoint that a bundle keeps as they came.

import type { ModelFiles } from '../../src/weights/files/model-files.ts';

const names = [
  'config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'preprocessor_config.json',
  'video_preprocessor_config.json',
  'processor_config.json',
  'generation_config.json',
];

/** Those that exist, by name. */
export async function checkpointFiles(
  files: ModelFiles,
  signal: AbortSignal,
): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  for (const name of names) {
    const content = await files.read(name, signal);
    if (content) found.set(name, content);
  }
  return found;
}
