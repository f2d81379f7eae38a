// What a server that gave no answer meant by it: whether it is asked again, and what its user can do. Pure.

import type { Molmo2ErrorCode } from '../../errors.ts';

/** Why there is no answer. */
export interface Refusal {
  readonly why: string;
  readonly code: Molmo2ErrorCode;
  readonly advice: string;
  /** Whether it may pass if the same is asked again. */
  readonly mayPass: boolean;
  /** How long the server asks to wait; null where it does not say. */
  readonly waitMs: number | null;
}

/** Thrown inside the adapter; its users see a `Molmo2Error`. */
export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.why);
    this.refusal = refusal;
  }
}

const again = 'Try again later, or look at what the server logs.';

/** The connection, or what came over it, broke in a way that may pass. */
export function broken(why: string, waitMs: number | null = null): Refusal {
  return { why, code: 'network', advice: again, mayPass: true, waitMs };
}

/** The connection was not made, or not answered. */
export function unreachable(why: string): Refusal {
  const advice =
    'Check baseURL and that the server runs; a page of another origin must be let in (vllm serve --allowed-origins).';
  return { ...broken(why), advice };
}

/** Nothing came for too long: asked again it would do the same work again. */
export function silent(limitMs: number, hasBegun: boolean): Refusal {
  const name = hasBegun ? 'silenceMs' : 'firstTokenMs';
  const advice = `Raise the option ${name} where it is busy, or look at what the server logs.`;
  return { ...broken(`it said nothing for ${limitMs / 1000} s`), advice, mayPass: false };
}

const codes: readonly (readonly [RegExp, Molmo2ErrorCode, string])[] = [
  [
    /context length|max_model_len|max_tokens|longer than the maximum/i,
    'context-full',
    'Ask for fewer new tokens (maxNewTokens), with fewer frames (maxFrames) or crops (maxCrops), or serve the model with a larger --max-model-len.',
  ],
  [
    /\b(fetch|load|decode|identify|open)\b.*\b(image|video|media|file|url)/i,
    'media-unreadable',
    'Check that the server can reach and read it, or pass its bytes instead of a URL.',
  ],
];

/** What a status and the words with it mean. `said` is without secrets. */
export function refusalOf(
  status: number,
  said: string,
  model: string,
  waitMs: number | null = null,
): Refusal {
  const why = `it answered ${status}${said === '' ? '' : `: ${said}`}`;
  const final = (code: Molmo2ErrorCode, advice: string): Refusal => ({ why, code, advice, mayPass: false, waitMs: null }); // prettier-ignore
  if (status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501))
    return broken(why, waitMs);
  if (status === 401 || status === 403)
    return final('network', 'Check apiKey, and that it may use the model.');
  if (status === 404 && /model/i.test(said))
    return final('unknown-model', `Give the name that it serves the model under in place of "${model}"; GET /v1/models lists them.`); // prettier-ignore
  if (status === 404 || status === 405) return final('network', 'Check baseURL: it usually ends with /v1.');
  if (status === 413)
    return final('media-too-large', 'Send less, or a URL of the video, or raise what the server or its proxy takes.'); // prettier-ignore
  if (status !== 400 && status !== 422) return final('network', again);
  const [, code, advice] = codes.find(([words]) => words.test(said)) ?? [];
  return final(code ?? 'bad-request', advice ?? 'Change the question or the options that it names.');
}
