// A model that outlives its device: when that is lost, another one is opened and the model brought onto it again.

import { unlessAborted } from '../abort.ts';
import type { ModelInfo, Progress } from '../api.ts';
import { Molmo2Error } from '../errors.ts';
import type { ModelSource } from '../weights/source/model-source.ts';
import type { BringModel, EngineOptions, OnDevice, ReloadOptions } from './load-model.ts';
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
  readonly #bring: BringModel;
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

  private constructor(
    onDevice: OnDevice,
    source: ModelSource,
    options: EngineOptions,
    bring: BringModel,
    losses: Losses,
  ) {
    this.#bring = bring;
    this.#onDevice = onDevice;
    this.#source = source;
    this.#options = { ...options, signal: undefined };
    this.#losses = losses;
    this.info = onDevice.info;
    this.#watch();
  }

  /** Loads it, again where the device is lost meanwhile. Throws as `bring` does. */
  static async load(source: ModelSource, options: EngineOptions, bring: BringModel): Promise<LastingModel> {
    const losses = new Losses();
    const onDevice = await loadAgain(source, options, bring, losses);
    return new LastingModel(onDevice, source, options, bring, losses);
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
    const onDevice = this.#onDevice;
    const loss = await onDevice.loss();
    if (!loss) return false;
    this.#note(onDevice, String(loss.cause));
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
    const onProgress = (progress: Progress) => this.#onProgress.forEach((told) => told(progress));
    const options = { ...this.#options, signal, onProgress, tuned: this.#onDevice.again() };
    try {
      await this.#tenants?.leave(this.model);
      this.#onDevice.destroy();
      const load = () => loadAgain(this.#source, options, this.#bring, this.#losses);
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
    const onDevice = this.#onDevice;
    void onDevice.lost.then((reason) => this.#note(onDevice, reason));
  }

  #note(onDevice: OnDevice, reason: string): void {
    if (this.#end.signal.aborted || this.#lost !== null || onDevice !== this.#onDevice) return;
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
async function loadAgain(
  source: ModelSource,
  options: ReloadOptions,
  bring: BringModel,
  losses: Losses,
): Promise<OnDevice> {
  const told: string[] = [];
  for (;;)
    try {
      const onDevice = await bring(source, options);
      return { ...onDevice, info: { ...onDevice.info, notices: [...onDevice.info.notices, ...told] } };
    } catch (error) {
      const isLost = error instanceof Molmo2Error && error.code === 'device-lost';
      if (!isLost || options.signal?.aborted) throw error;
      const reason = String(error.cause);
      losses.add(reason);
      told.push(`The GPU stopped working (${reason}), and the model was loaded again.`);
    }
}
