// How long work takes on this device, learnt from what ran: milliseconds per multiply-add, for each kernel by itself.

/** Work whose time is wanted or known. */
export interface PacedWork {
  /** The kernel's name. */
  readonly kernel: string;
  /** Multiply-adds, roughly. */
  readonly cost: number;
}

// A first run may compile the pipeline, and a page may have slept: no reading changes an estimate by more than this.
const mostChange = 4;
const shortestMs = 0.5; // below, waiting is what was measured

export class Pace {
  readonly #firstGuess: number; // ms per multiply-add
  readonly #known = new Map<string, number>();

  /** `costPerMs` is the guess for kernels that have not run yet; too small a one makes only the first slices short. */
  constructor(costPerMs: number) {
    this.#firstGuess = 1 / costPerMs;
  }

  /** Milliseconds that the work will take. */
  predictMs({ kernel, cost }: PacedWork): number {
    return cost * (this.#known.get(kernel) ?? this.#firstGuess);
  }

  /** Milliseconds of all this work, as well as is known: kernels that have not run go at the pace of those that have. */
  expectMs(work: readonly PacedWork[]): number {
    const known = work.filter(({ kernel }) => this.#known.has(kernel));
    const cost = (of: readonly PacedWork[]) => of.reduce((sum, one) => sum + one.cost, 0);
    const knownMs = known.reduce((sum, one) => sum + this.predictMs(one), 0);
    const rest = cost(work) - cost(known);
    const typical = [...this.#known.values()].toSorted((a, b) => a - b)[this.#known.size >> 1];
    const pace = cost(known) > 0 ? knownMs / cost(known) : (typical ?? this.#firstGuess);
    return knownMs + rest * pace;
  }

  /** Share of this work, by cost, that is of kernels that have run. */
  knownShare(work: readonly PacedWork[]): number {
    let [known, all] = [0, 0];
    for (const { kernel, cost } of work) {
      all += cost;
      if (this.#known.has(kernel)) known += cost;
    }
    return all === 0 ? 1 : known / all;
  }

  /** Multiply-adds that a kernel whose name begins so does in `ms`: the least of those known, or the guess. */
  costIn(ms: number, name: string): number {
    const known = [...this.#known].flatMap(([kernel, each]) => (kernel.startsWith(name) ? [each] : []));
    return ms / (known.length > 0 ? Math.max(...known) : this.#firstGuess);
  }

  /** Whether a kernel whose name begins so has run. */
  knows(name: string): boolean {
    return [...this.#known.keys()].some((kernel) => kernel.startsWith(name));
  }

  /** Takes in that this work together took `elapsedMs`. Each kernel is corrected by its share of the expected time. */
  learn(work: readonly PacedWork[], elapsedMs: number): void {
    const expectedMs = new Map<string, number>();
    for (const one of work)
      expectedMs.set(one.kernel, (expectedMs.get(one.kernel) ?? 0) + this.predictMs(one));
    const totalMs = [...expectedMs.values()].reduce((sum, ms) => sum + ms, 0);
    if (totalMs <= 0) return;
    const factor = Math.max(shortestMs, elapsedMs) / totalMs;
    const change = Math.min(mostChange, Math.max(1 / mostChange, factor));
    for (const [kernel, ms] of expectedMs) {
      const before = this.#known.get(kernel) ?? this.#firstGuess;
      this.#known.set(kernel, before * change ** (ms / totalMs));
    }
  }
}
