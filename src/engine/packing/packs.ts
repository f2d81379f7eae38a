// Which questions go through the decoder together. Pure.

/** What a question takes in a pack. */
export interface PackItem {
  readonly tokens: number;
}

// As many tokens as training packs into a sequence.
const packTokens = 16384;

/**
 * Consecutive questions in packs of at most `most`, whose prompts have at most as many tokens together as a packed sequence of
 * training; a longer one is alone.
 */
export function packsOf<T extends PackItem>(items: readonly T[], most: number, budget = packTokens): T[][] {
  const packs: T[][] = [];
  let tokens = 0;
  for (const item of items) {
    const pack = packs.at(-1);
    if (pack && pack.length < most && tokens + item.tokens <= budget) {
      pack.push(item);
      tokens += item.tokens;
    } else {
      packs.push([item]);
      tokens = item.tokens;
    }
  }
  return packs;
}
