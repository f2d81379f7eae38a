// One chunk of a streamed answer, read without trusting it. docs/remote.md has its shape and where that was read.

import type { ChosenToken, TokenLogprob } from '../../api.ts';
import { fieldsOf, parsedJson } from '../../net/server-words.ts';

export interface Chunk {
  readonly text: string;
  readonly ids: readonly number[];
  /** One for each token, where they were asked for. */
  readonly logprobs: readonly ChosenToken[];
  /** Why the answer ends here; null where it goes on. */
  readonly finish: string | null;
  /** Whether a stop string ended it. */
  readonly isStopped: boolean;
  readonly usage: { readonly promptTokens: number; readonly newTokens: number } | null;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** The id that a server does not say. */
const unknownId = -1;

function logprobOf(value: unknown, id: number): TokenLogprob {
  const { token, logprob } = fieldsOf(value);
  return { id, text: textOf(token), logprob: typeof logprob === 'number' ? logprob : -Infinity };
}

/** Servers name tokens by what they spell, and the chosen ones by ids beside them. */
function chosenOf(value: unknown, id: number): ChosenToken {
  const chosen = logprobOf(value, id);
  const top = listOf(fieldsOf(value)['top_logprobs'])
    .map((one) => logprobOf(one, textOf(fieldsOf(one)['token']) === chosen.text ? id : unknownId))
    .sort((a, b) => b.logprob - a.logprob);
  return { ...chosen, top };
}

function usageOf(value: unknown): Chunk['usage'] {
  const { prompt_tokens: promptTokens, completion_tokens: newTokens } = fieldsOf(value);
  return isCount(promptTokens) && isCount(newTokens) ? { promptTokens, newTokens } : null;
}

/** What an event's data says; undefined where it is no chunk. The token that ends an answer is not among its ids. */
export function chunkOf(data: string): Chunk | undefined {
  const { choices, usage } = fieldsOf(parsedJson(data));
  if (!Array.isArray(choices)) return undefined;
  const { delta, logprobs, finish_reason, stop_reason, token_ids } = fieldsOf(choices[0]);
  const finish = typeof finish_reason === 'string' ? finish_reason : null;
  const isStopped = finish === 'stop' && typeof stop_reason === 'string';
  const isEnded = finish === 'stop' && !isStopped;
  const ids = listOf(token_ids).filter(isCount);
  const said = listOf(fieldsOf(logprobs)['content']).map((one, i) => chosenOf(one, ids[i] ?? unknownId));
  const kept = <T>(list: readonly T[]) => (isEnded ? list.slice(0, -1) : list);
  return {
    text: textOf(fieldsOf(delta)['content']),
    ids: kept(ids),
    logprobs: kept(said),
    finish,
    isStopped,
    usage: usageOf(usage),
  };
}
