// The same questions and events as of `Molmo2`, answered by a vLLM server that serves Molmo2: for work that outgrows one machine.

import { unlessAborted } from '../../abort.ts';
import type { AskEvent, AskInput, AskOptions, ChatMessage, ImageInput } from '../../api.ts';
import { Molmo2Error } from '../../errors.ts';
import { endpointOf } from '../../net/endpoint.ts';
import { checkExpected } from './expected-answer.ts';
import { checkQuestion, userTurn, wireMessages } from './conversation.ts';
import { answerFields } from './request-body.ts';
import type { SentMedia } from './shown-media.ts';
import { answerOf, type Server } from './server.ts';

/** Which server, and how patient to be with it. */
export interface RemoteOptions {
  /** The base of the server's OpenAI-shaped API, such as `http://localhost:8000/v1`. */
  readonly baseURL: string;
  /** The name that the server serves the model under. */
  readonly model: string;
  /**
   * Sent to `baseURL` as a bearer token, and nowhere else. Whoever opens a page can read what is in it: a page asks a server of its
   * own origin, which adds the key.
   */
  readonly apiKey?: string;
  /** Requests for one answer, as long as none of it has come; default 4. */
  readonly attempts?: number;
  /** Milliseconds before the second request, doubling with every failure; default 500. */
  readonly firstWaitMs?: number;
  /** Longest wait before a request, also where the server asks for more; default 30,000. */
  readonly longestWaitMs?: number;
  /** Milliseconds from a request to the first piece of its answer; default 600,000, since a server has queues and long videos. */
  readonly firstTokenMs?: number;
  /** Milliseconds without a piece in the middle of an answer; default 60,000. */
  readonly silenceMs?: number;
  /** Largest video that is sent as part of a request, in bytes; default 64 MiB. Larger ones need a URL. */
  readonly mostVideoBytes?: number;
  /** In place of the global one. */
  readonly fetch?: typeof fetch;
}

/** A question for a server. */
export interface RemoteInput extends AskInput {
  /**
   * Pixels of a video as a player shows it (`videoWidth` and `videoHeight`), which points are told in. Needed where `video` is a
   * file or a URL; lists of frames tell their own.
   */
  readonly size?: { readonly width: number; readonly height: number };
}

/** Questions that follow each other about the same pictures. The server is sent all of it each time, and may know it again. */
export interface RemoteChat {
  /**
   * Asks a question. Without media it continues the conversation; media or `messages` begin a new one. Questions asked before an
   * earlier one is answered are answered in turn. Throws as `Remote.ask`; the chat is then as it was before.
   */
  ask(input: RemoteInput, options?: AskOptions): AsyncGenerator<AskEvent, void, undefined>;
  /** What was said so far; questions count once they are answered. */
  readonly messages: readonly ChatMessage[];
  /** Forgets what was said and shown. */
  reset(): void;
}

/** A server that answers. */
export interface Remote {
  /**
   * Asks one question. Throws `Molmo2Error` (`network`, `bad-request`, `context-full`, `unknown-model`, `media-unreadable`, `media-too-large`),
   * TypeError or RangeError naming what cannot be, or the signal's own reason.
   */
  ask(input: RemoteInput, options?: AskOptions): AsyncGenerator<AskEvent, void, undefined>;
  /** Opens a conversation, which is kept here and sent whole with each question. */
  chat(): RemoteChat;
}

const defaults = {
  attempts: 4,
  firstWaitMs: 500,
  longestWaitMs: 30_000,
  firstTokenMs: 600_000,
  silenceMs: 60_000,
  mostVideoBytes: 64 << 20,
};

type Limits = typeof defaults;

function limitsOf(options: RemoteOptions): Limits {
  const limits = { ...defaults };
  for (const name of Object.keys(defaults) as (keyof Limits)[]) {
    const value = options[name] ?? defaults[name];
    if (!(value > 0 && Number.isFinite(value)))
      throw new RangeError(`options.${name} must be a number above 0, got ${String(value)}.`);
    limits[name] = value;
  }
  return limits;
}

/** Does not connect yet. @throws TypeError or RangeError naming what cannot be. */
export function createRemote(options: RemoteOptions): Remote {
  const { baseURL, model, apiKey = null, fetch = globalThis.fetch } = options;
  const endpoint = endpointOf({ url: baseURL, model, key: apiKey }, 'the server');
  const limits = limitsOf(options);
  const server = { ...limits, endpoint, random: Math.random, fetch: fetch.bind(globalThis) };
  return {
    ask: (input, askOptions) => new Conversation(server, limits).ask(input, askOptions),
    chat: () => new Conversation(server, limits),
  };
}

