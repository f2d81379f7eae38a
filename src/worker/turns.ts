// Whose turn it is: one piece of work at a time, the next from whoever has waited longest since its last one.

interface Waiting {
  begin(): void;
}

export class Turns {
  /** Each has its own work in the order in which it came. */
  readonly #waiting = new Map<object, Waiting[]>();
  /** The number of everybody's last turn. */
  readonly #last = new WeakMap<object, number>();
  #count = 0;
  #isBusy = false;

  /** Does `work` when it is the turn of `who`; an abort before that rejects at once. */
  async inTurn<T>(who: object, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#turnOf(who, signal);
    try {
      return await work();
    } finally {
      this.#isBusy = false;
      this.#next();
    }
  }

  #turnOf(who: object, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const queue = this.#waiting.get(who) ?? [];
      const leave = () => {
        queue.splice(queue.indexOf(mine), 1);
        if (queue.length === 0) this.#waiting.delete(who);
        reject(signal.reason);
      };
      const mine = {
        begin() {
          signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      queue.push(mine);
      this.#waiting.set(who, queue);
      signal.addEventListener('abort', leave, { once: true });
      this.#next();
    });
  }

  #next(): void {
    if (this.#isBusy) return;
    const lastOf = (who: object) => this.#last.get(who) ?? 0;
    const [first] = [...this.#waiting].toSorted(([a], [b]) => lastOf(a) - lastOf(b));
    if (!first) return;
    const [who, queue] = first;
    const next = queue.shift();
    if (queue.length === 0) this.#waiting.delete(who);
    this.#last.set(who, ++this.#count);
    this.#isBusy = true;
    next?.begin();
  }
}
