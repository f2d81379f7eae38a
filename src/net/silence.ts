// When a server that says nothing is waited for no longer.

/** Timers of a machine or page that slept all ring at once: what is waited for is this many short ones in a row. */
const partsOfSilence = 10;

/** Ends a request that hears nothing for too long while the machine is awake. */
export class Silence {
  readonly #controller = new AbortController();
  #limitMs: number;
  readonly #signal: AbortSignal;
  #timer: ReturnType<typeof setTimeout> | undefined;
  isOver = false;

  constructor(limitMs: number, signal?: AbortSignal) {
    this.#limitMs = limitMs;
    this.#signal = signal ? AbortSignal.any([this.#controller.signal, signal]) : this.#controller.signal;
    this.heard();
  }

  /** For the request. */
  get signal(): AbortSignal {
    return this.#signal;
  }

  /** The next silence may last `limitMs`; as long as the one before unless that is said. */
  heard(limitMs = this.#limitMs): void {
    this.#limitMs = limitMs;
    clearTimeout(this.#timer);
    this.#wait(partsOfSilence);
  }

  /** Until something is heard again nothing is waited for: it is not the server that is slow. */
  pause(): void {
    clearTimeout(this.#timer);
  }

  #wait(parts: number): void {
    this.#timer = setTimeout(() => {
      if (parts > 1) return this.#wait(parts - 1);
      this.isOver = true;
      this.#controller.abort();
    }, this.#limitMs / partsOfSilence);
  }

  /** Nothing more is waited for; what is still under way is given up. */
  end(): void {
    clearTimeout(this.#timer);
    this.#controller.abort();
  }
}
