// The tokens of an answer: what is chosen, and what is told of it as it comes.

import type { KvFormat } from '../kernels/attention/kv-layer.ts';
import { AnswerText } from './answer/answer-text.ts';
import type { Conversation } from './conversation.ts';
import { generate, type Generated, type Manner } from './decode/generate.ts';
import { guideFor } from './expect/expected.ts';
import type { LoadedModel } from './loaded-model.ts';
import type { Told } from './recovery/told.ts';
import type { StageClock } from './stage-clock.ts';

export interface DecodeAnswerOptions {
  readonly model: LoadedModel;
  readonly conversation: Conversation;
  readonly clock: StageClock;
  readonly told: Told;
  /** How tokens are chosen, and whether somebody looks at their logits. */
  readonly manner: Manner;
  /** Logits [V] of the first token. */
  readonly first: Float32Array;
  /** Most tokens. */
  readonly limit: number;
  /** Of a new conversation. */
  readonly format: KvFormat;
  readonly signal: AbortSignal | undefined;
  /** Told how many tokens there are. */
  readonly onTokens: (tokens: number) => void;
}

export interface DecodedAnswer {
  readonly text: AnswerText;
  readonly generated: Generated;
}

/** Decodes what follows everything that the conversation holds. Throws as `generate` does, or `out-of-memory`. */
export async function decodeAnswer(options: DecodeAnswerOptions): Promise<DecodedAnswer> {
  const { model, conversation, clock, told, manner, first, limit, format, signal, onTokens } = options;
  const { tokenizer, grammars, measured } = model;
  const { media, timeOffsetSec } = conversation.seen;
  const { stop, expect } = manner.settings;
  const { again } = told.tokens;
  const text = new AnswerText({
    tokenizer,
    media,
    timeOffsetSec,
    stop,
    emit: (event) => {
      if (!told.tokens.isMuted) told.emit(event);
    },
  });
  const cache = await conversation.reserve(conversation.length + limit, format);
  const loop = await conversation.loop(cache);
  let tokens = 0;
  let secondMs = 0; // the first step may still compile what the driver left for later
  const generated = await clock.time('decode', () =>
    generate({
      first,
      loop,
      ...manner,
      before: conversation.ids,
      again,
      guide: expect && guideFor(grammars, expect, conversation.seen),
      limit,
      eosIds: tokenizer.eosIds,
      signal,
      onToken: (id, logprobs) => {
        tokens += 1;
        if (tokens === 2) secondMs = performance.now();
        told.tokens.take(id, () => text.push(id, logprobs));
        onTokens(tokens);
      },
      ended: () => text.stopped,
    }),
  );
  // Tokens that are known are fed faster than others are chosen.
  if (again.length === 0) measured.decoded(loop.cost, tokens - 2, performance.now() - secondMs);
  text.end();
  return { text, generated };
}
