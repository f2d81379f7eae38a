// The page's end of its own worker.

import type { ModelInfo } from '../api.ts';
import { invariant } from '../errors.ts';
import type { FromPlayer } from '../media/player/player-port.ts';
import { ownFile } from '../own-file.ts';
import type { ModelSource } from '../weights/source/model-source.ts';
import type { EngineOptions } from '../engine/load-model.ts';
import {
  blockedWorker,
  failedWorker,
  watchPolicies,
  whatLiesAt,
  type PolicyWatch,
} from './blocked-worker.ts';
import { deferred } from './deferred.ts';
import { revivedError, type FromWorker, type ToWorker } from './protocol.ts';
import { startWorker, workerAddress } from './start-worker.ts';
import type { Asked, CallOptions, Told, Wire } from './wire.ts';

/** Something the worker is busy with: where its messages go, and how it ends. */
interface Call {
  onMessage(message: FromWorker): void;
  reject(error: unknown): void;
}

export class WorkerWire implements Wire {
  readonly #worker: Worker;
  readonly #policies: PolicyWatch;
  readonly #calls = new Map<number, Call>();
  #nextCall = 1;
  #hasAnswered = false;
  #info: ModelInfo | null = null;
  #ended: Error | null = null;
  #isExplaining = false;
  readonly #watching = new AbortController();
  readonly #whenEnded = deferred<Error>();

  /** Starts a worker. Throws `worker-blocked` where the page may not; what shows later rejects the calls. */
  constructor() {
    const policies = watchPolicies();
    this.#policies = policies;
    try {
      this.#worker = startWorker();
    } catch (error) {
      policies.stop();
      throw error;
    }
    const worker = this.#worker;
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      this.#hasAnswered = true;
      policies.stop();
      if (data.type === 'watched') this.#watch(data.lock);
      else if (data.type === 'play') void this.#play(data.file, data.port);
      else if (data.type === 'given-up') this.#end(revivedError(data.error));
      else this.#calls.get(data.call)?.onMessage(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(event.message || 'it said nothing more');
    };
    if (navigator.locks) this.#post({ type: 'watch', lock: `molmo2-webgpu worker ${crypto.randomUUID()}` });
  }

  get info(): ModelInfo {
    invariant(this.#info, 'the model is loaded');
    return this.#info;
  }

  load(source: ModelSource, { signal, onProgress, pausing, ...settings }: EngineOptions): Promise<void> {
    let leave = () => {};
    return this.#send<void>(
      (call) => {
        const tell = (paused: boolean) => this.#post({ type: 'pause', paused });
        leave = pausing?.onChange(tell) ?? leave;
        if (pausing?.paused) tell(true);
        return { type: 'load', call, source, settings };
      },
      (message, resolve) => {
        if (message.type === 'progress') onProgress?.(message.progress);
        if (message.type !== 'loaded') return;
        this.#info = message.info;
        resolve();
      },
      { signal },
    ).finally(() => leave());
  }

  /** Makes the worker answer the tabs of a room, too, once its model is loaded. */
  serve(room: string, server: string): void {
    this.#post({ type: 'serve', room, server });
  }

  /** Fulfils when the worker is no more, with the reason. */
  get ended(): Promise<Error> {
    return this.#whenEnded.promise;
  }

  call<T>(
    asked: Asked,
    hear: (message: FromWorker, resolve: (value: T) => void) => void,
    options: CallOptions = {},
  ): Promise<T> {
    return this.#send((call) => ({ ...asked, call }), hear, options);
  }

  tell(message: Told): void {
    this.#post(message);
  }

  dispose(): void {
    this.#end(new Error('The model was disposed. Load it again.'));
  }

  async #send<T>(
    numbered: (call: number) => ToWorker,
    hear: (message: FromWorker, resolve: (value: T) => void) => void,
    { transfer, signal, signals = [] }: CallOptions,
  ): Promise<T> {
    if (this.#ended) throw this.#ended;
    signal?.throwIfAborted();
    const call = this.#nextCall++;
    const settled = new AbortController();
    const whenAborted = (own: AbortSignal | undefined, stop: () => void) => {
      if (own?.aborted) stop();
      own?.addEventListener('abort', stop, { once: true, signal: settled.signal });
    };
    try {
      return await new Promise<T>((resolve, reject) => {
        const onMessage = (message: FromWorker) => {
          if (message.type === 'failed') reject(revivedError(message.error));
          else hear(message, resolve);
        };
        this.#calls.set(call, { reject, onMessage });
        this.#post(numbered(call), transfer);
        whenAborted(signal, () => this.#post({ type: 'cancel', call }));
        signals.forEach((own, branch) =>
          whenAborted(own, () => this.#post({ type: 'cancel-branch', call, branch })),
        );
      });
    } finally {
      settled.abort();
      this.#calls.delete(call);
    }
  }

  /**
   * A worker that closes itself or is ended from outside says nothing, but the lock that it holds as long as it lives becomes free.
   * Called once it holds it.
   */
  #watch(lock: string): void {
    const { signal } = this.#watching;
    navigator.locks.request(lock, { signal }, () => this.#fail('it was ended')).catch(() => {});
  }

  /** Plays a file for the worker, which has no player, as long as there is the worker. */
  async #play(file: Blob, port: MessagePort): Promise<void> {
    try {
      const { servePlayer } = await ownFile('player', import('../media/player/serve-player.ts'));
      servePlayer(file, port, this.#watching.signal);
    } catch (cause) {
      port.postMessage({ type: 'failed', call: 0, message: String(cause) } satisfies FromPlayer);
    }
  }

  #fail(message: string): void {
    if (this.#hasAnswered) this.#end(failedWorker(message));
    else if (!this.#isExplaining) void this.#explain(message);
  }

  /** Ends with the cause of a worker that did not start; browsers tell little of it. */
  async #explain(message: string): Promise<void> {
    this.#isExplaining = true;
    const lies = await whatLiesAt(workerAddress(), message).catch(() => message);
    this.#end(blockedWorker(this.#policies.found() ?? lies));
  }

  #post(message: ToWorker, transfer: Transferable[] = []): void {
    if (!this.#ended) this.#worker.postMessage(message, transfer);
  }

  #end(error: Error): void {
    if (this.#ended) return;
    this.#ended = error;
    this.#whenEnded.resolve(error);
    this.#policies.stop();
    this.#watching.abort();
    this.#worker.terminate();
    for (const call of this.#calls.values()) call.reject(this.#ended);
  }
}
