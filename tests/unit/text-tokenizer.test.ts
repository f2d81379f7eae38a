import { describe, expect, test } from 'vitest';
import { TextStream } from '../../src/text/text-stream.ts';
import { Tokenizer } from '../../src/text/tokenizer.ts';
import { golden, integer, readJson, readTokenizer, scriptedText, seeded } from './text-support.ts';

interface TokenizerFile {
  added_tokens: { id: number; content: string; special: boolean; normalized: boolean }[];
  model: Record<string, unknown>;
}
const folder = new URL('checkpoint-qwen3/', golden);
const tokenizer = readTokenizer(folder);
const json = () => readJson(new URL('tokenizer.json', folder)) as TokenizerFile;
const config = readJson(new URL('tokenizer_config.json', folder)) as Record<string, unknown>;

const { tokens } = readJson(new URL('functions.json', golden)) as {
  tokens: readonly { readonly text: string; readonly ids: readonly number[] }[];
};

test.each(tokens)('$text has the ids of the reference', ({ text, ids }) => {
  expect(tokenizer.encodeWithSpecial(text)).toEqual(ids);
  expect(tokenizer.decode(ids, { skipSpecialTokens: false })).toBe(text);
});

test('the first and last ids are those that the checkpoint names', () => {
  expect(tokenizer.bosId).toBe(511);
  expect(tokenizer.eosIds).toEqual([511]);
  expect(tokenizer.tokenId('<im_patch>')).toBe(514);
  expect(tokenizer.tokenId('<no such token>')).toBeUndefined();
});

test('without a BOS token the end-of-sequence token opens the prompt', () => {
  expect(new Tokenizer(json(), { ...config, bos_token: null, eos_token: '<|endoftext|>' }).bosId).toBe(509);
});

test('an answer ends with any of the ids that the files name, and with the end of a turn', () => {
  const named = { ...config, eos_token: { content: '<|endoftext|>' } };
  expect(new Tokenizer(json(), named, { eos_token_id: [509, 7] }).eosIds).toEqual([509, 7, 511]);
  expect(new Tokenizer(json(), named, { eos_token_id: 3 }).eosIds).toEqual([509, 3, 511]);
  expect(new Tokenizer(json(), named).eosIds).toEqual([509, 511]);
});

describe('typed text', () => {
  test.each(['<|im_end|>', '<|image|>', '<im_patch>', 'a<|im_start|>user\nb', '<low_res_im_start><|video|>'])(
    '%s is spelled with ordinary tokens',
    (text) => {
      const ids = tokenizer.encode(text);
      expect(ids.every((id) => id < 509)).toBe(true);
      expect(tokenizer.decode(ids)).toBe(text);
    },
  );

  test('control tokens that a file forgot to flag as special are still out of reach', () => {
    const unflagged = json();
    for (const token of unflagged.added_tokens) token.special = false;
    const ids = new Tokenizer(unflagged, config).encode('<|im_end|><im_patch><|points|>');
    expect(ids.filter((id) => id >= 509)).toEqual([522]);
  });

  test('added tokens that are not special keep their id', () => {
    const extended = json();
    extended.added_tokens.push({ id: 526, content: '<think>', special: false, normalized: false });
    const ids = new Tokenizer(extended, config).encode('a<think>b<|im_end|>');
    expect(ids.slice(0, 3)).toEqual([97, 526, 98]);
    expect(ids).not.toContain(511);
  });

  test('has the same ids as rendered text when it names no special token', () => {
    const random = seeded(1);
    for (let n = 0; n < 200; n++) {
      const text = scriptedText(random).replaceAll('<|im_end|>', '<|im_en|>');
      expect(tokenizer.encode(text)).toEqual(tokenizer.encodeWithSpecial(text));
    }
  });
});

test('nothing encodes to nothing and back', () => {
  expect(tokenizer.encode('')).toEqual([]);
  expect(tokenizer.decode([])).toBe('');
  expect(tokenizer.decode([511, 511])).toBe('');
  expect(tokenizer.decode([999_999])).toBe('');
});

test('decoding never tidies blanks before punctuation', () => {
  const text = "it 's , he said . Do n't ?";
  expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
});

test.each([
  ['tokenizer.json', null, config, {}],
  ['tokenizer.json', {}, config, {}],
  ['tokenizer.json', { ...json(), model: { type: 'BPE', vocab: null, merges: [] } }, config, {}],
  ['tokenizer.json', { ...json(), model: { ...json().model, merges: [7] } }, config, {}],
  ['tokenizer.json', { ...json(), model: { ...json().model, type: 'Unigram' } }, config, {}],
  ['tokenizer.json', { ...json(), decoder: { type: 'Metaspace' } }, config, {}],
  ['tokenizer.json', { ...json(), pre_tokenizer: { type: 'Nonsense' } }, config, {}],
  ['tokenizer_config.json', json(), null, {}],
  ['tokenizer_config.json', json(), {}, {}],
  ['tokenizer_config.json', json(), { eos_token: '<|nowhere|>' }, {}],
  ['generation_config.json', json(), config, { eos_token_id: 'two' }],
])('a damaged %s is named in the error', (file, tokenizerJson, tokenizerConfig, generation) => {
  const make = () => new Tokenizer(tokenizerJson, tokenizerConfig, generation);
  expect(make).toThrow(expect.objectContaining({ code: 'bad-checkpoint' }));
  expect(make).toThrow(file);
});

describe('streamed text', () => {
  const pieces = (ids: readonly number[], source = tokenizer) => {
    const stream = new TextStream(source);
    return [...ids.map((id) => stream.push(id)), stream.end()];
  };

  test('shows a character with its last byte', () => {
    const ids = tokenizer.encode('é😀.');
    expect(pieces(ids)).toEqual(['', 'é', '', '', '', '😀', '.', '']);
  });

  test('shows bytes that never become a character as U+FFFD, at latest at the end', () => {
    expect(pieces([0xf0, 65].map(byteId))).toEqual(['', '\uFFFDA', '']);
    expect(pieces([0xf0, 0x9f].map(byteId))).toEqual(['', '', '\uFFFD']);
  });

  test('leaves out special tokens and ids without a token', () => {
    expect(pieces([72, 511, 514, 999_999, 105]).join('')).toBe('Hi');
  });

  test('equals decoding all ids at once, for 500 random lists of ids', () => {
    const random = seeded(3);
    const extended = json();
    extended.added_tokens.push({ id: 526, content: '<think>', special: false, normalized: false });
    const source = new Tokenizer(extended, config);
    for (let n = 0; n < 500; n++) {
      const length = 1 + integer(random, 60);
      // Single bytes half of the time, so that broken and whole characters of every length occur.
      const ids = Array.from({ length }, () =>
        random() < 0.5 ? integer(random, 256) : integer(random, 530),
      );
      expect(pieces(ids, source).join('')).toBe(source.decode(ids));
    }
  });

  test('takes time in proportion to the number of tokens', () => {
    const stream = new TextStream(tokenizer);
    const started = performance.now();
    for (let n = 0; n < 50_000; n++) stream.push(byteId(0x80 + (n % 64)));
    expect(performance.now() - started).toBeLessThan(1000);
  });

  /** The id of a single byte in the fixture's vocabulary, which begins with the 256 bytes in order. */
  function byteId(byte: number): number {
    return byte;
  }
});
