// The page's side of the worker. The Node twin, open-backend-node.ts, runs the engine on its own thread.

import { unlessAborted } from '../abort.ts';
import type { AskEvent, ChatMessage, ModelInfo, Progress, QuestionPlan, Score, WindowEvent } from '../api.ts';
import type { Scoring } from '../engine/answer/scoring.ts';
import type { Walk } from '../engine/windows/time-windows.ts';
import { invariant } from '../errors.ts';
import type { ModelSource } from '../weights/source/model-source.ts';
import type { SavedConversation } from '../engine/restore-chat.ts';
import type {
  Backend,
  BranchListener,
  OpenOptions,
  PortableAskAll,
  PortableAskMany,
  PortableRequest,
  PortableRestore,
} from './backend.ts';
import { revivedError, type FromWorker, type ToWorker } from './protocol.ts';
import { blockedWorker, startWorker } from './start-worker.ts';

const notLoaded =
  'its file was not found or not allowed to load (esbuild and Rollup need the two lines of the README)';

/** Something the worker is busy with: where its messages go, and how it ends. */
interface Call {
  onMessage(message: FromWorker): void;
  reject(error: unknown): void;
}

class WorkerBackend implements Backend {
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

  load(source: ModelSource, { signal, onProgress, ...settings }: OpenOptions): Promise<void> {
    return this.#call(
      (call) => this.#post({ type: 'load', call, source, settings }),
      (message, resolve) => {
        if (message.type === 'progress') onProgress?.(message.progress);
        if (message.type !== 'loaded') return;
        this.#info = message.info;
        resolve();
      },
      signal,
    );
  }

  ask(
    conversation: number,
    { request, transfer }: PortableRequest,
    emit: (event: AskEvent) => void,
    signal?: AbortSignal,
  ): Promise<readonly ChatMessage[]> {
    return this.#call(
      (call) => this.#post({ type: 'ask', call, conversation, request }, transfer),
      (message, resolve) => {
        if (message.type === 'event') emit(message.event);
        if (message.type === 'answered') resolve(message.said);
      },
      signal,
    );
  }

  score(
    { request, transfer }: PortableRequest,
    scoring: Scoring,
    emit: (event: AskEvent) => void,
    signal?: AbortSignal,
  ): Promise<Score> {
    return this.#call(
      (call) => this.#post({ type: 'score', call, request, scoring }, transfer),
      (message, resolve) => {
        if (message.type === 'event') emit(message.event);
        if (message.type === 'scored') resolve(message.score);
      },
      signal,
    );
  }

  windows(
    { request, transfer }: PortableRequest,
    walk: Partial<Walk>,
    emit: (event: WindowEvent) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    return this.#call(
      (call) => this.#post({ type: 'windows', call, request, walk }, transfer),
      (message, resolve) => {
        if (message.type === 'window-event') emit(message.event);
        if (message.type === 'walked') resolve();
      },
      signal,
    );
  }

  plan({ request, transfer }: PortableRequest, signal?: AbortSignal): Promise<QuestionPlan> {
    return this.#call(
      (call) => this.#post({ type: 'plan', call, request }, transfer),
      (message, resolve) => {
        if (message.type === 'planned') resolve(message.plan);
      },
      signal,
    );
  }

  askAll(
    { request, transfer }: PortableAskAll,
    listener: BranchListener,
    signal?: AbortSignal,
  ): Promise<void> {
    const send = (call: number) => this.#post({ type: 'ask-all', call, request }, transfer);
    return this.#askTogether(send, listener, signal);
  }

  askMany(
    { request, transfer }: PortableAskMany,
    listener: BranchListener,
    signal?: AbortSignal,
  ): Promise<void> {
    const send = (call: number) => this.#post({ type: 'ask-many', call, request }, transfer);
    return this.#askTogether(send, listener, signal);
  }

  clone(conversation: number, copy: number, signal?: AbortSignal): Promise<void> {
    return this.#call(
      (call) => this.#post({ type: 'clone', call, conversation, copy }),
      (message, resolve) => {
        if (message.type === 'cloned') resolve();
      },
      signal,
    );
  }

  save(conversation: number, signal?: AbortSignal): Promise<SavedConversation> {
    return this.#call(
      (call) => this.#post({ type: 'save', call, conversation }),
      (message, resolve) => {
        if (message.type === 'saved') resolve(message.saved);
      },
      signal,
    );
  }

  restore(
    conversation: number,
    { request, transfer }: PortableRestore,
    onProgress: (progress: Progress) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    return this.#call(
      (call) => this.#post({ type: 'restore', call, conversation, request }, transfer),
      (message, resolve) => {
        if (message.type === 'progress') onProgress(message.progress);
        if (message.type === 'restored') resolve();
      },
      signal,
    );
  }

  forget(conversation: number): void {
    if (!this.#ended) this.#post({ type: 'forget', conversation });
  }

  drop(conversation: number): void {
    if (!this.#ended) this.#post({ type: 'drop', conversation });
  }

  dispose(): void {
    this.#end(new Error('The model was disposed. Load it again.'));
  }

  /**
   * Sends a numbered message; `onMessage` resolves when the call is complete. An aborted signal is passed on, and the call
   * settles when the worker has stopped at its next slice of work.
   */
  #call<T>(
    send: (call: number) => void,
    onMessage: (message: FromWorker, resolve: (value: T) => void) => void,
    signal?: AbortSignal,
  ): Promise<T> {
    const call = this.#nextCall++;
    const stop = () => {
      if (!this.#ended) this.#post({ type: 'cancel', call });
    };
    const done = new Promise<T>((resolve, reject) => {
      if (this.#ended) throw this.#ended;
      signal?.throwIfAborted();
      this.#calls.set(call, {
        reject,
        onMessage: (message) => {
          if (message.type === 'failed') reject(revivedError(message.error));
          else onMessage(message, resolve);
        },
      });
      signal?.addEventListener('abort', stop, { once: true });
      send(call);
    });
    return done.finally(() => {
      signal?.removeEventListener('abort', stop);
      this.#calls.delete(call);
    });
  }

  /** Sends several questions; those whose own signal is aborted are cancelled alone. */
  async #askTogether(
    send: (call: number) => void,
    { emit, signals }: BranchListener,
    signal?: AbortSignal,
  ): Promise<void> {
    const settled = new AbortController();
    const sendAll = (call: number) => {
      send(call);
      signals.forEach((own, branch) => {
        const stop = () => {
          if (!this.#ended) this.#post({ type: 'cancel-branch', call, branch });
        };
        if (own?.aborted) stop();
        own?.addEventListener('abort', stop, { once: true, signal: settled.signal });
      });
    };
    try {
      await this.#call<void>(
        sendAll,
        (message, resolve) => {
          if (message.type === 'branch-event') emit(message.event);
          if (message.type === 'branch-failed')
            emit({ type: 'failed', branch: message.branch, error: revivedError(message.error) });
          if (message.type === 'all-answered') resolve();
        },
        signal,
      );
    } finally {
      settled.abort();
    }
  }

  #post(message: ToWorker, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    this.#worker.terminate();
    for (const call of this.#calls.values()) call.reject(this.#ended);
  }
}

/** Starts the worker and loads the model in it. */
export async function openBackend(source: ModelSource, options: OpenOptions): Promise<Backend> {
  options.signal?.throwIfAborted();
  const backend = new WorkerBackend(startWorker());
  try {
    await unlessAborted(backend.load(source, options), options.signal);
    return backend;
  } catch (error) {
    backend.dispose();
    throw error;
  }
}
