/** Reads a few bytes here and there in a file; neighbouring places cost one read. */
export class ByteWindow {
  readonly byteLength: number;
  readonly #blob: Blob;
  #start = 0;
  #bytes = new Uint8Array();
  /** How much is fetched at once: little for far jumps, more while places lie next to each other. */
  #ahead = leastAhead;

  constructor(blob: Blob) {
    this.#blob = blob;
    this.byteLength = blob.size;
  }

  /** The bytes from `start` on, fewer at the end of the file. */
  async read(start: number, count: number): Promise<Uint8Array> {
    const end = Math.min(start + count, this.byteLength);
    const windowEnd = this.#start + this.#bytes.length;
    if (start < this.#start || end > windowEnd) {
      const isNear = start >= this.#start && start <= windowEnd + this.#ahead;
      this.#ahead = isNear ? Math.min(this.#ahead * 2, mostAhead) : leastAhead;
      this.#start = start;
      this.#bytes = new Uint8Array(
        await this.#blob.slice(start, start + Math.max(count, this.#ahead)).arrayBuffer(),
      );
    }
    return this.#bytes.subarray(start - this.#start, end - this.#start);
  }
}

const leastAhead = 1024;
const mostAhead = 1 << 20;
