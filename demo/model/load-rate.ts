// How fast a model arrives, and when it will be there. Pure: time comes from outside.

interface Seen {
  readonly atMs: number;
  readonly done: number;
}

/** Long enough that a chunk of 8 MiB makes no jump, short enough that a slower connection shows. */
const windowMs = 8000;
/** A rate of less time than this says little. */
const leastMs = 1500;

/** The rate of the last seconds. */
export class LoadRate {
  #seen: readonly Seen[] = [];

  add(atMs: number, done: number): void {
    this.#seen = [...this.#seen.filter((one) => one.atMs > atMs - windowMs), { atMs, done }];
  }

  /** Forgets: after a pause the time before says nothing. */
  restart(): void {
    this.#seen = [];
  }

  /** Null until there is enough to tell. */
  get bytesPerSec(): number | null {
    const [first] = this.#seen;
    const last = this.#seen.at(-1);
    if (!first || !last || last.atMs - first.atMs < leastMs || last.done <= first.done) return null;
    return ((last.done - first.done) / (last.atMs - first.atMs)) * 1000;
  }
}

/** 42 -> `42 s`, 1500 -> `25 min`, 9000 -> `2.5 h`. */
export function timeSpan(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = seconds / 60;
  return minutes < 90 ? `${Math.round(minutes)} min` : `${(minutes / 60).toFixed(1)} h`;
}
