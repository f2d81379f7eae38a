// Words <-> token ids: a checkpoint's tokenizer.json behind the few questions that the engine asks.

import { Tokenizer as HfTokenizer } from '@huggingface/tokenizers';
import * as v from 'valibot';
import { Molmo2Error } from '../errors.ts';
import { tokenBytes } from './byte-alphabet.ts';

const addedTokenSchema = v.looseObject({
  id: v.pipe(v.number(), v.integer(), v.minValue(0)),
  content: v.pipe(v.string(), v.minLength(1)),
  special: v.optional(v.boolean(), false),
});

const plainObject = v.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be an object',
);

const tokenizerSchema = v.looseObject({
  added_tokens: v.array(addedTokenSchema),
  model: v.looseObject({
    type: v.optional(v.literal('BPE', 'only "BPE" is read'), 'BPE'),
    vocab: plainObject,
    merges: v.pipe(v.custom<unknown[]>(Array.isArray, 'must be a list')),
  }),
  decoder: v.looseObject({ type: v.literal('ByteLevel', 'only "ByteLevel" is read') }),
});

const nameSchema = v.optional(v.nullable(v.union([v.string(), v.looseObject({ content: v.string() })])));
const tokenizerConfigSchema = v.looseObject({
  bos_token: nameSchema,
  eos_token: nameSchema,
  additional_special_tokens: v.optional(v.nullable(v.array(v.unknown()))),
});

const generationConfigSchema = v.looseObject({
  eos_token_id: v.optional(v.nullable(v.union([v.number(), v.array(v.number())]))),
});

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

function damaged(what: string, cause?: unknown): never {
  throw new Molmo2Error(
    'bad-checkpoint',
    `${what}. Fetch the tokenizer files of the checkpoint again.`,
    cause === undefined ? undefined : { cause },
  );
}

function parse<S extends v.GenericSchema>(schema: S, value: unknown, file: string): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  return damaged(`${file} is damaged at "${v.getDotPath(issue) ?? '(the whole file)'}": ${issue.message}`);
}

/** Everything that the two underlying tokenizers and the id tables are made from. */
function build(
  json: v.InferOutput<typeof tokenizerSchema>,
  config: v.InferOutput<typeof tokenizerConfigSchema>,
) {
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
    const json = parse(tokenizerSchema, tokenizerJson, 'tokenizer.json');
    const config = parse(tokenizerConfigSchema, tokenizerConfig, 'tokenizer_config.json');
    const generation = parse(generationConfigSchema, generationConfig ?? {}, 'generation_config.json');
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
    const ids = [eosId, generation.eos_token_id ?? [], this.tokenId('<|im_end|>')].flat();
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

  #namedId(token: v.InferOutput<typeof nameSchema>, key: string): number | undefined {
    if (token === null || token === undefined) return undefined;
    const name = typeof token === 'string' ? token : token.content;
    const id = this.tokenId(name);
    return (
      id ?? damaged(`tokenizer_config.json has "${key}" ${JSON.stringify(name)}, which tokenizer.json lacks`)
    );
  }
}
