// Events that are pushed on one side and awaited one by one on the other.

export class EventQueue<T> {
  readonly #items: T[] = [];
  #wake: () => void = () => {};
  #end: { readonly error: unknown } | 'done' | null = null;

  push(item: T): void {
    this.#items.push(item);
    this.#wake();
  }

  /** No more items will come. */
  finish(): void {
    this.#end ??= 'done';
    this.#wake();
  }

  /** No more items will come; the reader throws `error` after those that are there. */
  fail(error: unknown): void {
    this.#end ??= { error };
    this.#wake();
  }

  async *read(): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const item = this.#items.shift();
      if (item !== undefined) yield item;
      else if (this.#end === 'done') return;
      else if (this.#end) throw this.#end.error;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}
