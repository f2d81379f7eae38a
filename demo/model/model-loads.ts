// Loads a model beside the one that answers: with bytes, speed and time left, paused and resumed, until it takes over.

import { LoadPause, type Progress } from '../../src/index.ts';
import type { ModelChoice, Session } from '../session.ts';
import { LoadRate } from './load-rate.ts';

export interface LoadState {
  readonly choice: ModelChoice;
  /** `offered`: an earlier visit had begun it, `ready`: it has taken over. */
  readonly phase: 'loading' | 'paused' | 'offered' | 'ready';
  readonly done: number;
  readonly total: number | null;
  readonly bytesPerSec: number | null;
  /** Why nothing happens for a while. */
  readonly waiting: string | null;
}

export interface LoadEvents {
  /** Null when nothing is to be told. */
  onState(state: LoadState | null): void;
  onLoaded(choice: ModelChoice): void;
  onFailed(error: unknown, choice: ModelChoice): void;
  whenFree(work: () => void): Promise<void>;
}

function begun(choice: ModelChoice, phase: LoadState['phase']): LoadState {
  return { choice, phase, done: 0, total: null, bytesPerSec: null, waiting: null };
}

/** One load at a time; a second one takes the place of the first. */
export class ModelLoads {
  readonly #session: Session;
  readonly #events: LoadEvents;
  #work: AbortController | null = null;
  #pausing = new LoadPause();
  #rate = new LoadRate();
  #state: LoadState | null = null;

  constructor(session: Session, events: LoadEvents) {
    this.#session = session;
    this.#events = events;
  }

  get isLoading(): boolean {
    return this.#work !== null;
  }

  async start(choice: ModelChoice): Promise<void> {
    this.cancel();
    const work = (this.#work = new AbortController());
    this.#pausing = new LoadPause();
    this.#rate = new LoadRate();
    this.#tell(begun(choice, 'loading'));
    try {
      await this.#session.load(choice, {
        onProgress: (progress) => work === this.#work && this.#progress(progress),
        signal: work.signal,
        pausing: this.#pausing,
        whenFree: (swap) => this.#events.whenFree(swap),
      });
      if (work !== this.#work) return;
      this.#work = null;
      this.#tell(begun(choice, 'ready'));
      this.#events.onLoaded(choice);
    } catch (error) {
      if (work !== this.#work) return;
      this.#work = null;
      this.#tell(null);
      this.#events.onFailed(error, choice);
    }
  }

  /** Tells that an earlier visit had begun to load this; `resume` starts it. */
  offer(choice: ModelChoice): void {
    this.#tell(begun(choice, 'offered'));
  }

  pause(): void {
    if (!this.#work || !this.#state) return;
    this.#pausing.pause();
    this.#tell({ ...this.#state, phase: 'paused', bytesPerSec: null, waiting: null });
  }

  resume(): void {
    if (!this.#state) return;
    if (!this.#work) return void this.start(this.#state.choice);
    this.#rate.restart();
    this.#pausing.resume();
    this.#tell({ ...this.#state, phase: 'loading' });
  }

  /** Ends the load, or takes away what is told of one. */
  cancel(): void {
    const work = this.#work;
    this.#work = null;
    work?.abort();
    this.#tell(null);
  }

  #progress({ done, total, waiting }: Progress): void {
    if (!this.#state) return;
    const isPaused = this.#state.phase === 'paused';
    if (!isPaused) this.#rate.add(performance.now(), done);
    const { bytesPerSec } = this.#rate;
    this.#tell({
      ...this.#state,
      done,
      total,
      bytesPerSec: isPaused ? null : bytesPerSec,
      waiting: waiting ?? null,
    });
  }

  #tell(state: LoadState | null): void {
    this.#state = state;
    this.#events.onState(state);
  }
}