/** `image` and `images` in one list. */
function imagesOf({ image, images = [] }: AskInput): readonly ImageInput[] {
  if (typeof images !== 'object' || !(Symbol.iterator in images))
    throw new TypeError(`"images" must be a list of pictures, got ${typeof images}; one picture is "image".`);
  return image === undefined ? [...images] : [image, ...images];
}

/** What a conversation is about, and what was said. */
interface State {
  readonly media: SentMedia | null;
  readonly messages: readonly ChatMessage[];
}

const nothing: State = { media: null, messages: [] };

class Conversation implements RemoteChat {
  readonly #server: Server;
  readonly #limits: Limits;
  #state = nothing;
  #settled: Promise<unknown> = Promise.resolve();

  constructor(server: Server, limits: Limits) {
    this.#server = server;
    this.#limits = limits;
  }

  get messages(): readonly ChatMessage[] {
    return this.#state.messages;
  }

  reset(): void {
    this.#state = nothing;
  }

  async *ask(input: RemoteInput, options: AskOptions = {}): AsyncGenerator<AskEvent, void, undefined> {
    const before = this.#settled;
    let settle = () => {};
    const mine = new Promise<void>((resolve) => (settle = resolve));
    this.#settled = Promise.all([before, mine]);
    try {
      await unlessAborted(before, options.signal);
      yield* this.#answer(input, options);
    } finally {
      settle();
    }
  }

  async *#answer(input: RemoteInput, options: AskOptions): AsyncGenerator<AskEvent, void, undefined> {
    const { signal } = options;
    signal?.throwIfAborted();
    checkQuestion(input);
    const wanted = answerFields(options);
    const startMs = performance.now();
    const images = imagesOf(input);
    const isShowing = images.length > 0 || input.video !== undefined;
    const continues = !isShowing && !input.messages && this.#state.messages.length > 0;
    const told: AskEvent[] = [];
    const onMedia = (done: number, total: number) =>
      told.push({ type: 'progress', stage: 'media', done, total });
    const media = continues
      ? this.#state.media
      : isShowing
        ? await this.#shown(input, images, signal, onMedia)
        : null;
    yield* told;
    const asked = await turnsOf(input, media, isShowing);
    const messages = continues ? [...this.#state.messages, ...asked] : asked;
    const body = JSON.stringify({
      model: this.#server.endpoint.model,
      messages: wireMessages(messages, media),
      stream: true,
      stream_options: { include_usage: true },
      return_token_ids: true,
      ...wanted,
      ...media?.fields,
    });
    const info = media?.info ?? { kind: 'none', sizes: [], timestamps: [], durationSec: null };
    yield { type: 'media', media: info, continues };
    yield { type: 'progress', stage: 'prefill', done: 0, total: null };
    const requestMs = performance.now();
    const { RemoteAnswer } = await import('./remote-answer.ts');
    const answer = new RemoteAnswer({
      media: info,
      mediaMs: requestMs - startMs,
      startMs: requestMs,
      hasLogprobs: options.logprobs !== undefined,
    });
    for await (const heard of answerOf(this.#server, body, signal)) {
      if ('waiting' in heard) yield { type: 'progress', stage: 'prefill', done: 0, total: null, ...heard };
      else yield* answer.take(heard);
      signal?.throwIfAborted();
    }
    const last = answer.end();
    if (answer.isWhole) checkExpected(answer.text, options.expect);
    this.#state = { media, messages: [...messages, { role: 'assistant', content: answer.text }] };
    yield* last;
  }

  async #shown(
    input: RemoteInput,
    images: readonly ImageInput[],
    signal: AbortSignal | undefined,
    onMedia: (done: number, total: number) => void,
  ): Promise<SentMedia> {
    const { sentMedia } = await import('./sent-media.ts');
    const limits = { ...this.#limits, size: input.size, signal, onMedia };
    return unlessAborted(sentMedia(input, images, limits), signal);
  }
}

/** What is asked, as messages. */
async function turnsOf(
  input: RemoteInput,
  media: SentMedia | null,
  isNew: boolean,
): Promise<readonly ChatMessage[]> {
  if (input.messages) return input.messages;
  if (media) return (await import('./sent-media.ts')).askedTurns(input, media.info, isNew);
  if (input.point || input.subtitles !== undefined)
    throw new Molmo2Error(
      'bad-request',
      '"point" and "subtitles" belong to a video, and none was given. Add a video.',
    );
  return [userTurn(input.prompt ?? '', input.style, null)];
}
