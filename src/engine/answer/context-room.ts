// How much of the context a prompt leaves to its answer.

import { Molmo2Error } from '../../errors.ts';

/** Refuses a prompt that leaves no room for an answer. Throws `context-full`. */
export function refuseOverlong(tokens: number, most: number): void {
  if (tokens < most) return;
  throw new Molmo2Error(
    'context-full',
    `The prompt has ${tokens} tokens, but the model reads at most ${most} including the answer. Ask about fewer frames (maxFrames), fewer crops (maxCrops) or in a new conversation.`,
  );
}

/** Most new tokens behind a prompt: what was asked for, or what the context leaves. */
export function roomFor(maxNewTokens: number, promptTokens: number, most: number): number {
  return Math.min(maxNewTokens, Math.max(1, most - promptTokens));
}
