// Tokenizers that someone made to take time or memory, or that were damaged at random: refused, or a tokenizer that encodes
// and decodes in time.

import { describe, expect, test } from 'vitest';
import { Vocabulary } from '../../src/constraints/vocabulary.ts';
import { strictJson } from '../../src/weights/files/strict-json.ts';
import { Tokenizer } from '../../src/text/tokenizer.ts';
import { damaged, type Random } from '../hostile/damage-json.ts';
import { eachSeed, inputsOf } from '../hostile/each-seed.ts';
import { measured } from '../hostile/asked-bytes.ts';
import { golden, readJson } from './text-support.ts';

type Json = Record<string, unknown>;
const folder = new URL('checkpoint-qwen3/', golden);
const config = readJson(new URL('tokenizer_config.json', folder)) as Json;
const tokenizerJson = () => readJson(new URL('tokenizer.json', folder)) as Json & { model: Json };

/** The file with a few of its 509 entries, so that damage meets its other parts as well. */
function smallJson(): Json {
  const json = tokenizerJson();
  const { vocab, merges } = json.model as { vocab: Record<string, number>; merges: unknown[] };
  const few = Object.fromEntries(Object.entries(vocab).slice(0, 270));
  return { ...json, model: { ...json.model, vocab: few, merges: merges.slice(0, 14) } };
}

const split = (pattern: unknown) => ({
  type: 'Sequence',
  pretokenizers: [
    { type: 'Split', pattern, behavior: 'Isolated' },
    { type: 'ByteLevel', use_regex: false },
  ],
});
const text = `${'a'.repeat(400)}! <|im_end|> ${' '.repeat(400)}\n${'1'.repeat(200)}`;

/** Everything that the engine does with one. */
function use(tokenizer: Tokenizer): void {
  const ids = tokenizer.encode(text);
  tokenizer.encodeWithSpecial(text);
  tokenizer.decode(ids.slice(0, 50));
  const vocabulary = new Vocabulary(600, (id) => tokenizer.piece(id));
  expect(vocabulary.trie.tokens.length).toBeLessThanOrEqual(600);
}

const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const refuse = (what: string): never => {
  throw new Error(what);
};

