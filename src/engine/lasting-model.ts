// A model that outlives its device: when that is lost, another one is opened and the model brought onto it again.

import { unlessAborted } from '../abort.ts';
import type { ModelInfo, Progress } from '../api.ts';
import { Molmo2Error } from '../errors.ts';
import type { ModelSource } from '../weights/source/model-source.ts';
import { loadModel, type EngineOptions, type OnDevice, type ReloadOptions } from './load-model.ts';
import type { LoadedModel } from './loaded-model.ts';
import { couldBeLoss, Losses, whenAdapterReturns } from './recovery/losses.ts';
import type { Revival } from './recovery/notices.ts';

export interface LivingOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told about bytes while the model is brought back. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly onRevived?: ((revival: Revival) => void) | undefined;
}

/** Who has something on the device. */
export interface Tenants {
  /** Told when the device has gone, whatever is being done. */
  onLost(): void;
  /** Told when nothing is done any more, before all that was on it is given back. */
  leave(lost: LoadedModel): Promise<void>;
}

export class LastingModel {
  readonly info: ModelInfo;
  readonly #source: ModelSource;
  readonly #options: EngineOptions;
  readonly #losses: Losses;
  readonly #end = new AbortController();
  readonly #onProgress = new Set<(progress: Progress) => void>();
  #onDevice: OnDevice;
  #tenants: Tenants | null = null;
  /** Why the device is gone; null while it works. */
  #lost: string | null = null;
  /** Why no other one is opened. */
  #givenUp: Error | null = null;
  #reviving: Promise<Revival> | null = null;

  private constructor(onDevice: OnDevice, source: ModelSource, options: EngineOptions, losses: Losses) {
    this.#onDevice = onDevice;
    this.#source = source;
    this.#options = { ...options, signal: undefined };
    this.#losses = losses;
    this.info = onDevice.info;
    this.#watch();
  }

  /** Loads it, again where the device is lost meanwhile. Throws as `loadModel` does. */
  static async load(source: ModelSource, options: EngineOptions = {}): Promise<LastingModel> {
    const losses = new Losses();
    return new LastingModel(await loadAgain(source, options, losses), source, options, losses);
  }

  /** The model on the device that it is on, or was on last. */
  get model(): LoadedModel {
    return this.#onDevice.model;
  }

  set tenants(tenants: Tenants) {
    this.#tenants = tenants;
  }

  /** Whether an error came of a lost device. */
  async isLostBy(error: unknown): Promise<boolean> {
    if (this.#end.signal.aborted || !couldBeLoss(error)) return false;
    const { runner } = this.model;
    const loss = await runner.loss();
    if (!loss) return false;
    this.#note(runner, String(loss.cause));
    return true;
  }

  /**
   * The model on a device that works, brought back first where that was lost; nothing else may use it meanwhile. Throws
   * `device-lost` where it was given up, what loading throws, or the signal's own reason.
   */
  async living({ signal, onProgress, onRevived }: LivingOptions = {}): Promise<LoadedModel> {
    if (this.#givenUp) throw this.#givenUp;
    if (this.#lost === null) return this.model;
    if (onProgress) this.#onProgress.add(onProgress);
    try {
      this.#reviving ??= this.#revive(this.#lost);
      onRevived?.(await unlessAborted(this.#reviving, signal));
      return this.model;
    } finally {
      if (onProgress) this.#onProgress.delete(onProgress);
    }
  }

  destroy(): void {
    this.#end.abort(new Error('The model was disposed. Load it again.'));
    this.#onDevice.destroy();
  }

  async #revive(reason: string): Promise<Revival> {
    const startMs = performance.now();
    const { signal } = this.#end;
    const { adapter, kernels } = this.model.runner;
    const onProgress = (progress: Progress) => this.#onProgress.forEach((told) => told(progress));
    const tuned = { adapter, choices: kernels.tuned };
    const options = { ...this.#options, signal, onProgress, tuned };
    try {
      await this.#tenants?.leave(this.model);
      this.#onDevice.destroy();
      const load = () => loadAgain(this.#source, options, this.#losses);
      const onDevice = await whenAdapterReturns(load, reason, signal);
      if (signal.aborted) onDevice.destroy();
      signal.throwIfAborted();
      this.#onDevice = onDevice;
      this.#lost = null;
      this.#watch();
      return { reason, elapsedMs: performance.now() - startMs };
    } catch (error) {
      if (error instanceof Molmo2Error && error.code === 'device-lost') this.#givenUp = error;
      throw error;
    } finally {
      this.#reviving = null;
    }
  }

  #watch(): void {
    const { runner } = this.model;
    void runner.lost.then((reason) => this.#note(runner, reason));
  }

  #note(runner: LoadedModel['runner'], reason: string): void {
    if (this.#end.signal.aborted || this.#lost !== null || runner !== this.model.runner) return;
    this.#lost = reason;
    try {
      this.#losses.add(reason);
    } catch (error) {
      this.#givenUp = error as Error;
    }
    this.#tenants?.onLost();
  }
}

/** Loads a model, again while the device is lost meanwhile, which its notices tell. */
async function loadAgain(source: ModelSource, options: ReloadOptions, losses: Losses): Promise<OnDevice> {
  const told: string[] = [];
  for (;;)
    try {
      const onDevice = await loadModel(source, options);
      return { ...onDevice, info: { ...onDevice.info, notices: [...onDevice.info.notices, ...told] } };
    } catch (error) {
      const isLost = error instanceof Molmo2Error && error.code === 'device-lost';
      if (!isLost || options.signal?.aborted) throw error;
      const reason = String(error.cause);
      losses.add(reason);
      told.push(`The GPU stopped working (${reason}), and the model was loaded again.`);
    }
}
