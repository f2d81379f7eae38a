// What loading a model asks of its tokenizer's files, asked beforehand.

import { Tokenizer } from '../src/text/tokenizer.ts';
import type { ModelSettings } from '../src/weights/files/model-settings.ts';

/** Throws `bad-checkpoint` with the line that `ask` would end with. */
export function checkTokenizer({
  tokenizerJson,
  tokenizerConfig,
  generationConfig,
}: Pick<ModelSettings, 'tokenizerJson' | 'tokenizerConfig' | 'generationConfig'>): void {
  new Tokenizer(tokenizerJson, tokenizerConfig, generationConfig);
}
