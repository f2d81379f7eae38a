// Ends a text before the first stop string, however it is cut into pieces, and never shows a part of one.

/**
 * The text ends before the stop string that is complete first; of several that end with the same character, the one that
 * begins first. So it does not matter how tokens cut the text.
 */
export class StopStrings {
  readonly #stops: readonly string[];
  #held = ''; // may be the beginning of a stop string
  #stopped = false;

  constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  /** Whether a stop string is complete. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** The part of the text that may be shown now. */
  push(piece: string): string {
    if (this.#stopped) return '';
    const text = this.#held + piece;
    const start = this.#startIn(text);
    this.#stopped = start !== null;
    const shown = start ?? text.length - this.#beginningAtEnd(text);
    this.#held = this.#stopped ? '' : text.slice(shown);
    return text.slice(0, shown);
  }

  /** What was held back and is no stop string after all. */
  end(): string {
    const rest = this.#held;
    this.#held = '';
    return rest;
  }

  #startIn(text: string): number | null {
    const found = this.#stops
      .map((stop) => ({ start: text.indexOf(stop), length: stop.length }))
      .filter(({ start }) => start >= 0)
      .sort((a, b) => a.start + a.length - (b.start + b.length) || a.start - b.start);
    return found[0]?.start ?? null;
  }

  /** Length of the longest end of the text with which a stop string begins. */
  #beginningAtEnd(text: string): number {
    const longest = Math.max(0, ...this.#stops.map((stop) => stop.length - 1));
    for (let length = Math.min(longest, text.length); length > 0; length--) {
      const end = text.slice(text.length - length);
      if (this.#stops.some((stop) => stop.startsWith(end))) return length;
    }
    return 0;
  }
}
