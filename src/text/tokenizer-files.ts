// What a tokenizer's files may say. They come from strangers, and a library builds tables and regular expressions from
// them: whatever would take more time or memory than the files are worth is refused here, and nothing that is not read
// goes on to the library.

import * as v from 'valibot';
import { Molmo2Error } from '../errors.ts';
import { unknownPiece } from './split-pattern.ts';

/** Far above the 151,936 entries and 500 added tokens of the released models. */
const mostEntries = 1 << 20;
const longestToken = 2048;
const mostAdded = 20_000;
/** The library makes an object for every character of an added token. */
const mostAddedCharacters = 200_000;

const id = v.pipe(
  v.number(),
  v.safeInteger('must be a whole number'),
  v.minValue(0, 'must not be negative'),
  v.maxValue(1 << 24, `must be at most ${1 << 24}`),
);
const token = v.pipe(
  v.string(),
  v.minLength(1, 'must not be empty'),
  v.maxLength(longestToken, `must have at most ${longestToken} characters`),
);
const flag = v.nullish(v.boolean());

/** A list whose length is looked at before its entries are. */
const shortList = <S extends v.GenericSchema>(most: number, entry: S) =>
  v.pipe(
    v.custom<unknown[]>(Array.isArray, 'must be a list'),
    v.check((list) => list.length <= most, `must have at most ${most} entries`),
    v.array(entry),
  );

const addedTokenSchema = v.object({
  id,
  content: token,
  special: v.nullish(v.boolean(), false),
  single_word: flag,
  lstrip: flag,
  rstrip: flag,
  normalized: flag,
});

const plainObject = v.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be an object',
);

const noAffix = v.nullish(v.literal('', 'must be empty'));
const none = v.nullish(v.literal(false, 'must be false'));

const modelSchema = v.object({
  type: v.nullish(v.literal('BPE', 'only "BPE" is read'), 'BPE'),
  // Entries are looked at one by one below: a record schema would copy 150,000 of them.
  vocab: plainObject,
  merges: v.custom<unknown[]>(Array.isArray, 'must be a list'),
  unk_token: v.nullish(token),
  continuing_subword_prefix: noAffix,
  end_of_word_suffix: noAffix,
  fuse_unk: none,
  byte_fallback: none,
  ignore_merges: flag,
});

