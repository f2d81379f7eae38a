// Image features that were computed before, by the content of their picture or frame. What was used least
// recently goes first; nothing that the question under way uses goes at all, so that a video longer than the budget
// keeps its beginning instead of pushing itself out.

/** A copy of features, in memory of its own. */
export interface CopiedFeatures<F> {
  readonly features: F; // [tokens, C]
  destroy(): void;
}

/** Where features lie. */
export interface FeatureMemory<F> {
  /** What a copy of so many rows of `from` takes. */
  bytesOf(from: F, rows: number): number;
  /** Copies the rows [row, row + rows) of `from`; null where there is no memory for them. */
  copy(from: F, row: number, rows: number): Promise<CopiedFeatures<F> | null>;
}

interface Kept<F> extends CopiedFeatures<F> {
  readonly byteLength: number;
  /** Number of the question that used it last. */
  question: number;
}

/** Where features are looked up. */
export type KnownFeatures<F = unknown> = Pick<FeatureCache<F>, 'find'>;

/** A cache as whoever asks questions knows it: not what it keeps. */
export type KeptFeatures = Omit<FeatureCache<unknown>, 'keep'>;

export class FeatureCache<F> {
  readonly #memory: FeatureMemory<F>;
  readonly #budgetBytes: number;
  #limitBytes: number;
  readonly #kept = new Map<string, Kept<F>>(); // the least recently used first
  #byteLength = 0;
  #question = 0;

  /** `budgetBytes` 0 keeps nothing. */
  constructor(memory: FeatureMemory<F>, budgetBytes: number) {
    this.#memory = memory;
    this.#budgetBytes = budgetBytes;
    this.#limitBytes = budgetBytes;
  }

  /** What features may take at most. */
  get budgetBytes(): number {
    return this.#budgetBytes;
  }

  /**
   * From now on they take no more than this, and no more than the budget. To be called before anything of a question is
   * looked up.
   */
  limit(bytes: number): void {
    this.#limitBytes = Math.min(this.#budgetBytes, bytes);
    for (const key of [...this.#kept.keys()]) {
      if (this.#byteLength <= this.#limitBytes) return;
      this.#drop(key);
    }
  }

  /** Bytes of all buffers; never more than the budget. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** From now on, what earlier questions used may go. */
  beginQuestion(): void {
    this.#question += 1;
  }

  /** The features [tokens, C] of a content; they stay at least as long as the question under way. */
  find(key: string): F | null {
    const kept = this.#kept.get(key);
    if (!kept) return null;
    kept.question = this.#question;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept.features;
  }

  /**
   * Keeps a copy of the rows [row, row + rows) of `from` [n, C], where there is room or can be made. `from` stays as it is until
   * this returns.
   */
  async keep(key: string, from: F, row: number, rows: number): Promise<void> {
    if (this.find(key) !== null) return;
    const byteLength = this.#memory.bytesOf(from, rows);
    if (!this.#makeRoom(byteLength)) return;
    this.#byteLength += byteLength;
    const copied = await this.#memory.copy(from, row, rows);
    if (!copied || this.#kept.has(key)) {
      copied?.destroy();
      this.#byteLength -= byteLength;
      // What is full has no memory for what only saves time.
      if (!copied) this.#limitBytes = Math.min(this.#limitBytes, this.#byteLength);
      return;
    }
    this.#kept.set(key, { ...copied, byteLength, question: this.#question });
  }

  /** Lets features go that nobody will ask for again. */
  forget(keys: Iterable<string>): void {
    for (const key of keys) this.#drop(key);
  }

  /** Lets all features go that the question under way has kept or used. */
  forgetQuestion(): void {
    for (const [key, { question }] of [...this.#kept]) if (question === this.#question) this.#drop(key);
  }

  /** Gives all memory back; what is asked for later is kept again. */
  clear(): void {
    for (const key of [...this.#kept.keys()]) this.#drop(key);
  }

  #makeRoom(size: number): boolean {
    if (size > this.#limitBytes) return false;
    for (const [key, { question }] of [...this.#kept]) {
      if (this.#byteLength + size <= this.#limitBytes) return true;
      if (question === this.#question) return false;
      this.#drop(key);
    }
    return this.#byteLength + size <= this.#limitBytes;
  }

  #drop(key: string): void {
    const kept = this.#kept.get(key);
    if (!kept) return;
    this.#kept.delete(key);
    this.#byteLength -= kept.byteLength;
    kept.destroy();
  }
}
