// A backend whose engine is at the other end of a wire.

import type { AskEvent, ChatMessage, ModelInfo, Progress, QuestionPlan, Score, WindowEvent } from '../api.ts';
import type { Scoring } from '../engine/answer/scoring.ts';
import type { SavedConversation } from '../engine/restore-chat.ts';
import type { Walk } from '../engine/windows/time-windows.ts';
import type {
  Backend,
  BranchListener,
  PortableAskAll,
  PortableAskMany,
  PortableRequest,
  PortableRestore,
} from './backend.ts';
import { revivedError } from './protocol.ts';
import type { Asked, CallOptions, Wire } from './wire.ts';

export class RemoteBackend implements Backend {
  readonly #wire: Wire;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  get info(): ModelInfo {
    return this.#wire.info;
  }

  ask(
    conversation: number,
    { request, transfer }: PortableRequest,
    emit: (event: AskEvent) => void,
    signal?: AbortSignal,
  ): Promise<readonly ChatMessage[]> {
    return this.#wire.call(
      { type: 'ask', conversation, request },
      (message, resolve) => {
        if (message.type === 'event') emit(message.event);
        if (message.type === 'answered') resolve(message.said);
      },
      { transfer, signal },
    );
  }

  score(
    { request, transfer }: PortableRequest,
    scoring: Scoring,
    emit: (event: AskEvent) => void,
    signal?: AbortSignal,
  ): Promise<Score> {
    return this.#wire.call(
      { type: 'score', request, scoring },
      (message, resolve) => {
        if (message.type === 'event') emit(message.event);
        if (message.type === 'scored') resolve(message.score);
      },
      { transfer, signal },
    );
  }

  windows(
    { request, transfer }: PortableRequest,
    walk: Partial<Walk>,
    emit: (event: WindowEvent) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    return this.#wire.call(
      { type: 'windows', request, walk },
      (message, resolve) => {
        if (message.type === 'window-event') emit(message.event);
        if (message.type === 'walked') resolve();
      },
      { transfer, signal },
    );
  }

  plan({ request, transfer }: PortableRequest, signal?: AbortSignal): Promise<QuestionPlan> {
    return this.#wire.call(
      { type: 'plan', request },
      (message, resolve) => {
        if (message.type === 'planned') resolve(message.plan);
      },
      { transfer, signal },
    );
  }

  askAll(
    { request, transfer }: PortableAskAll,
    { emit, signals }: BranchListener,
    signal?: AbortSignal,
  ): Promise<void> {
    return this.#askTogether({ type: 'ask-all', request }, emit, { transfer, signals, signal });
  }

  askMany(
    { request, transfer }: PortableAskMany,
    { emit, signals }: BranchListener,
    signal?: AbortSignal,
  ): Promise<void> {
    return this.#askTogether({ type: 'ask-many', request }, emit, { transfer, signals, signal });
  }

  clone(conversation: number, copy: number, signal?: AbortSignal): Promise<void> {
    return this.#wire.call(
      { type: 'clone', conversation, copy },
      (message, resolve) => {
        if (message.type === 'cloned') resolve();
      },
      { signal },
    );
  }

  save(conversation: number, signal?: AbortSignal): Promise<SavedConversation> {
    return this.#wire.call(
      { type: 'save', conversation },
      (message, resolve) => {
        if (message.type === 'saved') resolve(message.saved);
      },
      { signal },
    );
  }

  restore(
    conversation: number,
    { request, transfer }: PortableRestore,
    onProgress: (progress: Progress) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    return this.#wire.call(
      { type: 'restore', conversation, request },
      (message, resolve) => {
        if (message.type === 'progress') onProgress(message.progress);
        if (message.type === 'restored') resolve();
      },
      { transfer, signal },
    );
  }

  forget(conversation: number): void {
    this.#wire.tell({ type: 'forget', conversation });
  }

  drop(conversation: number): void {
    this.#wire.tell({ type: 'drop', conversation });
  }

  dispose(): void {
    this.#wire.dispose();
  }

  #askTogether(asked: Asked, emit: BranchListener['emit'], options: CallOptions): Promise<void> {
    return this.#wire.call(
      asked,
      (message, resolve) => {
        if (message.type === 'branch-event') emit(message.event);
        if (message.type === 'branch-failed')
          emit({ type: 'failed', branch: message.branch, error: revivedError(message.error) });
        if (message.type === 'all-answered') resolve();
      },
      options,
    );
  }
}
