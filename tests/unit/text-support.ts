// What the tests of src/text share: fixture files, a seeded generator, and strings in many scripts.

import { readFileSync } from 'node:fs';
import { modelConfig, processorConfig } from '../../src/read-config.ts';
import { Tokenizer } from '../../src/text/tokenizer.ts';

export const golden = new URL('../fixtures/golden/', import.meta.url);

export const readJson = (url: URL): unknown => JSON.parse(readFileSync(url, 'utf8'));

export function readTokenizer(folder: URL): Tokenizer {
  const file = (name: string) => readJson(new URL(name, folder));
  return new Tokenizer(file('tokenizer.json'), file('tokenizer_config.json'), file('generation_config.json'));
}

export function readConfigs(folder: URL) {
  const file = (name: string) => readJson(new URL(name, folder));
  const model = modelConfig(file('config.json'));
  const files = {
    image: file('preprocessor_config.json'),
    video: file('video_preprocessor_config.json'),
    processor: file('processor_config.json'),
  };
  return { model, processor: processorConfig(files, model) };
}

/** mulberry32: the same numbers in [0, 1) for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const integer = (random: () => number, limit: number): number => Math.floor(random() * limit);

export function pick<T>(random: () => number, from: readonly T[]): T {
  const item = from[integer(random, from.length)];
  if (item === undefined) throw new Error('pick needs a non-empty list');
  return item;
}

/** First and last code point of stretches that hold letters, marks, digits, signs and pictures. */
const stretches: readonly (readonly [number, number])[] = [
  [0x20, 0x7e], // Latin
  [0xa0, 0x24f],
  [0x300, 0x36f], // combining marks
  [0x370, 0x3ff], // Greek
  [0x400, 0x4ff], // Cyrillic
  [0x5d0, 0x5ea], // Hebrew
  [0x620, 0x669], // Arabic
  [0x904, 0x96f], // Devanagari
  [0xe01, 0xe3a], // Thai
  [0x10d0, 0x10f0], // Georgian
  [0x1100, 0x11ff], // Hangul Jamo, which NFC joins
  [0x1f00, 0x1f4d], // Greek with accents
  [0x2010, 0x2027],
  [0x20a0, 0x20bf], // currency
  [0x2190, 0x22ff], // arrows, mathematics
  [0x3041, 0x30ff], // Kana
  [0x4e00, 0x9fa5], // Han
  [0xac00, 0xd7a3], // Hangul
  [0x1f300, 0x1f64f], // pictures
  [0x20000, 0x2a6d6], // Han beyond the first plane
];

const breaks = [
  ' ',
  '  ',
  '\n',
  '\r\n',
  '\t',
  "'s ",
  '\u00A0',
  '\u200D',
  '<|im_end|>',
  '<points coords="1 1 250 333">',
];

/** A string of one to 24 runs, each in one script, with blanks and control-like words between. */
export function scriptedText(random: () => number): string {
  let text = '';
  for (let runs = 1 + integer(random, 24); runs > 0; runs--) {
    const [first, last] = pick(random, stretches);
    for (let n = 1 + integer(random, 6); n > 0; n--)
      text += String.fromCodePoint(first + integer(random, last - first + 1));
    if (random() < 0.6) text += pick(random, breaks);
  }
  return text;
}