const knownPattern = v.pipe(
  v.string(),
  v.maxLength(1000, 'must have at most 1000 characters'),
  v.check(
    (pattern) => unknownPiece(pattern) === null,
    ({ input }) => `holds ${JSON.stringify(unknownPiece(input)?.slice(0, 100))}, which is not known to end in time`,
  ),
); // prettier-ignore
const splitSchema = v.object({
  type: v.literal('Split'),
  pattern: v.pipe(
    v.object({ Regex: v.optional(knownPattern), String: v.optional(token) }),
    v.check(({ Regex, String }) => (Regex ?? String) !== undefined, 'must have "Regex" or "String"'),
  ),
  behavior: v.nullish(v.picklist(['Isolated', 'Removed', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'])),
  invert: flag,
}); // prettier-ignore
const byteLevelSchema = v.object({
  type: v.literal('ByteLevel'),
  add_prefix_space: flag,
  trim_offsets: flag,
  use_regex: flag,
});
const digitsSchema = v.object({ type: v.literal('Digits'), individual_digits: flag });

const pieceSchema = v.variant('type', [splitSchema, byteLevelSchema, digitsSchema]);
const sequenceSchema = v.object({
  type: v.literal('Sequence'),
  pretokenizers: shortList(8, pieceSchema),
});
const preTokenizerSchema = v.variant('type', [sequenceSchema, splitSchema, byteLevelSchema, digitsSchema]);

const normalizerSchema = v.object({
  type: v.picklist(['NFC', 'NFD', 'NFKC', 'NFKD'], 'only NFC, NFD, NFKC and NFKD are read'),
});

const tokenizerSchema = v.object({
  added_tokens: shortList(mostAdded, addedTokenSchema),
  normalizer: v.nullish(normalizerSchema, null),
  pre_tokenizer: v.nullish(preTokenizerSchema, null),
  model: modelSchema,
  decoder: v.object({ type: v.literal('ByteLevel', 'only "ByteLevel" is read') }),
}); // prettier-ignore

const nameSchema = v.nullish(v.union([token, v.object({ content: token })]));
const tokenizerConfigSchema = v.object({
  bos_token: nameSchema,
  eos_token: nameSchema,
  additional_special_tokens: v.nullish(shortList(mostAdded, v.unknown())),
});

const generationConfigSchema = v.object({
  eos_token_id: v.nullish(v.union([id, shortList(1000, id)])),
});

export type TokenizerJson = v.InferOutput<typeof tokenizerSchema>;
export type TokenizerConfig = v.InferOutput<typeof tokenizerConfigSchema>;
export type TokenName = v.InferOutput<typeof nameSchema>;

/** Throws the one error of all damaged tokenizer files. */
export function damaged(what: string, cause?: unknown): never {
  throw new Molmo2Error(
    'bad-checkpoint',
    `${what}. Fetch the tokenizer files of the checkpoint again.`,
    cause === undefined ? undefined : { cause },
  );
}

function parse<S extends v.GenericSchema>(schema: S, value: unknown, file: string): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  const place = (v.getDotPath(issue) ?? '(the whole file)').slice(0, 200);
  return damaged(`${file} is damaged at "${place}": ${issue.message.slice(0, 300)}`);
}

/** tokenizer.json, without anything that is not read. Throws `bad-checkpoint`. */
export function parseTokenizerJson(value: unknown): TokenizerJson {
  const json = parse(tokenizerSchema, value, 'tokenizer.json');
  checkVocab(json.model.vocab);
  checkMerges(json.model.merges);
  checkAdded(json);
  return json;
}

export function parseTokenizerConfig(value: unknown): TokenizerConfig {
  return parse(tokenizerConfigSchema, value, 'tokenizer_config.json');
}

/** The ids that generation_config.json names for the end of an answer. Throws `bad-checkpoint`. */
export function parseEosIds(value: unknown): readonly number[] {
  return [parse(generationConfigSchema, value, 'generation_config.json').eos_token_id ?? []].flat();
}

const shown = (value: unknown) => (JSON.stringify(value) ?? 'nothing').slice(0, 80);

/** Ids that are counts up to the number of entries: the library fills a list by them. */
function checkVocab(vocab: Readonly<Record<string, unknown>>): void {
  const entries = Object.entries(vocab);
  if (entries.length > mostEntries)
    damaged(`tokenizer.json has a vocabulary of ${entries.length} entries; at most ${mostEntries} are read`);
  const taken = new Set<number>();
  for (const [name, value] of entries) {
    if (name.length > longestToken)
      damaged(`tokenizer.json has a token of ${name.length} characters; at most ${longestToken} are read`);
    if (!Number.isSafeInteger(value) || (value as number) < 0 || (value as number) >= 2 * mostEntries)
      damaged(`tokenizer.json gives the token ${shown(name)} the id ${shown(value)}`);
    if (taken.has(value as number)) damaged(`tokenizer.json gives the id ${shown(value)} to two tokens`);
    taken.add(value as number);
  }
}

function checkMerges(merges: readonly unknown[]): void {
  if (merges.length > mostEntries)
    damaged(`tokenizer.json has ${merges.length} merges; at most ${mostEntries} are read`);
  const arePairs = Array.isArray(merges[0]);
  const isPart = (part: unknown) => typeof part === 'string' && part.length <= longestToken;
  const wrong = merges.findIndex((merge) =>
    arePairs
      ? !Array.isArray(merge) || merge.length !== 2 || !merge.every(isPart)
      : typeof merge !== 'string' || merge.length > 2 * longestToken + 1 || !merge.includes(' '),
  );
  if (wrong >= 0)
    damaged(`tokenizer.json has ${shown(merges[wrong])} for merge ${wrong}, which is no pair of tokens`);
}

function checkAdded({ added_tokens: added, model }: TokenizerJson): void {
  const characters = added.reduce((sum, { content }) => sum + content.length, 0);
  if (characters > mostAddedCharacters)
    damaged(
      `tokenizer.json has added tokens of ${characters} characters together; at most ${mostAddedCharacters} are read`,
    );
  if (model.unk_token && !Object.hasOwn(model.vocab, model.unk_token))
    damaged(`tokenizer.json has no entry for its own "unk_token" ${shown(model.unk_token)}`);
}
