// The decode loop: a token is chosen, told to the text stream, fed back, until the model ends or the limit is reached.

import type { FinishReason } from '../api.ts';
import { sampleToken, seededRandom } from '../decoder/sampling.ts';
import type { AskSettings } from './settings.ts';
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

/** Generates until an end-of-sequence id, the limit, or the last forced id. Throws the signal's own reason. */
export async function generate(input: GenerateInput): Promise<Generated> {
  const { loop, settings, signal, forceIds, keepLogits } = input;
  const random = seededRandom(settings.seed);
  const needsLogits = keepLogits || settings.sampling.temperature > 0;
  const tokenIds: number[] = [];
  const kept: Float32Array[] = [];
  const limit = forceIds?.length ?? input.limit;
  let logits: Float32Array | null = input.first;
  let finishReason: FinishReason = 'length';
  let pending: number[] = [];
  while (tokenIds.length < limit) {
    signal?.throwIfAborted();
    if (keepLogits && logits) kept.push(logits);
    const own = logits ? sampleToken(logits, settings.sampling, random) : await loop.winner();
    const id = forceIds?.[tokenIds.length] ?? own;
    if (!forceIds && input.eosIds.includes(id)) {
      finishReason = 'stop';
      pending = [id];
      if (keepLogits) kept.pop();
      break;
    }
    tokenIds.push(id);
    input.onToken(id);
    if (tokenIds.length === limit) {
      pending = [id];
      break;
    }
    loop.feed(id);
    logits = needsLogits ? await loop.logits() : null;
  }
  signal?.throwIfAborted();
  return { tokenIds, finishReason, pending, logits: kept };
}
