// The number that an answer states, in the sentences of the training data.

// Both sentences begin with fixed words, so no text is slow to search. The second one needs the tag behind it.
const sentence = /shows a total of (\d{1,9})(?=\D)|There are (\d{1,9}) (?:<|&lt;|＜)(?:points|tracks)/i;
const sentenceAtEnd = /shows a total of (\d{1,9})$/;
const bareNumber = /^\s*(\d{1,9})\.?\s*$/;
const none = /^\s*There are none\b/;
/** More characters than the longest sentence has: what must be kept to find one that is cut between two pieces. */
const reach = 64;

/** Finds the stated number while the text arrives. */
export class StatedCount {
  #tail = '';
  #value: number | null = null;

  get value(): number | null {
    return this.#value;
  }

  push(text: string): void {
    if (this.#value !== null) return;
    const window = this.#tail + text;
    const match = sentence.exec(window);
    if (match) this.#value = Number(match[1] ?? match[2]);
    this.#tail = window.slice(-reach);
  }

  /** The answer is over; `answer` is its whole text, which may be nothing but a number or "There are none." */
  end(answer: string): void {
    if (this.#value !== null) return;
    const match = sentenceAtEnd.exec(this.#tail) ?? bareNumber.exec(answer);
    if (match) this.#value = Number(match[1]);
    else if (none.test(answer)) this.#value = 0;
  }
}
