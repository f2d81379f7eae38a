// Decoding: tokens come one after the other, are told to the text stream, until the model ends or the limit is reached.

import type { FinishReason } from '../../api.ts';
import type { Guide } from '../../constraints/guide.ts';
import { changesLogits, logitsProcessors, type LogitsProcessor } from '../../decoder/logits-processors.ts';
import { logprobsOf, type ChosenLogprobs } from '../../decoder/logprobs.ts';
import { allFinite, largest, sampleToken, seededRandom, type Random } from '../../decoder/sampling.ts';
import { Molmo2Error } from '../../errors.ts';
import { noToken } from '../../kernels/tokens/argmax.ts';
import type { AskSettings } from '../answer/settings.ts';
import { guideProcessor } from '../expect/expected.ts';
import type { AnswerLoop } from './answer-loop.ts';
import type { TokenLoop } from './token-loop.ts';

export interface GenerateInput {
  /** Logits [V] that follow the prompt. */
  readonly first: Float32Array;
  readonly loop: AnswerLoop;
  readonly settings: AskSettings;
  /** All ids that the first logits follow, for penalties; default none. */
  readonly before?: readonly number[];
  /** The first ids, which were chosen and told before the device was lost; default none. */
  readonly again?: readonly number[];
  /** Says which tokens may follow; none where all may. */
  readonly guide?: Guide | null;
  readonly limit: number;
  readonly eosIds: readonly number[];
  /** Ids to feed in place of the model's own choices. */
  readonly forceIds: readonly number[] | null;
  /** Keep the logits of every step. */
  readonly keepLogits: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Told each id, with log probabilities where the settings want them. */
  readonly onToken: (id: number, logprobs: ChosenLogprobs | null) => void;
  /** Whether the ids that were told have ended the text. */
  readonly ended?: () => boolean;
}

export interface Generated {
  readonly tokenIds: readonly number[];
  readonly finishReason: FinishReason;
  /** The ids that the cache does not hold yet: the end of sequence, or the last token before the limit. */
  readonly pending: readonly number[];
  /** Row i is the one from which token i was taken. */
  readonly logits: readonly Float32Array[];
}

/** A token on its way, with the logits [V] from which it was taken where these were read. */
interface Step {
  readonly id: number;
  readonly logits: Float32Array | null;
}

/**
 * Generates until an end-of-sequence id, the end of the text, the limit, or the last forced id. Throws `not-finite` naming
 * the step, or the signal's own reason.
 */
export async function generate(input: GenerateInput): Promise<Generated> {
  const { signal, forceIds, guide } = input;
  const { logprobs } = input.settings;
  const tokenIds: number[] = [];
  const kept: Float32Array[] = [];
  const limit = forceIds?.length ?? input.limit;
  let finishReason: FinishReason = 'length';
  let pending: number[] = [];
  signal?.throwIfAborted();
  for await (const { id, logits } of steps(input, limit)) {
    signal?.throwIfAborted();
    if (id === noToken) throw notFinite(tokenIds.length);
    pending = [id];
    if (!forceIds && input.eosIds.includes(id)) {
      finishReason = 'stop';
      break;
    }
    tokenIds.push(id);
    if (logits && input.keepLogits) kept.push(logits);
    input.onToken(id, logits && logprobs !== null ? logprobsOf(logits, id, logprobs) : null);
    guide?.take(id);
    if (!forceIds && (guide?.isComplete || input.ended?.())) {
      finishReason = 'stop';
      break;
    }
  }
  signal?.throwIfAborted();
  return { tokenIds, finishReason, pending, logits: kept };
}

/** Why no token follows `tokens` of an answer. */
export function notFinite(tokens: number): Molmo2Error {
  const where =
    tokens === 0
      ? 'The logits that follow the prompt are'
      : `The logits of step ${tokens + 1}, behind ${tokens} ${tokens === 1 ? 'token' : 'tokens'} of the answer, are`;
  return new Molmo2Error(
    'not-finite',
    `${where} not finite (NaN or infinite), so no token can be chosen. The weights are damaged, or leave the range of their format: get the model again, or load its checkpoint as f32. If other models fail alike, look for a newer graphics driver.`,
  );
}

/** How tokens are chosen, and who looks at their logits. */
export type Manner = Pick<GenerateInput, 'settings' | 'forceIds' | 'keepLogits'>;

/** Whether the logits come here at every step: whoever wants the model's own has them changed on this side. */
function readsLogits({ settings, forceIds, keepLogits }: Manner): boolean {
  return forceIds !== null || keepLogits || settings.logprobs !== null;
}

/** Asks for the memory of such an answer, before it begins. Throws `out-of-memory`. */
export async function equipLoop({ ahead }: AnswerLoop, manner: Manner): Promise<void> {
  const { settings } = manner;
  if (!ahead || readsLogits(manner)) return;
  const draws = settings.sampling.temperature > 0;
  await ahead.equip({ changes: changesLogits(settings), draws, masks: settings.expect !== null });
}

/**
 * At most `limit` tokens, which may go on behind an end of sequence; every one but the last is fed. The last is `noToken`
 * where none can be chosen.
 */
