// A server on this machine that answers as vLLM's `/v1/chat/completions` does, chunk by chunk in the shapes of docs/remote.md, and
// misbehaves as it is told, one fault per request.

import type { ServerResponse } from 'node:http';
import {
  type ChatServer,
  sendJson,
  sendStatus,
  sendWebPage,
  startChatServer,
  type StatusFault,
} from './chat-server.ts';

/** What befalls a request. `after` pieces of the answer come before it; from 1 on the asker has seen some of it. */
export type VllmFault =
  | (StatusFault & { readonly message?: string })
  | { readonly kind: 'redirect' | 'web-page' | 'no-stream' | 'refuses' }
  | {
      readonly kind: 'reset' | 'end' | 'silence' | 'garbage' | 'error' | 'abort' | 'half-chunk';
      readonly after: number;
      readonly status?: number;
    }
  /** What must not matter. */
  | { readonly kind: 'bytewise' | 'crlf' | 'comments' | 'without-usage' | 'without-done' | 'in-one' };

export interface VllmPart {
  readonly type: 'text' | 'image_url' | 'video_url';
  readonly text?: string;
  readonly image_url?: { readonly url: string };
  readonly video_url?: { readonly url: string };
}

export interface VllmBody {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string | readonly VllmPart[] }[];
  readonly stream: boolean;
  readonly [field: string]: unknown;
}

/** An answer in pieces; a piece may be empty, as of half a character. */
export interface VllmAnswer {
  readonly pieces: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    readonly logprobs?: readonly object[];
  }[];
  readonly finish: 'stop' | 'length';
  readonly stopReason?: string;
  readonly eosId: number;
}

export interface VllmServer extends ChatServer<VllmBody, VllmFault> {
  answer: (body: VllmBody) => VllmAnswer;
}

const errorBody = (status: number, message: string, type = 'BadRequestError') =>
  JSON.stringify({ error: { message, type, param: null, code: status } });

/** The events of an answer: the role, the pieces, the last of them with the reason, and the usage. */
function eventsOf(
  { pieces, finish, stopReason, eosId }: VllmAnswer,
  body: VllmBody,
  fault: VllmFault | undefined,
): string[] {
  const common = {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_760_000_000,
    model: body.model,
  };
  const event = (choices: readonly object[], more: object = {}) =>
    `data: ${JSON.stringify({ ...common, choices, ...more })}\n\n`;
  const first = event([{ index: 0, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null }], { prompt_token_ids: [1, 2, 3] }); // prettier-ignore
  const isEos = finish === 'stop' && stopReason === undefined;
  const all = isEos ? [...pieces, { text: '', ids: [eosId], logprobs: [{ token: '<|im_end|>', logprob: -0.1, top_logprobs: [] }] }] : pieces; // prettier-ignore
  const joined = fault?.kind === 'in-one' ? [{ text: all.map(({ text }) => text).join(''), ids: all.flatMap(({ ids }) => ids), logprobs: all.flatMap(({ logprobs }) => logprobs ?? []) }] : all; // prettier-ignore
  const events = joined.map(({ text, ids, logprobs }, i) => {
    const isLast = i === joined.length - 1;
    return event([
      {
        index: 0,
        delta: { content: text },
        logprobs: body['logprobs'] ? { content: logprobs ?? [] } : null,
        finish_reason: isLast ? finish : null,
        ...(isLast && { stop_reason: stopReason ?? null }),
        ...(body['return_token_ids'] === true && { token_ids: ids }),
      },
    ]);
  });
  const newTokens = joined.reduce((sum, { ids }) => sum + ids.length, 0);
  const usage = { prompt_tokens: 100, total_tokens: 100 + newTokens, completion_tokens: newTokens };
  const ends = [
    ...(fault?.kind === 'without-usage' ? [] : [event([], { usage })]),
    ...(fault?.kind === 'without-done' ? [] : ['data: [DONE]\n\n']),
  ];
  return [first, ...events, ...ends];
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function stream(
  events: readonly string[],
  response: ServerResponse,
  fault: VllmFault | undefined,
): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
  const write = (data: string | Uint8Array) =>
    new Promise<void>((resolve) => response.write(data, () => resolve()));
  for (const [i, event] of events.entries()) {
    if (response.destroyed) return;
    if (fault && 'after' in fault && i === fault.after + 1) return broken(response, fault, write, event);
    if (fault?.kind === 'comments') await write(': still here\n\n');
    const text = fault?.kind === 'crlf' ? event.replaceAll('\n', '\r\n') : event;
    if (fault?.kind !== 'bytewise') await write(text);
    else for (const byte of new TextEncoder().encode(text)) response.write(Uint8Array.of(byte));
    await turn();
  }
  response.end();
}

async function broken(
  response: ServerResponse,
  fault: Extract<VllmFault, { readonly after: number }>,
  write: (data: string) => Promise<void>,
  event: string,
): Promise<void> {
  const { kind, status = 500 } = fault;
  if (kind === 'silence') return;
  if (kind === 'reset') return void response.destroy();
  if (kind === 'half-chunk') await write(event.slice(0, event.length / 2));
  if (kind === 'garbage') await write('data: {"choices": [{"ind\n\n');
  if (kind === 'error') await write(`data: ${errorBody(status, 'EngineCore encountered an issue', 'InternalServerError')}\n\ndata: [DONE]\n\n`); // prettier-ignore
  if (kind === 'abort') await write('data: {"choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "abort"}]}\n\ndata: [DONE]\n\n'); // prettier-ignore
  response.end();
}

export async function startVllm(): Promise<VllmServer> {
  const server = await startChatServer<VllmBody, VllmFault>({
    refusal: (authorization) => errorBody(401, `Unauthorized: ${authorization}`),
    answer: (body, response, fault) => {
      if (fault?.kind === 'refuses') return void response.destroy();
      if (fault?.kind === 'web-page') return sendWebPage(response);
      if (fault?.kind === 'no-stream')
        return sendJson(response, 200, '{"choices": [{"message": {"content": "Yes."}}]}');
      if (fault?.kind === 'status')
        return sendStatus(response, fault, errorBody(fault.status, fault.message ?? 'no'));
      return stream(eventsOf(vllm.answer(body), body, fault), response, fault);
    },
  });
  const vllm: VllmServer = Object.assign(server, {
    url: `${server.url}/v1`,
    answer: (): VllmAnswer => ({ pieces: [{ text: 'Yes.', ids: [1] }], finish: 'stop', eosId: 9 }),
  });
  return vllm;
}
