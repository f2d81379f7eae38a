// Times that an answer names in words: `at 12.5 seconds`, `1:05`. Pure.

export interface TextPiece {
  readonly text: string;
  /** Null for words between times. */
  readonly timeSec: number | null;
}

const named = /\b(\d{1,5}(?:\.\d+)?)\s?(?:seconds?|sec|s)\b|\b(\d{1,2}):([0-5]\d(?:\.\d+)?)\b/g;

/** The text in pieces, those that are times within `durationSec` apart from the others. */
export function timesInText(text: string, durationSec: number): readonly TextPiece[] {
  const pieces: TextPiece[] = [];
  let from = 0;
  for (const match of text.matchAll(named)) {
    const [all, seconds, minutes, rest] = match;
    const timeSec = seconds === undefined ? Number(minutes) * 60 + Number(rest) : Number(seconds);
    if (timeSec > durationSec) continue;
    if (match.index > from) pieces.push({ text: text.slice(from, match.index), timeSec: null });
    pieces.push({ text: all, timeSec });
    from = match.index + all.length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from), timeSec: null });
  return pieces;
}
