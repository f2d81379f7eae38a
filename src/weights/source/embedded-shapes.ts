// The files of the embedded model, found relative to this module so that bundlers pick them up as assets.

import { Molmo2Error } from '../../errors.ts';
import type { ModelFiles } from '../files/model-files.ts';

const files: Readonly<Record<string, URL>> = {
  'config.json': new URL('../../../models/shapes/config.json', import.meta.url),
  'generation_config.json': new URL('../../../models/shapes/generation_config.json', import.meta.url),
  'model.safetensors': new URL('../../../models/shapes/model.safetensors', import.meta.url),
  'preprocessor_config.json': new URL('../../../models/shapes/preprocessor_config.json', import.meta.url),
  'processor_config.json': new URL('../../../models/shapes/processor_config.json', import.meta.url),
  'tokenizer.json': new URL('../../../models/shapes/tokenizer.json', import.meta.url),
  'tokenizer_config.json': new URL('../../../models/shapes/tokenizer_config.json', import.meta.url),
  'video_preprocessor_config.json': new URL(
    '../../../models/shapes/video_preprocessor_config.json',
    import.meta.url,
  ),
};

/** Absolute address of every file of `shapes`, by its name in the folder. */
export function embeddedShapes(): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, url]) => [name, url.href]));
}

/** `files`, which must all be there: a bundler that knows nothing of assets leaves them behind. */
export function embeddedFiles(files: ModelFiles, urls: Readonly<Record<string, string>>): ModelFiles {
  return {
    label: files.label,
    readRange: (name, start, end, signal) => files.readRange(name, start, end, signal),
    byteLength: async (name) => (await files.byteLength?.(name)) ?? null,
    async read(name, signal) {
      const bytes = await files.read(name, signal);
      if (bytes || urls[name] === undefined) return bytes;
      throw new Molmo2Error(
        'network',
        `The embedded model's ${name} was not found at ${urls[name]}. Copy the folder models/ of the package there, ` +
          'beside the folder of the script; the README has the two lines that esbuild and Rollup need.',
      );
    },
  };
}
