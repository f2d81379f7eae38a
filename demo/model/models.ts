// Which model answers: the one inside the page first, then what the visitor chose, loaded beside it; whatever is lost comes again.

import { hideError, showLoadError } from '../trouble/error-view.ts';
import { showModel } from './model-facts.ts';
import { pageState, setPageState, showProgress } from '../page-state.ts';
import { builtIn, type ModelChoice, type Session } from '../session.ts';
import { lastModel, rememberModel } from '../visit/last-model.ts';
import { showLoad } from './load-bar.ts';
import { ModelLoads } from './model-loads.ts';
import { rememberRate } from './situation.ts';

export interface ModelsHost {
  /** There is no model: questions wait. */
  onNone(): void;
  /** Another model answers from now on. */
  onChanged(): void;
  /** Runs `work` when no answer is under way. */
  whenFree(work: () => void): Promise<void>;
}

export class Models {
  readonly #session: Session;
  readonly #host: ModelsHost;
  readonly #loads: ModelLoads;

  constructor(session: Session, host: ModelsHost) {
    this.#session = session;
    this.#host = host;
    this.#loads = new ModelLoads(session, {
      onState: (state) => {
        showLoad(state, this.#loads);
        if (state?.bytesPerSec) rememberRate(state.bytesPerSec);
      },
      onLoaded: (choice) => {
        rememberModel(choice, true);
        this.#changed();
      },
      onFailed: (error, choice) => {
        void showLoadError(error, () => this.choose(choice));
        // Where the model before had to make room, the built-in one keeps the page working.
        if (!session.info) void this.loadFirst();
      },
      whenFree: (work) => host.whenFree(work),
    });
  }

  /** Loads what the visitor chose, beside the model that answers; what an earlier error said no longer matters. */
  choose(choice: ModelChoice): void {
    hideError();
    rememberModel(choice, false);
    void this.#loads.start(choice);
  }

  /** Loads the model inside the page, without which nothing can be asked. */
  async loadFirst(): Promise<void> {
    hideError();
    this.#host.onNone();
    setPageState('loading', 'Loading the model');
    try {
      await this.#session.load(builtIn, {
        onProgress: (progress) => pageState() === 'loading' && showProgress(progress, 'none'),
        signal: new AbortController().signal,
        whenFree: (work) => this.#host.whenFree(work),
      });
      this.#changed();
    } catch (error) {
      showModel(null, builtIn);
      setPageState('error', 'No model is loaded.');
      await showLoadError(error, () => void this.loadFirst());
    }
  }

  /** Loads the model of the visit before, or offers it where that visit ended before it was there. */
  resume(): void {
    const last = lastModel();
    if (!last || this.#loads.isLoading) return;
    if (last.loaded) void this.#loads.start(last.choice);
    else this.#loads.offer(last.choice);
  }

  /** Loads the model again: its device or its worker is lost. */
  reload(): void {
    const { choice } = this.#session;
    this.#session.dispose();
    setPageState('loading', 'Loading the model again');
    if (choice === builtIn) void this.loadFirst();
    else void this.#loads.start(choice);
  }

  #changed(): void {
    showModel(this.#session.info, this.#session.choice);
    this.#host.onChanged();
  }
}
