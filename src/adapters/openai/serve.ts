// A server without a network: takes the requests that clients of the API send, and answers them on this machine.

import { linked } from '../answering.ts';
import { apiErrorOf, notFound, refusal, type APIError } from './api-error.ts';
import type { ChatCompletion, ChatCompletionChunk, ChatCompletionCreateParams } from './completion-types.ts';

/** What answers. */
export interface Served {
  readonly model: string;
  create(body: ChatCompletionCreateParams, signal: AbortSignal): Promise<ChatCompletion>;
  stream(
    body: ChatCompletionCreateParams,
    signal: AbortSignal,
  ): Promise<AsyncGenerator<ChatCompletionChunk, void, undefined>>;
}

function failed(error: APIError): Response {
  // Clients ask again after an error of the server, which would only fail again.
  return Response.json(
    { error: error.error },
    { status: error.status, headers: { 'x-should-retry': 'false' } },
  );
}

const modelObject = (id: string) => ({ id, object: 'model', created: 0, owned_by: 'molmo2-webgpu' });

async function bodyOf(request: Request): Promise<ChatCompletionCreateParams> {
  try {
    return (await request.json()) as ChatCompletionCreateParams;
  } catch (error) {
    if (request.signal.aborted) throw request.signal.reason as Error;
    throw refusal(null, `The body of the request is no JSON: ${String(error)}.`);
  }
}

/**
 * Chunks as events of a stream. One that fails ends with an error in place of a chunk, an aborted one as `fetch` ends it, and
 * one that is cancelled ends the work.
 */
function eventStream(
  chunks: AsyncGenerator<ChatCompletionChunk, void, undefined>,
  stop: AbortController,
): Response {
  const { signal } = stop;
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const send = (data: string) => controller.enqueue(encoder.encode(`data: ${data}\n\n`));
      try {
        const { done, value } = await chunks.next();
        if (done !== true) {
          send(JSON.stringify(value));
          return;
        }
        send('[DONE]');
      } catch (error) {
        if (signal.aborted) {
          controller.error(signal.reason);
          return;
        }
        send(JSON.stringify({ error: apiErrorOf(error).error }));
      }
      controller.close();
    },
    cancel: () => stop.abort(),
  });
  return new Response(stream, {
    headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' },
  });
}

async function answered(served: Served, request: Request, stop: AbortController): Promise<Response> {
  const { pathname } = new URL(request.url);
  const { method } = request;
  const { signal } = stop;
  if (method === 'POST' && pathname.endsWith('/chat/completions')) {
    const body = await bodyOf(request);
    if (body?.stream === true) return eventStream(await served.stream(body, signal), stop);
    return Response.json(await served.create(body, signal));
  }
  const models = /\/models(?:\/(.+))?$/.exec(pathname);
  if (method === 'GET' && models) {
    const [, name] = models;
    if (name === undefined) return Response.json({ object: 'list', data: [modelObject(served.model)] });
    if (decodeURIComponent(name) === served.model) return Response.json(modelObject(served.model));
    throw notFound(
      `The model ${JSON.stringify(decodeURIComponent(name))} does not exist here. The one that is loaded is called ${JSON.stringify(served.model)}.`,
      'model_not_found',
      'model',
    );
  }
  throw notFound(
    `${method} ${pathname} is not answered here. There are POST /chat/completions, GET /models and GET /models/NAME.`,
    'unknown_url',
  );
}

/** `fetch` that asks `served` in place of a server. Rejects with the signal's own reason; every other failure is a response. */
export function serve(served: Served): typeof fetch {
  return async (input, init) => {
    // An address that is relative to a page is one here, too.
    const address = input instanceof Request ? input : new URL(String(input), 'http://localhost/');
    const request = new Request(address, init);
    const stop = linked(init?.signal ?? request.signal);
    const { signal } = stop;
    signal.throwIfAborted();
    try {
      return await answered(served, request, stop);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      return failed(apiErrorOf(error));
    }
  };
}
