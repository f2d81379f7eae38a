// In which order a prompt's tokens go through the decoder. Image tokens see each other in both directions, and nothing in
// a decoder block depends on the order of rows except what a row may see. So all image tokens come first, then the text,
// both by position: then what a row sees is two runs of slots, and nearly all of attention needs no mask.
//
// A row's position, which RoPE uses, stays that of its token. Several prompts can go through together, one behind the other:
// nothing but attention tells them apart.

import { invariant } from '../errors.ts';

/** Rows that follow each other and count what they see from the same slot on. */
export interface RowSpan {
  readonly firstRow: number;
  readonly rows: number;
  /** The slot that `visible` is counted from. */
  readonly firstSlot: number;
  /** Where the second run of what they see begins, counted from there. */
  readonly secondStart: number;
  /** Slots that they see at most, counted from there. */
  readonly keys: number;
}

/** The rows of T tokens: of a prompt behind `cached` tokens of the conversation, or of several prompts. */
export interface PromptOrder {
  /** The token of each row. */
  readonly tokens: Uint32Array<ArrayBuffer>; // [T]
  /** The row of each token. */
  readonly rows: Uint32Array<ArrayBuffer>; // [T]
  /** Position of each row's token in its sequence, and its slot. */
  readonly places: Uint32Array<ArrayBuffer>; // [T, 2]
  /** Row t sees the slots [0, visible[t][0]) and [secondStart, visible[t][1]), counted from the first slot of its span. */
  readonly visible: Uint32Array<ArrayBuffer>; // [T, 2]
  readonly spans: readonly RowSpan[];
  /** Slots that the cache has to have. */
  readonly slots: number;
}

/** A prompt, and where it lies in the cache. */
export interface PlacedPrompt {
  /** [T] 1 for image tokens. The mask is k <= q, or both are image tokens. */
  readonly isImage: Uint8Array;
  /** Slots from 0 on that it follows: what the conversation holds, or what several prompts share. */
  readonly prefix: number;
  /** The slot of its first row; the others follow. */
  readonly start: number;
}

/** The rows of prompts that go through together. Only one that begins where its prefix ends, or has none, may show pictures. */
export function promptOrder(prompts: readonly PlacedPrompt[]): PromptOrder {
  const T = prompts.reduce((sum, { isImage }) => sum + isImage.length, 0);
  const order = {
    tokens: new Uint32Array(T),
    rows: new Uint32Array(T),
    places: new Uint32Array(2 * T),
    visible: new Uint32Array(2 * T),
  };
  const spans: RowSpan[] = [];
  let slots = 0;
  for (const prompt of prompts) {
    const before = spans.at(-1);
    spans.push(addPrompt(order, prompt, before ? before.firstRow + before.rows : 0));
    slots = Math.max(slots, prompt.start + prompt.isImage.length);
  }
  return { ...order, spans, slots };
}

type Growing = Pick<PromptOrder, 'tokens' | 'rows' | 'places' | 'visible'>;

/** Writes the rows of a prompt from row `first` on, which is also its first token. */
function addPrompt(
  { tokens, rows, places, visible }: Growing,
  { isImage, prefix, start }: PlacedPrompt,
  first: number,
): RowSpan {
  const T = isImage.length;
  const images = isImage.reduce((sum, flag) => sum + (flag ? 1 : 0), 0);
  invariant(images === 0 || prefix === 0 || prefix === start, 'pictures follow what they see');
  // Without a prefix all is counted from the prompt's own first slot.
  const firstSlot = prefix === 0 ? start : 0;
  const ownStart = start - firstSlot;
  const secondStart = ownStart + images;
  let image = 0; // image tokens so far, which are rows
  let text = 0; // text tokens so far
  for (let token = 0; token < T; token++) {
    const own = isImage[token] ? image++ : images + text++;
    const row = first + own;
    tokens[row] = first + token;
    rows[first + token] = row;
    places.set([prefix + token, start + own], 2 * row);
    visible[2 * row] = isImage[token] ? secondStart : prefix + image;
    visible[2 * row + 1] = secondStart + text;
  }
  return { firstRow: first, rows: T, firstSlot, secondStart, keys: ownStart + T };
}
