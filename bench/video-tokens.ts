// The prompt of a video as far as the decoder's mask goes. Pure.

// A frame of the released models: 81 pooled patches between two markers, which count as image tokens, and its time.
const frame = { image: 83, text: 4 };
const question = 64;

/** Tokens of a video with as many whole frames as fit `tokens` beside a question of at least 64 tokens. */
export function videoTokens(tokens: number): { readonly isImage: Uint8Array; readonly frames: number } {
  const frames = Math.max(0, Math.floor((tokens - question) / (frame.image + frame.text)));
  const isImage = new Uint8Array(tokens);
  for (let i = 0; i < frames; i++) {
    const start = i * (frame.image + frame.text) + frame.text;
    isImage.fill(1, start, start + frame.image);
  }
  return { isImage, frames };
}
