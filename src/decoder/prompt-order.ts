// In which order a prompt's tokens go through the decoder. Image tokens see each other in both directions, and nothing in
// a decoder block depends on the order of rows except what a row may see. So all image tokens come first, then the text,
// both by position: then what a row sees is two runs of slots, and nearly all of attention needs no mask.
//
// A row's slot in the cache is `cached` + row; its position, which RoPE uses, stays that of its token.

/** The rows of a prompt of T tokens behind `cached` tokens of the conversation. */
export interface PromptOrder {
  /** The token of each row. */
  readonly tokens: Uint32Array<ArrayBuffer>; // [T]
  /** The row of each token. */
  readonly rows: Uint32Array<ArrayBuffer>; // [T]
  /** Position of each row's token in the whole sequence. */
  readonly positions: Uint32Array<ArrayBuffer>; // [T]
  /** Row t sees the slots [0, visible[t][0]) and [secondStart, visible[t][1]). */
  readonly visible: Uint32Array<ArrayBuffer>; // [T, 2]
  /** Slot of the first row of text. */
  readonly secondStart: number;
}

/** `isImage` [T] is 1 for image tokens. The mask is k <= q, or both are image tokens. */
export function promptOrder(isImage: Uint8Array, cached: number): PromptOrder {
  const T = isImage.length;
  const images = isImage.reduce((sum, flag) => sum + (flag ? 1 : 0), 0);
  const tokens = new Uint32Array(T);
  const rows = new Uint32Array(T);
  const visible = new Uint32Array(2 * T);
  const secondStart = cached + images;
  let image = 0; // image tokens so far, which are rows
  let text = 0; // text tokens so far
  for (let token = 0; token < T; token++) {
    const row = isImage[token] ? image++ : images + text++;
    tokens[row] = token;
    rows[token] = row;
    visible[2 * row] = isImage[token] ? secondStart : cached + image;
    visible[2 * row + 1] = secondStart + text;
  }
  return { tokens, rows, positions: tokens.map((token) => cached + token), visible, secondStart };
}