describe('one fault at a time', () => {
  const longWord = 'x'.repeat(3_000_000);
  const ids = (value: unknown) => ({
    model: { ...tokenizerJson().model, vocab: { ...(tokenizerJson().model['vocab'] as Json), zz: value } },
  });
  const model = (changes: Json) => ({ model: { ...tokenizerJson().model, ...changes } });
  const added = (changes: Json) => ({
    added_tokens: [
      ...(tokenizerJson()['added_tokens'] as Json[]),
      { id: 600, content: '<x>', special: true, ...changes },
    ],
  });

  test.each<[string, Json, RegExp]>([
    ['a pattern that backtracks for ever', { pre_tokenizer: split({ Regex: '(a+)+$' }) }, /"pre_tokenizer.+holds "\(a\+\)\+\$", which is not known to end in time/],
    ['such a piece among good ones', { pre_tokenizer: split({ Regex: "\\p{N}|(?:\\s|\\s\\s)*x|\\s+" }) }, /holds "\(\?:\\\\s\|\\\\s\\\\s\)\*x"/],
    ['a pattern of megabytes', { pre_tokenizer: split({ Regex: longWord }) }, /must have at most 1000 characters/],
    ['a normalizer with a pattern', { normalizer: { type: 'Replace', pattern: { Regex: '(a+)+$' }, content: '' } }, /only NFC, NFD, NFKC and NFKD are read/],
    ['pieces of length 0', { pre_tokenizer: { type: 'FixedLength', length: 0 } }, /"pre_tokenizer/],
    ['a pre-tokenizer within itself', { pre_tokenizer: { type: 'Sequence', pretokenizers: [split({ Regex: '\\s+' })] } }, /"pre_tokenizer/],
    ['a thousand pre-tokenizers', { pre_tokenizer: { type: 'Sequence', pretokenizers: Array(1000).fill({ type: 'ByteLevel' }) } }, /at most 8 entries/],
    ['a decoder with a pattern', { decoder: { type: 'Replace', pattern: { Regex: '(a+)+$' }, content: '' } }, /only "ByteLevel" is read/],
    ['an id that makes a list of gigabytes', ids(2 ** 31), /gives the token "zz" the id 2147483648/],
    ['an id that is the length of a list', ids('length'), /gives the token "zz" the id "length"/],
    ['an id that is no whole number', ids(0.5), /the id 0\.5/],
    ['a negative id', ids(-1), /the id -1/],
    ['an id of two tokens', ids(7), /gives the id 7 to two tokens/],
    ['a token of megabytes', model({ vocab: { [longWord]: 0 } }), /a token of 3000000 characters/],
    ['an added token of megabytes', added({ content: longWord }), /at most 2048 characters/],
    ['a million added tokens', { added_tokens: Array(1_000_000).fill({ id: 1, content: 'x' }) }, /at most 20000 entries/],
    ['added tokens that are long together', { added_tokens: Array.from({ length: 200 }, (_, i) => ({ id: i, content: `${i}`.repeat(600) })) }, /added tokens of 294000 characters together/],
    ['an added id beyond all vocabularies', added({ id: 2 ** 40 }), /must be at most/],
    ['merges of one part', model({ merges: ['ab'] }), /"ab" for merge 0/],
    ['merges that are numbers', model({ merges: [1, 2] }), /1 for merge 0/],
    ['merges of three parts', model({ merges: [['a', 'b'], ['a', 'b', 'c']] }), /for merge 1/],
    ['two million merges', model({ merges: Array(2_000_000).fill('a b') }), /2000000 merges/],
    ['an unknown token that is unknown', model({ unk_token: '<none>' }), /no entry for its own "unk_token"/],
    ['an end of words', model({ end_of_word_suffix: longWord }), /must be empty/],
  ])('%s is refused at once', async (_, changes, message) => {
    const json = { ...tokenizerJson(), ...changes };
    const { elapsedMs, grown } = await measured(() => {
      expect(() => new Tokenizer(json, config)).toThrow(message);
      expect(() => new Tokenizer(json, config)).toThrow(expect.objectContaining({ code: 'bad-checkpoint' }));
    });
    expect(elapsedMs).toBeLessThan(3000);
    expect(grown).toBeLessThan(64 * 1024 * 1024);
  }); // prettier-ignore

  test.each([
    ['GPT-2', "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"],
    ['cl100k', "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"],
    ['o200k', "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"],
  ])('the pattern of %s is known, and no text of its runs takes long', async (_, pattern) => {
    const tokenizer = new Tokenizer({ ...tokenizerJson(), pre_tokenizer: split({ Regex: pattern }) }, config);
    const runs = ['A', 'a', ' ', '\n', '1', '!', 'ʰ', '\u0301', "'"].map((one) => one.repeat(3000));
    const { elapsedMs } = await measured(() => {
      for (const run of [...runs, ...runs.map((one) => `${one}\u2603`), runs.join('')]) tokenizer.encode(run);
    });
    expect(elapsedMs).toBeLessThan(5000);
  }); // prettier-ignore

  test('a chat of the hub cannot name tokens that make decoding fail', () => {
    const json = tokenizerJson();
    const odd = { ...config, additional_special_tokens: [{ content: 1 }, null, '__proto__', 'x'.repeat(10)] };
    use(new Tokenizer(json, odd, { eos_token_id: [1, 2] }));
    expect(() => new Tokenizer(json, config, { eos_token_id: 0.5 })).toThrow(/"eos_token_id/);
    expect(() => new Tokenizer(json, config, { eos_token_id: Array(5000).fill(1) })).toThrow(/"eos_token_id/);
  });
});

test('damaged tokenizers are refused with an error of ours or encode and decode in time', async () => {
  const [whole, small] = [tokenizerJson(), smallJson()];
  const inputs = inputsOf(600);
  // A vocabulary has so many places that damage would seldom meet anything else.
  const part = (random: Random): Json => {
    const { model, ...others } = small as Json & { model: Json };
    const { vocab, merges, ...kind } = model;
    const changed = read(damaged({ ...others, model: kind }, random)) as Json;
    const own = changed['model'];
    const isObject = typeof own === 'object' && own !== null && !Array.isArray(own);
    return { ...changed, model: isObject ? { vocab, merges, ...own } : own };
  };
  const read = (bytes: Uint8Array): unknown => strictJson(bytes, refuse);
  const { accepted, refused } = await eachSeed(inputs, { codes: ['bad-checkpoint'] }, (random) => {
    let value: unknown;
    let settings: unknown = config;
    try {
      const kind = random(8);
      value = kind < 5 ? part(random) : kind === 5 ? read(damaged(small, random)) : whole;
      if (kind > 5) settings = read(damaged(config, random));
    } catch {
      value = null; // no JSON, which is refused before
    }
    const read0 = () => use(new Tokenizer(value, settings));
    return { byteLength: bytesOf(value).byteLength, read: read0 };
  });
  expect(accepted).toBeGreaterThan(inputs / 20);
  expect(refused).toBeGreaterThan(inputs / 4);
});
