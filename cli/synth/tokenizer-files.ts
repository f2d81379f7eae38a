// A byte-level tokenizer of the right size: one token per byte, filler up to the chat's and the picture's own tokens.

import { archOf, visionTokens, type ArchName } from './arch.ts';

// One pre-token per run of letters, digit, run of signs or run of spaces.
const pattern =
  '[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';

/** The printable character that stands for each byte in byte-level vocabularies. */
function byteCharacters(): string[] {
  const printable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  let other = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : other++));
}

/** tokenizer.json, tokenizer_config.json and generation_config.json, by name. */
export function tokenizerFiles(name: ArchName): Record<string, unknown> {
  const { text, chat } = archOf(name);
  const own = new Map<number, string>([
    [chat.endOfText, '<|endoftext|>'],
    [chat.turnStart, '<|im_start|>'],
    [chat.turnEnd, '<|im_end|>'],
    ...visionTokens.map((token, i): [number, string] => [text.vocab_size + i, token]),
  ]);
  const vocab: Record<string, number> = {};
  byteCharacters().forEach((character, byte) => (vocab[character] = byte));
  // Two characters at least, so that no filler is a byte's token.
  for (let id = 256; id < text.vocab_size; id++) if (!own.has(id)) vocab[`~${id.toString(36)}`] = id;
  return {
    'tokenizer.json': {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: [...own].map(([id, content]) => ({
        id,
        content,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      })),
      normalizer: { type: 'NFC' },
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false },
          { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
        ],
      },
      post_processor: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
      decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: '',
        end_of_word_suffix: '',
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: false,
        vocab,
        merges: [],
      },
    },
    'tokenizer_config.json': {
      tokenizer_class: 'Qwen2Tokenizer',
      bos_token: '<|im_end|>',
      eos_token: '<|im_end|>',
      pad_token: '<|endoftext|>',
      model_max_length: 1_010_000,
      clean_up_tokenization_spaces: false,
    },
    'generation_config.json': {
      bos_token_id: chat.turnEnd,
      eos_token_id: chat.turnEnd,
      pad_token_id: chat.endOfText,
    },
  };
}
