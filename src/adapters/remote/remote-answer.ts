// From the chunks of an answer to the same events that the engine on this machine tells. In a file of its own, which the adapter
// loads while the server is busy.

import type { Answer, AskEvent, ChosenToken, MediaInfo } from '../../api.ts';
import { AnswerStream } from '../../grounding/answer-stream.ts';
import type { Chunk } from './chunk.ts';

export interface AnswerStart {
  readonly media: MediaInfo;
  readonly mediaMs: number;
  readonly startMs: number;
  readonly hasLogprobs: boolean;
}

export class RemoteAnswer {
  readonly #hasLogprobs: boolean;
  readonly #found: AnswerStream;
  readonly #ids: number[] = [];
  readonly #logprobs: ChosenToken[] = [];
  readonly #startMs: number;
  readonly #mediaMs: number;
  #firstMs: number | null = null;
  #text = '';
  #told = 0; // log probabilities that events have carried
  #finish: Chunk['finish'] = null;
  #isStopped = false;
  #usage: Chunk['usage'] = null;

  /** `mediaMs` is what it took to read the media, `startMs` when the request began. */
  constructor({ media, mediaMs, startMs, hasLogprobs }: AnswerStart) {
    this.#found = new AnswerStream(media);
    this.#mediaMs = mediaMs;
    this.#startMs = startMs;
    this.#hasLogprobs = hasLogprobs;
  }

  /** What was told so far. */
  get text(): string {
    return this.#text;
  }

  /** What a chunk tells. */
  take({ text, ids, logprobs, finish, isStopped, usage }: Chunk): AskEvent[] {
    for (const id of ids) this.#ids.push(id);
    for (const one of logprobs) this.#logprobs.push(one);
    this.#finish ??= finish;
    this.#isStopped ||= isStopped;
    this.#usage = usage ?? this.#usage;
    if (text === '') return [];
    this.#firstMs ??= performance.now();
    this.#text += text;
    const untold = this.#logprobs.slice(this.#told);
    this.#told = this.#logprobs.length;
    return [
      { type: 'progress', stage: 'decode', done: this.#newTokens, total: null },
      { type: 'text', text, ...(untold.length > 0 && { logprobs: untold }) },
      ...this.#found.push(text),
    ];
  }

  /** Whether the model ended it: neither a limit nor a stop string did. */
  get isWhole(): boolean {
    return this.#finish === 'stop' && !this.#isStopped;
  }

  /** No more chunks come. */
  end(): AskEvent[] {
    return [...this.#found.end(), { type: 'done', answer: this.#answer() }];
  }

  /** Those whose ids came, or as many as the server counts. */
  get #newTokens(): number {
    return this.#ids.length > 0 ? this.#ids.length : (this.#usage?.newTokens ?? 0);
  }

  #answer(): Answer {
    const { points, tracks, count } = this.#found;
    const endMs = performance.now();
    const firstMs = this.#firstMs ?? endMs;
    return {
      text: this.#text,
      tokenIds: this.#ids,
      finishReason: this.#finish === 'length' ? 'length' : 'stop',
      points,
      tracks,
      count,
      ...(this.#hasLogprobs && { logprobs: this.#logprobs }),
      // A server does not say how many tokens carried pictures, nor how long it looked at them.
      usage: {
        promptTokens: this.#usage?.promptTokens ?? 0,
        visionTokens: 0,
        visionCrops: 0,
        newTokens: this.#newTokens,
      },
      timings: {
        loadMs: 0,
        mediaMs: this.#mediaMs,
        visionMs: 0,
        prefillMs: firstMs - this.#startMs,
        decodeMs: endMs - firstMs,
        totalMs: this.#mediaMs + endMs - this.#startMs,
      },
    };
  }
}
