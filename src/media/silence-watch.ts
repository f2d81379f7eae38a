// Ends what is waited for when nothing is heard of it: a decoder or a program may never answer, and cannot be asked whether it
// will.

/** How long nothing may be read, decoded or printed: no file is waited for longer than ten seconds. */
export const mostSilenceMs = 8000;
/** How late a timer of a machine that is awake may be. */
const mostLateMs = 3000;

export class SilenceWatch {
  readonly #silenceMs: number;
  #lastMs = performance.now();

  constructor(silenceMs = mostSilenceMs) {
    this.#silenceMs = silenceMs;
  }

  /** Something was heard. */
  heard(): void {
    this.#lastMs = performance.now();
  }

  /** The same result, or an Error when nothing was heard for too long. */
  guard<T>(work: Promise<T>): Promise<T> {
    this.#lastMs = performance.now();
    const everyMs = this.#silenceMs / 10;
    return new Promise<T>((resolve, reject) => {
      let dueMs = performance.now() + everyMs;
      const timer = setInterval(() => {
        const nowMs = performance.now();
        // A machine that slept did not wait for anything.
        if (nowMs > dueMs + mostLateMs) this.#lastMs = nowMs;
        dueMs = nowMs + everyMs;
        if (nowMs - this.#lastMs > this.#silenceMs)
          reject(new Error(`nothing came for ${this.#silenceMs / 1000} seconds`));
      }, everyMs);
      work.then(resolve, reject).finally(() => clearInterval(timer));
    });
  }

  /** The same values, each of them guarded. */
  async *each<T>(values: AsyncGenerator<T>): AsyncGenerator<T> {
    try {
      for (;;) {
        const { value, done } = await this.guard(values.next());
        if (done) return;
        yield value;
      }
    } finally {
      // Not waited for: what is stuck does not come back.
      void values.return(undefined).catch(() => {});
    }
  }
}
