// Words <-> token ids: a checkpoint's tokenizer.json behind the few questions that the engine asks.

import { Tokenizer as HfTokenizer } from '@huggingface/tokenizers';
import { tokenBytes } from './byte-alphabet.ts';
import {
  damaged,
  parseEosIds,
  parseTokenizerConfig,
  parseTokenizerJson,
  type TokenizerConfig,
  type TokenizerJson,
  type TokenName,
} from './tokenizer-files.ts';

/**
 * Tokens that only the template and the preprocessor may write. They count as special even in a file that does not
 * flag them, or typed text could fake a picture or a turn.
 */
const controlTokens: ReadonlySet<string> = new Set([
  '<|im_start|>',
  '<|im_end|>',
  '<|image|>',
  '<|video|>',
  '<im_start>',
  '<im_end>',
  '<im_patch>',
  '<im_col>',
  '<im_low>',
  '<low_res_im_start>',
  '<frame_start>',
  '<frame_end>',
]);

/** Everything that the two underlying tokenizers and the id tables are made from. */
function build(read: TokenizerJson, config: TokenizerConfig) {
  // A post-processor would add tokens around a text, which only the template does here.
  const json = { ...read, post_processor: null };
  const special = (token: { content: string; special: boolean }) =>
    token.special || controlTokens.has(token.content);
  try {
    const full = new HfTokenizer(json, config);
    // Typed text is split at the other added tokens only. The big model is built once and shared: it already knows
    // every added token, and the empty one exists for a moment.
    const plain = new HfTokenizer(
      {
        ...json,
        added_tokens: json.added_tokens.filter((token) => !special(token)),
        model: { ...json.model, vocab: {}, merges: [] },
      },
      config,
    );
    plain.model = full.model;
    return { full, plain };
  } catch (cause) {
    return damaged(
      `tokenizer.json cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      cause,
    );
  }
}

const nothing = new Uint8Array(0);

/** A byte-level BPE tokenizer. Building one takes most of a second for 150,000 entries: build it once, in a worker. */
export class Tokenizer {
  /** Put in front of every prompt. Qwen models have no token of their own for it and use the end-of-sequence token. */
  readonly bosId: number;
  /** Ids that end an answer. */
  readonly eosIds: readonly number[];
  readonly #full: HfTokenizer;
  readonly #plain: HfTokenizer;
  readonly #added: ReadonlySet<string>;
  readonly #special: ReadonlySet<string>;

  /** Takes the parsed files. Throws `bad-checkpoint` when one is damaged. */
  constructor(tokenizerJson: unknown, tokenizerConfig: unknown, generationConfig: unknown = {}) {
    const json = parseTokenizerJson(tokenizerJson);
    const config = parseTokenizerConfig(tokenizerConfig);
    const generationEosIds = parseEosIds(generationConfig ?? {});
    const { full, plain } = build(json, config);
    this.#full = full;
    this.#plain = plain;
    this.#added = new Set(json.added_tokens.map((token) => token.content));
    this.#special = new Set([
      ...json.added_tokens.filter((token) => token.special).map((token) => token.content),
      ...(config.additional_special_tokens ?? []).filter((name) => typeof name === 'string'),
    ]);
    const eosId = this.#namedId(config.eos_token, 'eos_token');
    const bosId = this.#namedId(config.bos_token, 'bos_token') ?? eosId;
    if (bosId === undefined) damaged('tokenizer_config.json names neither "bos_token" nor "eos_token"');
    this.bosId = bosId;
    const ids = [eosId, ...generationEosIds, this.tokenId('<|im_end|>')];
    this.eosIds = [...new Set(ids.filter((id) => id !== undefined))];
    if (this.eosIds.length === 0)
      damaged('Neither tokenizer_config.json nor generation_config.json names a token that ends an answer');
  }

  /** Ids of typed text. Special tokens in it are ordinary characters. */
  encode(text: string): number[] {
    return this.#plain.encode(text, { add_special_tokens: false }).ids;
  }

  /** Ids of rendered text in which the names of special tokens mean these tokens. Never for text that a user typed. */
  encodeWithSpecial(text: string): number[] {
    return this.#full.encode(text, { add_special_tokens: false }).ids;
  }

  /** The text of ids; bytes that are no UTF-8 become U+FFFD. Spaces are never cleaned up, so pieces can be joined. */
  decode(ids: readonly number[], options: { readonly skipSpecialTokens?: boolean } = {}): string {
    if (ids.length === 0) return '';
    return this.#full.decode([...ids], {
      skip_special_tokens: options.skipSpecialTokens ?? true,
      clean_up_tokenization_spaces: false,
    });
  }

  /** The bytes of an ordinary token, the text of an added one, and nothing for special tokens and unknown ids. */
  piece(id: number): Uint8Array | string {
    const token = this.#full.id_to_token(id);
    if (token === undefined || this.#special.has(token)) return nothing;
    return this.#added.has(token) ? token : tokenBytes(token);
  }

  /** The id of a token by its name, for example `<|im_end|>`. */
  tokenId(name: string): number | undefined {
    return this.#full.token_to_id(name);
  }

  #namedId(token: TokenName, key: string): number | undefined {
    if (token === null || token === undefined) return undefined;
    const name = typeof token === 'string' ? token : token.content;
    const id = this.tokenId(name);
    return (
      id ?? damaged(`tokenizer_config.json has "${key}" ${JSON.stringify(name)}, which tokenizer.json lacks`)
    );
  }
}
