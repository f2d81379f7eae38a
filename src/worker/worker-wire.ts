// The page's end of its own worker.

import type { ModelInfo } from '../api.ts';
import { invariant } from '../errors.ts';
import type { ModelSource } from '../weights/source/model-source.ts';
import type { EngineOptions } from './backend.ts';
import { revivedError, type FromWorker, type ToWorker } from './protocol.ts';
import { blockedWorker } from './start-worker.ts';
import type { Asked, CallOptions, Told, Wire } from './wire.ts';

const notLoaded =
  'its file was not found or not allowed to load (esbuild and Rollup need the two lines of the README)';

/** Something the worker is busy with: where its messages go, and how it ends. */
interface Call {
  onMessage(message: FromWorker): void;
  reject(error: unknown): void;
}

export class WorkerWire implements Wire {
  readonly #worker: Worker;
  readonly #calls = new Map<number, Call>();
  #nextCall = 1;
  #hasAnswered = false;
  #info: ModelInfo | null = null;
  #ended: Error | null = null;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      this.#hasAnswered = true;
      this.#calls.get(data.call)?.onMessage(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#end(
        this.#hasAnswered
          ? new Error(`The worker of molmo2-webgpu failed (${event.message || 'without a message'}).`)
          : blockedWorker(event.message || notLoaded),
      );
    };
  }

  get info(): ModelInfo {
    invariant(this.#info, 'the model is loaded');
    return this.#info;
  }

  load(source: ModelSource, { signal, onProgress, ...settings }: EngineOptions): Promise<void> {
    return this.#send(
      (call) => ({ type: 'load', call, source, settings }),
      (message, resolve) => {
        if (message.type === 'progress') onProgress?.(message.progress);
        if (message.type !== 'loaded') return;
        this.#info = message.info;
        resolve();
      },
      { signal },
    );
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

  #post(message: ToWorker, transfer: Transferable[] = []): void {
    if (!this.#ended) this.#worker.postMessage(message, transfer);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    this.#worker.terminate();
    for (const call of this.#calls.values()) call.reject(this.#ended);
  }
}
