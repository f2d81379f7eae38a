// What adapters ask of a model, answered by rule and without a GPU: a token is a word or a picture, and the context is as long as a
// test says. What was asked is kept.

import type { Answer, AskEvent, AskInput, AskOptions, ChatMessage, ModelInfo, Point } from '../../src/api.ts';
import type { Chat } from '../../src/chat.ts';
import { Molmo2Error } from '../../src/errors.ts';
import type { PromptModel } from '../../src/adapters/prompt-api/prompt-api.ts';

export interface Asked {
  readonly input: AskInput;
  readonly options: AskOptions;
}

export interface FakeOptions {
  /** What is answered, a piece each; a number of milliseconds waits. */
  readonly pieces?: readonly (string | number)[];
  /** Thrown before anything is told, or behind the pieces. */
  readonly error?: { readonly value: unknown; readonly when: 'first' | 'last' };
  readonly finishReason?: Answer['finishReason'];
  readonly points?: readonly Point[];
  readonly maxPositions?: number;
}

const info = (maxPositions: number): ModelInfo => ({
  model: 'fake',
  adapter: { vendor: '', architecture: '', description: '', isFallbackAdapter: true },
  parameters: 0,
  maxPositions,
  maxFrames: 8,
  maxCrops: 8,
  loadMs: 0,
  tuned: {},
  notices: [],
});

const words = (text: string): number => text.split(/\s+/).filter((word) => word !== '').length;

function tokensOf(messages: readonly ChatMessage[]): number {
  return messages.reduce((sum, { content }) => {
    if (typeof content === 'string') return sum + words(content);
    return sum + content.reduce((all, part) => all + (part.type === 'text' ? words(part.text) : 10), 0);
  }, 0);
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    const stop = () => {
      clearTimeout(timer);
      reject(signal!.reason as Error);
    };
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
  });
}

const noTime = { loadMs: 0, mediaMs: 0, visionMs: 0, prefillMs: 0, decodeMs: 0, totalMs: 0 };

function answerOf(text: string, promptTokens: number, options: FakeOptions, asked: AskOptions): Answer {
  const { points = [], finishReason = 'stop' } = options;
  const tokenIds = text.split(' ').map((_, i) => i);
  return {
    text,
    tokenIds,
    finishReason,
    points,
    tracks: [],
    count: points.length || null,
    ...(asked.logprobs !== undefined && {
      logprobs: [{ id: 1, text: 'é', logprob: -0.5, top: [{ id: 2, text: '\uFFFD', logprob: -Infinity }] }],
    }),
    usage: { promptTokens, visionTokens: 0, visionCrops: 0, newTokens: tokenIds.length },
    timings: noTime,
  };
}

/** `asked` grows with every question, `ended` counts the generators that were left or read to their end. */
export function fakeMolmo(options: FakeOptions = {}) {
  const { pieces = ['Hello', ' you'], error, maxPositions = 1000 } = options;
  const asked: Asked[] = [];
  let ended = 0;

  async function* events(
    input: AskInput,
    given: AskOptions,
    before: number,
  ): AsyncGenerator<AskEvent, void, undefined> {
    asked.push({ input, options: given });
    try {
      const { signal } = given;
      signal?.throwIfAborted();
      yield { type: 'progress', stage: 'prefill', done: 0, total: 1 };
      if (error?.when === 'first') throw error.value;
      const promptTokens = tokensOf(input.messages ?? [{ role: 'user', content: input.prompt ?? '' }]);
      if (before + promptTokens > maxPositions)
        throw new Molmo2Error('context-full', `The prompt needs ${before + promptTokens} tokens.`);
      const media = { kind: 'none', sizes: [], timestamps: [], durationSec: null } as const;
      yield { type: 'media', media, continues: before > 0 };
      const texts: string[] = [];
      for (const piece of pieces) {
        await pause(typeof piece === 'number' ? piece : 0, signal);
        if (typeof piece === 'number') continue;
        texts.push(piece);
        yield { type: 'text', text: piece };
      }
      if (error?.when === 'last') throw error.value;
      yield { type: 'done', answer: answerOf(texts.join(''), promptTokens, options, given) };
    } finally {
      ended++;
    }
  }

  function chat(start: readonly ChatMessage[] = []): Chat {
    let messages = start;
    return {
      async *ask(input: AskInput, given: AskOptions = {}) {
        if (input.messages) messages = [];
        const said = input.messages ?? [{ role: 'user', content: input.prompt ?? '' }];
        for await (const event of events(input, given, tokensOf(messages))) {
          if (event.type === 'done')
            messages = [...messages, ...said, { role: 'assistant', content: event.answer.text }];
          yield event;
        }
      },
      get messages() {
        return messages;
      },
      clone: () => Promise.resolve(chat(messages)),
      reset: () => Promise.resolve(),
      save: () => Promise.resolve({ ids: Array.from({ length: tokensOf(messages) }, () => 0) } as never),
      dispose: () => {},
    };
  }

  const molmo: PromptModel & {
    ask(input: AskInput, given?: AskOptions): AsyncGenerator<AskEvent, void, undefined>;
  } = {
    info: info(maxPositions),
    ask: (input, given = {}) => events(input, given, 0),
    chat: () => chat(),
    planQuestion: (input) => Promise.resolve({ promptTokens: tokensOf(input.messages ?? []) } as never),
  };
  return { molmo, asked, ended: () => ended };
}
