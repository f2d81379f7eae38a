// The sub-path `molmo2-webgpu/openai`: chat completions in the shape of OpenAI's API, answered by a loaded model.

import { accepted, linked, type Answering } from '../answering.ts';
import { apiErrorOf } from './api-error.ts';
import { chunksOf, completionOf, heading } from './completion.ts';
import type { ChatCompletion, ChatCompletionChunk, ChatCompletionCreateParams } from './completion-types.ts';
import { questionIn } from './request.ts';
import { serve } from './serve.ts';

export { APIError, type ErrorObject } from './api-error.ts';
export type { Answering } from '../answering.ts';
export type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionCreateParams,
  ChatCompletionMessage,
  ChatCompletionMessageParam,
  ChatCompletionTokenLogprob,
  CompletionUsage,
  ForeignPart,
  FoundPlaces,
  ImagePart,
  Logprobs,
  MolmoParams,
  ResponseFormat,
  TextPart,
  VideoPart,
} from './completion-types.ts';

/** What the adapter is called by. All optional. */
export interface OpenAIOptions {
  /** What the model is called in requests and answers; default `molmo.info.model`. */
  readonly model?: string;
}

/** Options of a request beside its body, as the client of the API has them. */
export interface RequestOptions {
  readonly signal?: AbortSignal | null;
}

/** An answer as it is written. Leaving the loop ends the work; `controller.abort()` ends it from anywhere. */
export interface CompletionStream extends AsyncIterable<ChatCompletionChunk> {
  readonly controller: AbortController;
}

/** The endpoint of chat completions. */
export interface Completions {
  /**
   * Answers. Throws `APIError` (status, type, param, code), or the signal's own reason.
   */
  create(
    body: ChatCompletionCreateParams & { readonly stream?: false | null },
    options?: RequestOptions,
  ): Promise<ChatCompletion>;
  /** Answers piece by piece, once the question is accepted. */
  create(
    body: ChatCompletionCreateParams & { readonly stream: true },
    options?: RequestOptions,
  ): Promise<CompletionStream>;
  create(
    body: ChatCompletionCreateParams,
    options?: RequestOptions,
  ): Promise<ChatCompletion | CompletionStream>;
}

/** The API, as objects and as a `fetch`. */
export interface OpenAIAdapter {
  readonly chat: { readonly completions: Completions };
  /**
   * Takes the place of `fetch` in clients of the API: `new OpenAI({ fetch, apiKey: 'none', baseURL: 'http://localhost/v1' })`.
   * Answers POST /chat/completions, GET /models and GET /models/NAME; asks no network.
   */
  readonly fetch: typeof fetch;
}

/** A loaded model behind the API of OpenAI's chat completions. The model stays yours: dispose it when it is not needed. */
export function createOpenAI(molmo: Answering, options: OpenAIOptions = {}): OpenAIAdapter {
  const model = () => options.model ?? molmo.info.model;

  async function completion(body: ChatCompletionCreateParams, signal: AbortSignal): Promise<ChatCompletion> {
    const { input, options: asked } = questionIn(body, model(), signal);
    for await (const event of molmo.ask(input, asked))
      if (event.type === 'done') return completionOf(event.answer, heading(model()));
    throw new Error('The model ended without an answer.');
  }

  async function stream(
    body: ChatCompletionCreateParams,
    signal: AbortSignal,
  ): Promise<AsyncGenerator<ChatCompletionChunk, void, undefined>> {
    const question = questionIn(body, model(), signal);
    const events = await accepted(molmo.ask(question.input, question.options));
    return chunksOf(events, heading(model()), question);
  }

  /** Everything but an abort as an error of the API. */
  async function told<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw signal.aborted ? signal.reason : apiErrorOf(error);
    }
  }

  /** Ends the work of a stream that is left, wherever that is. */
  async function* toldChunks(
    chunks: AsyncGenerator<ChatCompletionChunk, void, undefined>,
    { signal, stop }: { readonly signal: AbortSignal; readonly stop: () => void },
  ): AsyncGenerator<ChatCompletionChunk, void, undefined> {
    let isLeft = true;
    try {
      yield* chunks;
      isLeft = false;
    } catch (error) {
      throw signal.aborted ? signal.reason : apiErrorOf(error);
    } finally {
      if (isLeft) stop();
    }
  }

  async function create(
    body: ChatCompletionCreateParams,
    { signal: wanted }: RequestOptions = {},
  ): Promise<ChatCompletion | CompletionStream> {
    const controller = linked(wanted);
    const { signal } = controller;
    signal.throwIfAborted();
    if (body?.stream !== true) return told(completion(body, signal), signal);
    const chunks = toldChunks(await told(stream(body, signal), signal), {
      signal,
      stop: () => controller.abort(),
    });
    return { controller, [Symbol.asyncIterator]: () => chunks };
  }

  return {
    chat: { completions: { create: create as Completions['create'] } },
    fetch: serve({
      get model() {
        return model();
      },
      create: completion,
      stream,
    }),
  };
}
