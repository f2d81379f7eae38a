// The prompt of a video as far as the decoder's mask goes. Pure.

import { promptOrder, type PromptOrder, type RowSpan } from '../../src/decoder/prompt-order.ts';
import { invariant } from '../../src/errors.ts';

const timeTokens = 4; // of a frame
const question = 64;

/**
 * Tokens of a video with as many whole frames as fit `tokens` beside a question of at least 64 tokens. A
 * frame of the released models is 81 pooled patches between two markers, which count as image tokens, behind its time.
 */
export function videoTokens(
  tokens: number,
  frameTokens = 83,
): { readonly isImage: Uint8Array; readonly frames: number } {
  const step = timeTokens + frameTokens;
  const frames = Math.max(0, Math.floor((tokens - question) / step));
  const isImage = new Uint8Array(tokens);
  for (let i = 0; i < frames; i++) {
    const start = i * step + timeTokens;
    isImage.fill(1, start, start + frameTokens);
  }
  return { isImage, frames };
}

/** The order in which a video's prompt goes through the decoder, and where the second run of what its rows see begins. */
export function videoOrder(tokens: number): PromptOrder & Pick<RowSpan, 'secondStart'> {
  const order = promptOrder([{ isImage: videoTokens(tokens).isImage, prefix: 0, start: 0 }]);
  const [span] = order.spans;
  invariant(span, 'a prompt is a span');
  return { ...order, secondStart: span.secondStart };
}
