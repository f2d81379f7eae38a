// Answers -> completions and their chunks.

import type { Answer, AskEvent, ChosenToken, TokenLogprob } from '../../api.ts';
import type {
  ChatCompletion,
  ChatCompletionChunk,
  CompletionUsage,
  FoundPlaces,
  Logprobs,
} from './completion-types.ts';

/** What all chunks of an answer have in common. */
export interface Heading {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
}

export function heading(model: string): Heading {
  const id = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
  return { id: `chatcmpl-${id}`, created: Math.floor(Date.now() / 1000), model };
}

function spelled({ text, logprob }: TokenLogprob): {
  token: string;
  logprob: number;
  bytes: number[] | null;
} {
  // JSON knows no infinity; this is what the API writes for a token that was impossible.
  const finite = Number.isFinite(logprob) ? logprob : -9999;
  const isPart = text.includes('\uFFFD');
  return { token: text, logprob: finite, bytes: isPart ? null : [...new TextEncoder().encode(text)] };
}

function logprobsOf(tokens: readonly ChosenToken[] | undefined): Logprobs | null {
  if (tokens === undefined) return null;
  const content = tokens.map((token) => ({ ...spelled(token), top_logprobs: token.top.map(spelled) }));
  return { content, refusal: null };
}

function usageOf({ usage: { promptTokens, newTokens } }: Answer): CompletionUsage {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: newTokens,
    total_tokens: promptTokens + newTokens,
  };
}

const placesOf = ({ points, tracks, count }: Answer): FoundPlaces => ({ points, tracks, count });

const reasonOf = ({ finishReason }: Answer): 'stop' | 'length' =>
  finishReason === 'length' ? 'length' : 'stop';

export function completionOf(answer: Answer, { id, created, model }: Heading): ChatCompletion {
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: answer.text, refusal: null, molmo: placesOf(answer) },
        logprobs: logprobsOf(answer.logprobs),
        finish_reason: reasonOf(answer),
      },
    ],
    usage: usageOf(answer),
  };
}

type Choice = ChatCompletionChunk['choices'][number];

/** The chunks of an answer as it is written: a role, pieces of text, the reason why it ended, and maybe what it took. */
export async function* chunksOf(
  events: AsyncIterable<AskEvent>,
  { id, created, model }: Heading,
  { includesUsage }: { readonly includesUsage: boolean },
): AsyncGenerator<ChatCompletionChunk, void, undefined> {
  const chunk = (choices: Choice[], usage: CompletionUsage | null = null): ChatCompletionChunk => ({
    id,
    object: 'chat.completion.chunk',
    created,
    model,
    choices,
    ...(includesUsage && { usage }),
  });
  const choice = (delta: Choice['delta'], logprobs: Logprobs | null = null): Choice => ({
    index: 0,
    delta,
    logprobs,
    finish_reason: null,
  });
  yield chunk([choice({ role: 'assistant', content: '' })]);
  for await (const event of events) {
    if (event.type === 'text') yield chunk([choice({ content: event.text }, logprobsOf(event.logprobs))]);
    if (event.type !== 'done') continue;
    const { answer } = event;
    yield chunk([{ ...choice({ molmo: placesOf(answer) }), finish_reason: reasonOf(answer) }]);
    if (includesUsage) yield chunk([], usageOf(answer));
  }
}
