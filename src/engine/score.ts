// How likely a given answer is: one prefill of the prompt and the answer behind it.

import type { AskEvent, Score } from '../api.ts';
import { tokenLogprob } from './answer/answer-text.ts';
import { answerIds, tokenWeight, type Scoring } from './answer/scoring.ts';
import { TaughtAnswer } from './answer/taught-answer.ts';
import { teach } from './ask.ts';
import { Conversation } from './conversation.ts';
import type { LoadedModel } from './loaded-model.ts';
import type { AskRequest } from './request.ts';

/** Scores an answer to a question of its own conversation, which is gone afterwards. Throws as `ask` does. */
export async function score(
  model: LoadedModel,
  request: AskRequest,
  scoring: Scoring,
  emit: (event: AskEvent) => void,
  signal?: AbortSignal,
): Promise<Score> {
  const { tokenizer, config, forward } = model;
  const ids = answerIds(scoring, tokenizer, config.text.vocabSize);
  const taught = new TaughtAnswer(ids);
  const conversation = new Conversation(forward);
  try {
    const { prompt, usage, timings } = await teach(model, conversation, request, taught, emit, signal);
    const logprob = taught.logprobs.reduce((sum, token) => sum + token.logprob, 0);
    const weight = tokenWeight(scoring, ids.length);
    return {
      tokens: taught.logprobs.map((token) => tokenLogprob(token, tokenizer)),
      logprob,
      weight,
      loss: -weight * logprob,
      usage: { ...usage, promptTokens: prompt.ids.length - (ids.length - 1), newTokens: ids.length },
      timings,
    };
  } finally {
    conversation.destroy();
  }
}
