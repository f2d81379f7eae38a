// The prompt of a video as far as the decoder's mask goes. Pure.

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
