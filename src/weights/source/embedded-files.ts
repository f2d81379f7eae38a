// The small files of the embedded model, as text in the module: bundlers turn an address that ends in .json into a script, or into
// a data: URL that a content security policy forbids, and a page asks for one file in place of eight.

import config from '../../../models/shapes/config.json?raw';
import generationConfig from '../../../models/shapes/generation_config.json?raw';
import preprocessorConfig from '../../../models/shapes/preprocessor_config.json?raw';
import processorConfig from '../../../models/shapes/processor_config.json?raw';
import tokenizer from '../../../models/shapes/tokenizer.json?raw';
import tokenizerConfig from '../../../models/shapes/tokenizer_config.json?raw';
import videoPreprocessorConfig from '../../../models/shapes/video_preprocessor_config.json?raw';
import { Molmo2Error } from '../../errors.ts';
import type { ModelFiles } from '../files/model-files.ts';

const texts: ReadonlyMap<string, string> = new Map([
  ['config.json', config],
  ['generation_config.json', generationConfig],
  ['preprocessor_config.json', preprocessorConfig],
  ['processor_config.json', processorConfig],
  ['tokenizer.json', tokenizer],
  ['tokenizer_config.json', tokenizerConfig],
  ['video_preprocessor_config.json', videoPreprocessorConfig],
]);

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** The embedded model: its texts, and `files` for its weights, which a bundler that knows nothing of assets leaves behind. */
export function embeddedFiles(files: ModelFiles, urls: Readonly<Record<string, string>>): ModelFiles {
  return {
    label: files.label,
    async read(name, signal) {
      const text = texts.get(name);
      return text === undefined ? files.read(name, signal) : bytesOf(text);
    },
    async byteLength(name) {
      const text = texts.get(name);
      return text === undefined ? ((await files.byteLength?.(name)) ?? null) : bytesOf(text).byteLength;
    },
    async readRange(name, start, end, signal) {
      const text = texts.get(name);
      if (text !== undefined) return bytesOf(text).slice(start, end);
      try {
        return await files.readRange(name, start, end, signal);
      } catch (cause) {
        if (urls[name] === undefined || !(cause instanceof Molmo2Error) || cause.code !== 'bad-checkpoint')
          throw cause;
        throw new Molmo2Error(
          'network',
          `The embedded model's ${name} was not found at ${urls[name]}. Copy the folder models/ of the package there, ` +
            'beside the folder of the script; docs/where-it-runs.md has the two lines that esbuild and Rollup need.',
          { cause },
        );
      }
    },
  };
}
