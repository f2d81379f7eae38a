// Work that must not overlap, taken in the order of its number rather than of its arrival.

/** Runs one piece of work at a time; of those that wait, the lowest number goes next. */
export class TurnQueue {
  #busy = false;
  readonly #waiting: { readonly number: number; readonly start: () => void }[] = [];

  async run<T>(number: number, work: () => Promise<T>): Promise<T> {
    if (this.#busy)
      await new Promise<void>((start) => {
        this.#waiting.push({ number, start });
        this.#waiting.sort((a, b) => a.number - b.number);
      });
    this.#busy = true;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next.start();
      else this.#busy = false;
    }
  }
}
