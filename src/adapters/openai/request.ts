// A request for a chat completion -> the question and its options. What changes an answer and cannot be done is refused by its
// name; what only concerns a service (`user`, `store`, `service_tier` ...) is passed over.

import type { AskInput, AskOptions, Expectation } from '../../api.ts';
import { anyJsonObject } from '../any-json.ts';
import { given, seedFor } from '../answering.ts';
import { mediaAt } from '../media-address.ts';
import { questionOf, type Turn, type TurnPart } from '../turns.ts';
import { notFound, refusal } from './api-error.ts';
import type { ChatCompletionCreateParams } from './completion-types.ts';

export interface Question {
  readonly input: AskInput;
  readonly options: AskOptions;
  readonly includesUsage: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const shown = (value: unknown): string => JSON.stringify(value) ?? String(value);

/** Values that ask for nothing special, of parameters that cannot be answered otherwise. */
const unanswered: Readonly<Record<string, (value: unknown) => boolean>> = {
  tools: (value) => Array.isArray(value) && value.length === 0,
  tool_choice: (value) => value === 'none' || value === 'auto',
  functions: (value) => Array.isArray(value) && value.length === 0,
  function_call: (value) => value === 'none' || value === 'auto',
  audio: () => false,
  modalities: (value) => Array.isArray(value) && value.every((one) => one === 'text'),
  web_search_options: () => false,
  n: (value) => value === 1,
};

function checkUnanswered(body: Fields): void {
  for (const [name, isHarmless] of Object.entries(unanswered)) {
    const value = body[name];
    if (value === undefined || value === null || isHarmless(value)) continue;
    const hint =
      name === 'n'
        ? 'One answer is given at a time: "n" must be 1. Send the request several times, with different seeds.'
        : `"${name}" is not supported by this model. Leave it out.`;
    throw refusal(name, `${hint} It was ${shown(value).slice(0, 80)}.`);
  }
}

/** What is loaded goes by one name; another one was meant for somebody else. */
function checkModel(wanted: unknown, model: string): void {
  if (wanted === undefined || wanted === null || wanted === model) return;
  throw notFound(
    `The model ${shown(wanted)} does not exist here. The one that is loaded is called ${shown(model)}.`,
    'model_not_found',
    'model',
  );
}

function mediaOf(part: Fields, key: 'image_url' | 'video_url', name: string): Uint8Array | URL {
  const value = part[key];
  try {
    return mediaAt(isFields(value) ? value['url'] : value, `${name}.${key}.url`);
  } catch (error) {
    throw refusal(`${name}.${key}.url`, error instanceof Error ? error.message : String(error));
  }
}

function partOf(part: unknown, role: Turn['role'], name: string): TurnPart {
  const type = isFields(part) ? part['type'] : undefined;
  if (isFields(part) && type === 'text' && typeof part['text'] === 'string')
    return { type: 'text', text: part['text'] };
  if (isFields(part) && role === 'user') {
    if (type === 'image_url') return { type: 'image', image: mediaOf(part, 'image_url', name) };
    if (type === 'video_url') return { type: 'video', video: mediaOf(part, 'video_url', name) };
  }
  const known = role === 'user' ? '"text", "image_url" or "video_url"' : `"text" (the role is "${role}")`;
  throw refusal(name, `${name} must be a part of type ${known}, got ${shown(type ?? part).slice(0, 80)}.`);
}

const roles: Readonly<Record<string, Turn['role']>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
};

function turnOf(message: unknown, i: number): Turn {
  const name = `messages[${i}]`;
  if (!isFields(message)) throw refusal(name, `${name} must be { role, content }, got ${shown(message)}.`);
  const role = typeof message['role'] === 'string' ? roles[message['role']] : undefined;
  if (role === undefined)
    throw refusal(
      `${name}.role`,
      `${name}.role must be "system", "developer", "user" or "assistant", got ${shown(message['role'])}. This model calls no tools.`,
    );
  const content = message['content'];
  if (typeof content === 'string') return { role, parts: [{ type: 'text', text: content }] };
  if (Array.isArray(content))
    return { role, parts: content.map((part, j) => partOf(part, role, `${name}.content[${j}]`)) };
  if (role === 'assistant' && (content === null || content === undefined)) return { role, parts: [] };
  throw refusal(`${name}.content`, `${name}.content must be a string or a list of parts.`);
}

