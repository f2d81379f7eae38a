// Scores captions by a language model: takes a caption apart into statements, and asks which of them the reference supports and
// which of the reference's it covers. What cannot be judged is said, and is never a 0.

import { Molmo2Error } from '../../src/errors.ts';
import { endpointOf, type Endpoint, type EndpointOptions } from '../../src/net/endpoint.ts';
import { captionScores } from '../metrics/captions.ts';
import type { Question } from '../question.ts';
import type { AnswerScore } from '../score-answer.ts';
import { ChatClient } from './chat-client.ts';
import { cacheKey, memoryCache, type JudgeCache } from './judge-cache.ts';
import { matchPrompt, promptVersion, statementsPrompt, type JudgePrompt } from './prompts.ts';
import { readStatements, readVerdicts, UnreadableJudgement } from './read-judgement.ts';
import { defaultPolicy, type JudgePolicy } from './retry.ts';
import { TallyKeeper, type JudgePrice, type JudgeTally } from './tally.ts';

export interface JudgeOptions extends EndpointOptions {
  /** To sum up what judging costs; default unknown. */
  readonly price?: JudgePrice;
  /** Requests side by side at most; default 4. */
  readonly atOnce?: number;
  /** Where answers are kept; default in memory. */
  readonly cache?: JudgeCache;
  readonly policy?: Partial<JudgePolicy>;
  readonly fetch?: typeof fetch;
}

export type CaptionAnswerScore = Extract<AnswerScore, { readonly kind: 'caption' }>;

export interface Judge {
  /** Requests side by side at most. */
  readonly atOnce: number;
  /**
   * Scores `text` as the answer to a question with a reference caption.
   * @throws Molmo2Error `network` where the judge gives no answer or none that can be read, `bad-dataset` where the reference
   * has no statements; the signal's own reason.
   */
  scoreCaption(question: Question, text: string, signal?: AbortSignal): Promise<CaptionAnswerScore>;
  /** What judging took until now. */
  tally(): JudgeTally;
}

/** @throws TypeError and RangeError for options that make no judge. */
export function createJudge(options: JudgeOptions): Judge {
  const { price = null, atOnce = 4, cache = memoryCache(), fetch = globalThis.fetch } = options;
  if (!Number.isInteger(atOnce) || atOnce < 1)
    throw new RangeError(`options.atOnce must be a positive integer, got ${atOnce}.`);
  const endpoint = endpointOf(options, 'the judge');
  const policy = { ...defaultPolicy, ...options.policy };
  const keeper = new TallyKeeper(price);
  const client = new ChatClient({
    endpoint,
    policy,
    atOnce,
    tally: keeper,
    fetch: (...args) => fetch(...args),
  });
  return new AskingJudge({ endpoint, readings: policy.readings, atOnce, client, cache, keeper });
}

interface Parts {
  readonly endpoint: Endpoint;
  readonly readings: number;
  readonly atOnce: number;
  readonly client: ChatClient;
  readonly cache: JudgeCache;
  readonly keeper: TallyKeeper;
}

class AskingJudge implements Judge {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get atOnce(): number {
    return this.#parts.atOnce;
  }

  tally(): JudgeTally {
    return this.#parts.keeper.tally();
  }

  async scoreCaption(question: Question, text: string, signal?: AbortSignal): Promise<CaptionAnswerScore> {
    const { keeper } = this.#parts;
    try {
      const score = await this.#score(question, text, signal);
      keeper.judged();
      return score;
    } catch (error) {
      signal?.throwIfAborted();
      keeper.notJudged(question.id, error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  async #score({ id, reference }: Question, text: string, signal?: AbortSignal): Promise<CaptionAnswerScore> {
    if (reference.kind !== 'caption')
      throw new TypeError(
        `Question "${id}" has a reference of kind "${reference.kind}"; a judge scores captions.`,
      );
    const { statements: expected } = reference;
    if (expected.length === 0)
      throw new Molmo2Error(
        'bad-dataset',
        `Question "${id}" has a caption without statements as its reference, so that nothing can be judged. Add what is to be said.`,
      );
    // A caption without a word states nothing, and nobody has to be asked.
    const stated = text.trim() === '' ? [] : await this.#ask(statementsPrompt(text), readStatements, signal);
    const { isSupported, isCovered } =
      stated.length === 0
        ? { isSupported: [], isCovered: expected.map(() => false) }
        : await this.#ask(
            matchPrompt(stated, expected),
            (answer) => readVerdicts(answer, stated.length, expected.length),
            signal,
          );
    const caption = captionScores({
      stated: stated.length,
      supported: isSupported.filter(Boolean).length,
      expected: expected.length,
      covered: isCovered.filter(Boolean).length,
    });
    return {
      kind: 'caption',
      score: caption.f1,
      judge: this.#parts.endpoint.model,
      caption,
      statements: {
        stated: stated.map((statement, i) => ({ statement, isRight: isSupported[i] === true })),
        expected: expected.map((statement, i) => ({ statement, isRight: isCovered[i] === true })),
      },
    };
  }

  /** What the judge answers to `prompt`, read; from what was kept, if it can be. */
  async #ask<T>(prompt: JudgePrompt, read: (answer: string) => T, signal?: AbortSignal): Promise<T> {
    const { endpoint, readings, client, cache, keeper } = this.#parts;
    const { system, user } = prompt;
    const key = await cacheKey([promptVersion, endpoint.address, endpoint.model, system, user]);
    const kept = await cache.get(key);
    if (kept !== null) {
      const value = attempted(read, kept);
      if (!(value instanceof UnreadableJudgement)) {
        keeper.keptAnswer();
        return value;
      }
    }
    for (let reading = 1; ; reading++) {
      const answer = await client.complete(prompt, signal);
      const value = attempted(read, answer);
      if (!(value instanceof UnreadableJudgement)) {
        await cache.set(key, answer);
        return value;
      }
      if (reading >= readings) throw this.#unreadable(value, answer, reading);
      keeper.again(`its answer could not be read: ${value.message}`);
    }
  }

  #unreadable({ message }: UnreadableJudgement, answer: string, times: number): Molmo2Error {
    const { endpoint } = this.#parts;
    const line = endpoint.redacted(answer).replace(/\s+/g, ' ').trim();
    const shown = line.length > 80 ? `${line.slice(0, 80)} ...` : line;
    return new Molmo2Error(
      'network',
      `The judge "${endpoint.model}" gave no answer that can be read, ${times} times: ${message} (${shown}). Use a model that follows instructions better.`,
    );
  }
}

function attempted<T>(read: (answer: string) => T, answer: string): T | UnreadableJudgement {
  try {
    return read(answer);
  } catch (error) {
    if (error instanceof UnreadableJudgement) return error;
    throw error;
  }
}
