// Decoding: tokens come one after the other, are told to the text stream, until the model ends or the limit is reached.

import type { FinishReason } from '../api.ts';
import { allFinite, largest, sampleToken, seededRandom } from '../decoder/sampling.ts';
import { Molmo2Error } from '../errors.ts';
import { noToken } from '../kernels/tokens/argmax.ts';
import type { AskSettings } from './answer/settings.ts';
import type { TokenLoop } from './token-loop.ts';

export interface GenerateInput {
  /** Logits [V] that follow the prompt. */
  readonly first: Float32Array;
  readonly loop: TokenLoop;
  readonly settings: AskSettings;
  readonly limit: number;
  readonly eosIds: readonly number[];
  /** Ids to feed in place of the model's own choices. */
  readonly forceIds: readonly number[] | null;
  /** Keep the logits of every step. */
  readonly keepLogits: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onToken: (id: number) => void;
}

export interface Generated {
  readonly tokenIds: readonly number[];
  readonly finishReason: FinishReason;
  /** The ids that the cache does not hold yet: the end of sequence, or the last token before the limit. */
  readonly pending: readonly number[];
  /** Row i is the one from which token i was taken. */
  readonly logits: readonly Float32Array[];
}

/**
 * Generates until an end-of-sequence id, the limit, or the last forced id. Throws `not-finite` naming the step, or the
 * signal's own reason.
 */
export async function generate(input: GenerateInput): Promise<Generated> {
  const { signal, forceIds } = input;
  const tokenIds: number[] = [];
  const kept: Float32Array[] = [];
  const limit = forceIds?.length ?? input.limit;
  let finishReason: FinishReason = 'length';
  let pending: number[] = [];
  signal?.throwIfAborted();
  for await (const id of tokens(input, limit, kept)) {
    signal?.throwIfAborted();
    if (id === noToken) throw notFinite(tokenIds.length);
    pending = [id];
    if (!forceIds && input.eosIds.includes(id)) {
      finishReason = 'stop';
      break;
    }
    tokenIds.push(id);
    input.onToken(id);
  }
  signal?.throwIfAborted();
  return { tokenIds, finishReason, pending, logits: kept.slice(0, tokenIds.length) };
}

function notFinite(tokens: number): Molmo2Error {
  const where =
    tokens === 0
      ? 'The logits that follow the prompt are'
      : `The logits of step ${tokens + 1}, behind ${tokens} ${tokens === 1 ? 'token' : 'tokens'} of the answer, are`;
  return new Molmo2Error(
    'not-finite',
    `${where} not finite (NaN or infinite), so no token can be chosen. The weights are damaged, or leave the range of their format: get the model again, or load its checkpoint as f32. If other models fail alike, look for a newer graphics driver.`,
  );
}

/**
 * At most `limit` tokens, which may go on behind an end of sequence; every one but the last is fed. The last is `noToken`
 * where none can be chosen.
 */
function tokens(input: GenerateInput, limit: number, kept: Float32Array[]): AsyncGenerator<number> {
  if (input.forceIds || input.keepLogits) return traced(input, limit, kept);
  return input.settings.sampling.temperature > 0 ? drawn(input, limit) : greedy(input, limit);
}

/** What `choose` takes, or `noToken`. */
function chosen(logits: Float32Array, choose: (logits: Float32Array) => number): number {
  return allFinite(logits) ? choose(logits) : noToken;
}

/** The GPU chooses and feeds by itself, some tokens ahead of us. */
async function* greedy(
  { first, loop, eosIds, signal }: GenerateInput,
  limit: number,
): AsyncGenerator<number> {
  const id = chosen(first, largest);
  yield id;
  if (id === noToken) return;
  yield* loop.greedy(id, { endIds: eosIds, limit: limit - 1, signal });
}

/** Every draw waits for the candidates, so nothing runs ahead. */
async function* drawn({ first, loop, settings }: GenerateInput, limit: number): AsyncGenerator<number> {
  const random = seededRandom(settings.seed);
  let id = chosen(first, (logits) => sampleToken(logits, settings.sampling, random));
  for (let i = 1; i < limit && id !== noToken; i++) {
    yield id;
    id = await loop.draw(id, settings.sampling, random());
  }
  yield id;
}

/** Step by step, with all logits of each step. */
async function* traced(
  { first, loop, settings, forceIds }: GenerateInput,
  limit: number,
  kept: Float32Array[],
): AsyncGenerator<number> {
  const random = seededRandom(settings.seed);
  let logits = first;
  for (let i = 0; i < limit; i++) {
    kept.push(logits);
    const own = chosen(logits, (all) => sampleToken(all, settings.sampling, random));
    if (own === noToken) yield own;
    const id = forceIds?.[i] ?? own;
    yield id;
    if (i + 1 === limit) return;
    loop.feed(id);
    logits = await loop.logits();
  }
}