function turnsOf(messages: unknown): readonly Turn[] {
  if (!Array.isArray(messages) || messages.length === 0)
    throw refusal('messages', '"messages" must be a list of at least one message.');
  const turns = messages.map(turnOf);
  if (turns.at(-1)?.role === 'assistant')
    throw refusal('messages', 'The last message is the assistant\'s, so that there is nothing to answer. Add one of the user.'); // prettier-ignore
  return turns;
}

/** Whether every picture is wanted in low detail. */
function isLowDetail(messages: unknown): boolean {
  const parts = (Array.isArray(messages) ? messages : []).flatMap((message: unknown): unknown[] =>
    isFields(message) && Array.isArray(message['content']) ? message['content'] : [],
  );
  const images = parts.filter((part) => isFields(part) && part['type'] === 'image_url') as Fields[];
  return (
    images.length > 0 && images.every(({ image_url: image }) => isFields(image) && image['detail'] === 'low')
  );
}

function expectationOf(format: unknown): Expectation | undefined {
  if (format === undefined || format === null) return undefined;
  const type = isFields(format) ? format['type'] : undefined;
  if (type === 'text') return undefined;
  if (type === 'json_object') return { regExp: anyJsonObject };
  const named = isFields(format) && type === 'json_schema' ? format['json_schema'] : undefined;
  if (isFields(named) && isFields(named['schema'])) return { jsonSchema: named['schema'] };
  throw refusal(
    'response_format',
    `"response_format" must be { type: "text" }, { type: "json_object" } or { type: "json_schema", json_schema: { name, schema } }, got ${shown(format).slice(0, 80)}.`,
  );
}

function logprobsOf({ logprobs, top_logprobs: top }: Fields): number | undefined {
  if (logprobs === true) return typeof top === 'number' ? top : 0;
  if (top === undefined || top === null) return undefined;
  throw refusal('top_logprobs', '"top_logprobs" needs "logprobs": true.');
}

/** The parameters that only this model knows. */
function ownOf(body: Fields): {
  readonly media: Partial<AskInput>;
  readonly options: Partial<AskOptions>;
  readonly style: string | undefined;
} {
  const own = body['molmo'] ?? {};
  if (!isFields(own)) throw refusal('molmo', `"molmo" must be an object, got ${shown(own)}.`);
  const { startSec, endSec, maxFrames, maxFps, maxCrops, expect, kv, fit, style, ...others } = own;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw refusal(`molmo.${unknown}`, `"molmo" has no parameter ${shown(unknown)}. It may have style, startSec, endSec, maxFrames, maxFps, maxCrops, expect, kv and fit.`); // prettier-ignore
  return {
    media: given({ startSec, endSec, maxFrames, maxFps, maxCrops }) as Partial<AskInput>,
    options: given({ expect, kv, fit }) as Partial<AskOptions>,
    style: typeof style === 'string' ? style : undefined,
  };
}

/**
 * What a request asks; `model` is what is loaded. Checks what JSON may hold in place of what the types say. Throws `APIError`;
 * numbers out of their ranges are refused by the engine.
 */
export function questionIn(params: ChatCompletionCreateParams, model: string, signal: AbortSignal): Question {
  const body: unknown = params;
  if (!isFields(body)) throw refusal(null, `The request must be an object, got ${shown(body)}.`);
  checkModel(body['model'], model);
  checkUnanswered(body);
  const { media, options, style } = ownOf(body);
  const asked = questionOf(turnsOf(body['messages']), style);
  return {
    input: { ...asked, ...(isLowDetail(body['messages']) && { maxCrops: 1 }), ...media },
    options: {
      signal,
      ...given({
        maxNewTokens: params.max_completion_tokens ?? params.max_tokens,
        temperature: params.temperature,
        topP: params.top_p,
        topK: params.top_k,
        minP: params.min_p,
        seed: seedFor(params.temperature, params.seed),
        stop: params.stop,
        repetitionPenalty: params.repetition_penalty,
        frequencyPenalty: params.frequency_penalty,
        presencePenalty: params.presence_penalty,
        logitBias: params.logit_bias,
        logprobs: logprobsOf(body),
        expect: expectationOf(body['response_format']),
      }),
      ...options,
    },
    includesUsage: params.stream_options?.include_usage === true,
  };
}
