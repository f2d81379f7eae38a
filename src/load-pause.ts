// Holding up a load without ending it: what a page's "Pause" needs.

/**
 * Holds up loads that were given it (`LoadOptions.pausing`): after `pause()` nothing more is asked for than what is on its way
 * already, a few chunks of 8 MiB at most, and `resume()` goes on where it was. What arrived stays where it is, in the cache and on
 * the GPU. A load that is paused can still be ended by its signal.
 *
 * ```ts
 * const pausing = new LoadPause();
 * const loading = Molmo2.load({ model: 'molmo2-4b', pausing, onProgress });
 * button.onclick = () => (pausing.paused ? pausing.resume() : pausing.pause());
 * ```
 */
export class LoadPause {
  #paused = false;
  readonly #listeners = new Set<(paused: boolean) => void>();

  /** Whether loads are held up. */
  get paused(): boolean {
    return this.#paused;
  }

  /** Holds loads up, until `resume()`. */
  pause(): void {
    this.#set(true);
  }

  /** Lets loads go on where they were. */
  resume(): void {
    this.#set(false);
  }

  /** Tells `listener` of every change until the function that is returned is called. For those who carry a pause elsewhere. */
  onChange(listener: (paused: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #set(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    for (const listener of this.#listeners) listener(paused);
  }
}

/** Waits while `pausing` is paused. Rejects with the signal's own reason. */
export async function untilResumed(
  pausing: LoadPause | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (!pausing?.paused) return;
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      leave();
      signal?.removeEventListener('abort', end);
    };
    const end = (): void => {
      stop();
      reject(signal?.reason);
    };
    const leave = pausing.onChange((paused) => {
      if (paused) return;
      stop();
      resolve();
    });
    if (signal?.aborted) return end();
    signal?.addEventListener('abort', end, { once: true });
  });
}
