// Tokens that are fed, as plain data.

import type { PlacedPrompt } from '../../decoder/prompt-order.ts';

/** New tokens of a sequence, which follow what the cache holds; or of several sequences. */
export interface PromptTokens {
  readonly ids: Uint32Array;
  readonly isImage: Uint8Array;
  /** Ids of tokens to whose embedding an image feature is added, in order. */
  readonly featureIds: readonly number[];
  /** The sequences that the tokens are, one after the other, with slots of their own: the cache's length stays as it is. */
  readonly sequences?: readonly PlacedPrompt[];
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onShare?: (share: number) => void;
}

/** The tokens that take an image feature, in the order of the features. */
export function featureTokens({ ids, featureIds }: PromptTokens): number[] {
  return [...ids.keys()].filter((token) => featureIds.includes(ids[token] ?? -1));
}
