// What a chat-completions endpoint answered: a text, a reason to ask again, or a reason to stop. Pure.

import { retryAfterMs } from '../../src/net/retry.ts';
import { complaint, fieldsOf, parsedJson } from '../../src/net/server-words.ts';

/** Tokens of one answer, as the server counted them. */
export interface TokenUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

export type Completion =
  /** `usage` is null where the server does not say. */
  | { readonly kind: 'text'; readonly text: string; readonly usage: TokenUsage | null }
  /** Worth trying again, after this time if the server says one. */
  | { readonly kind: 'again'; readonly why: string; readonly waitMs: number | null; readonly usage?: TokenUsage | null } // prettier-ignore
  /** The server may not take the form in which an answer was asked for. */
  | { readonly kind: 'unsuited'; readonly why: string }
  /** `isForAll`: other questions would meet the same. */
  | { readonly kind: 'stop'; readonly why: string; readonly advice: string; readonly isForAll: boolean; readonly usage?: TokenUsage | null }; // prettier-ignore

/** Reads a whole answer. `nowMs` is what a Retry-After with a date is counted from; `redacted` takes out what is secret. */
export function readCompletion(
  {
    status,
    statusText,
    headers,
    type,
  }: Pick<Response, 'status' | 'statusText' | 'headers'> & { readonly type?: string },
  body: string,
  nowMs: number,
  redacted: (text: string) => string,
): Completion {
  if (type === 'opaqueredirect' || (status >= 300 && status < 400)) return redirected(headers);
  const value = parsedJson(body);
  if (status >= 200 && status < 300) return answered(value, redacted);
  const said = complaint(value, redacted);
  const why = `it answered ${`${status} ${statusText}`.trim()}${said === '' ? '' : `: ${said}`}`;
  const waitMs = retryAfterMs(headers.get('Retry-After'), nowMs);
  if (status === 429 && fieldsOf(fieldsOf(value)['error'])['code'] === 'insufficient_quota')
    return { kind: 'stop', why, advice: 'Pay for more, or use another key.', isForAll: true };
  if (status === 408 || status === 425 || status === 429 || status >= 500)
    return status === 501 ? { kind: 'unsuited', why } : { kind: 'again', why, waitMs };
  if (status === 400 || status === 415 || status === 422) return { kind: 'unsuited', why };
  if (status === 401 || status === 403)
    return { kind: 'stop', why, advice: 'Check the key, and that it may use the model.', isForAll: true };
  const isForAll = status === 402 || status === 404 || status === 405;
  return { kind: 'stop', why, advice: 'Check the address and the name of the model.', isForAll };
}

/** A redirect is not followed: what is asked, and the key, are for the address that was given. */
function redirected(headers: Headers): Completion {
  const location = headers.get('Location') ?? '';
  const target = URL.canParse(location) ? ` to ${new URL(location).origin}` : '';
  const advice = `Nothing was sent there; give that address itself where it is the right one.`;
  return { kind: 'stop', why: `it redirects${target}`, advice, isForAll: true };
}

function usageOf(value: unknown): TokenUsage | null {
  const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = fieldsOf(value);
  const isCount = (count: unknown): count is number => Number.isSafeInteger(count) && Number(count) >= 0;
  return isCount(promptTokens) && isCount(completionTokens) ? { promptTokens, completionTokens } : null;
}

/** The text of a message, which may come in parts. */
function textOf(content: unknown): string | null {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return null;
  const texts = content.map((part) => fieldsOf(part)['text']).filter((text) => typeof text === 'string');
  return texts.length > 0 ? texts.join('') : null;
}

function answered(value: unknown, redacted: (text: string) => string): Completion {
  if (value === undefined) return { kind: 'again', why: 'its answer is no JSON, or was cut', waitMs: null };
  const { choices, error, usage: counted } = fieldsOf(value);
  const usage = usageOf(counted);
  if (error !== undefined && error !== null)
    return {
      kind: 'again',
      why: `it answered with an error: ${complaint(value, redacted)}`,
      waitMs: null,
      usage,
    };
  const first = fieldsOf(Array.isArray(choices) ? choices[0] : undefined);
  const message = fieldsOf(first['message']);
  const stop = (why: string, advice: string): Completion => ({ kind: 'stop', why, advice, isForAll: false, usage }); // prettier-ignore
  if (first['finish_reason'] === 'length')
    return stop('its answer ended at its limit of tokens', 'Raise the limit of the server.');
  if (first['finish_reason'] === 'content_filter' || typeof message['refusal'] === 'string')
    return stop('it refused to answer', 'Look at the caption, or use another model.');
  const text = textOf(message['content']);
  if (text === null || text.trim() === '')
    return { kind: 'again', why: 'its answer holds no text', waitMs: null, usage };
  return { kind: 'text', text, usage };
}