async function* steps(input: GenerateInput, limit: number): AsyncGenerator<Step> {
  const { settings, guide, before = [], again = [] } = input;
  const { ahead } = input.loop;
  const own = logitsProcessors(settings, before);
  const processors = guide ? [...own, guideProcessor(guide)] : own;
  const isRead = readsLogits(input);
  await ahead?.penalize(!isRead && changesLogits(settings) ? settings : null, before);
  if (isRead || !ahead) {
    yield* stepwise(input, processors, limit);
    return;
  }
  const choosing = { ...input, loop: ahead };
  if (again.length === 0) {
    yield* chosenSteps(choosing, processors, limit);
    return;
  }
  for (const id of again.slice(0, limit)) yield { id, logits: null };
  if (again.length >= limit) return;
  // The GPU has changed these logits as the options say.
  const first = await ahead.feedAll(again, input.signal);
  yield* chosenSteps({ ...choosing, first }, guide ? [guideProcessor(guide)] : [], limit - again.length);
}

/** An answer whose tokens the device chooses. */
interface Chosen extends GenerateInput {
  readonly loop: TokenLoop;
}

/** `processors` change the first logits on this side. */
function chosenSteps(
  input: Chosen,
  processors: readonly LogitsProcessor[],
  limit: number,
): AsyncGenerator<Step> {
  const { settings, guide } = input;
  const { sampling, penalties } = settings;
  if (guide && sampling.temperature === 0 && penalties.repetition < hugePenalty)
    return expected(input, guide, processors, limit);
  if (guide) return guided(input, guide, processors, limit);
  return sampling.temperature > 0 ? drawn(input, processors, limit) : greedy(input, processors, limit);
}

/** The numbers of an answer's draws, behind those of the tokens that are chosen already: one for each. */
function drawNumbers({ settings, again = [] }: GenerateInput): Random {
  const random = seededRandom(settings.seed);
  again.forEach(random);
  return random;
}

/** What `choose` takes, or `noToken`. */
export function chosen(logits: Float32Array, choose: (logits: Float32Array) => number): number {
  return allFinite(logits) ? choose(logits) : noToken;
}

/** The GPU chooses and feeds by itself, some tokens ahead of us. */
async function* greedy(
  { first, loop, eosIds, signal }: Chosen,
  processors: readonly LogitsProcessor[],
  limit: number,
): AsyncGenerator<Step> {
  const id = chosen(first, (logits) => largest(processed(logits, processors)));
  yield { id, logits: null };
  if (id === noToken) return;
  const ahead = loop.greedy(id, { endIds: eosIds, limit: limit - 1, signal });
  for await (const next of ahead) yield { id: next, logits: null };
}

/** Every draw waits for the candidates, so nothing runs ahead. */
async function* drawn(
  input: Chosen,
  processors: readonly LogitsProcessor[],
  limit: number,
): AsyncGenerator<Step> {
  const { first, loop, settings } = input;
  const random = drawNumbers(input);
  let id = chosen(first, (logits) => sampleToken(processed(logits, processors), settings.sampling, random));
  for (let i = 1; i < limit && id !== noToken; i++) {
    yield { id, logits: null };
    id = await loop.draw(id, settings.sampling, random());
  }
  yield { id, logits: null };
}

/** From here on logits that are allowed may become less likely than what stands for those that are not. */
const hugePenalty = 1e4;

/** The GPU chooses among what is allowed and feeds it by itself; the next choice waits for its mask. */
async function* expected(
  { first, loop, eosIds, signal }: Chosen,
  guide: Guide,
  processors: readonly LogitsProcessor[],
  limit: number,
): AsyncGenerator<Step> {
  const id = chosen(first, (logits) => largest(processed(logits, processors)));
  yield { id, logits: null };
  if (id === noToken) return;
  const likeliest = loop.expected(id, () => guide.mask, { endIds: eosIds, limit: limit - 1, signal });
  for await (const next of likeliest) yield { id: next, logits: null };
}

/**
 * Every draw waits for the mask, which waits for the token before it: while the GPU computes the logits of a token, the mask
 * of what may follow it is made here.
 */
async function* guided(
  input: Chosen,
  guide: Guide,
  processors: readonly LogitsProcessor[],
  limit: number,
): AsyncGenerator<Step> {
  const { first, loop, settings } = input;
  const { sampling } = settings;
  const random = drawNumbers(input);
  let id = chosen(first, (logits) => sampleToken(processed(logits, processors), sampling, random));
  for (let i = 1; i < limit && id !== noToken; i++) {
    yield { id, logits: null };
    loop.feed(id);
    const number = random();
    id = await loop.choose(guide.mask, sampling, number);
    if (id === noToken || guide.allows(id)) continue;
    // Options have made all that is allowed less likely than what stands for the rest.
    const logits = processed(await loop.logits(), [guideProcessor(guide)]);
    id = sampleToken(logits, sampling, () => number);
  }
  yield { id, logits: null };
}

/** Step by step, with all logits of each step. */
async function* stepwise(
  input: GenerateInput,
  processors: readonly LogitsProcessor[],
  limit: number,
): AsyncGenerator<Step> {
  const { loop, settings, forceIds, again = [] } = input;
  const random = seededRandom(settings.seed);
  const choose = (logits: Float32Array) =>
    sampleToken(processed(logits, processors), settings.sampling, random);
  let logits = input.first;
  for (let i = 0; i < limit; i++) {
    const own = chosen(logits, choose);
    if (own === noToken) yield { id: own, logits };
    const id = forceIds?.[i] ?? again[i] ?? own;
    yield { id, logits };
    if (i + 1 === limit) return;
    for (const processor of processors) processor.take?.(id);
    loop.feed(id);
    logits = await loop.logits();
  }
}

/** The logits behind all processors; the model's own stay as they are. */
export function processed(logits: Float32Array, processors: readonly LogitsProcessor[]): Float32Array {
  if (processors.length === 0) return logits;
  const copy = logits.slice();
  for (const processor of processors) processor.apply(copy);
  return copy;
}
