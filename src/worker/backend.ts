// What answers questions behind the door: an engine on this thread (Node) or behind a worker (pages).

import type {
  AskEvent,
  BranchEvent,
  ChatMessage,
  ModelInfo,
  Progress,
  QuestionPlan,
  Score,
  WindowEvent,
} from '../api.ts';
import type { Scoring } from '../engine/answer/scoring.ts';
import type { AskAllRequest, AskManyRequest } from '../engine/branches/together.ts';
import type { EngineOptions } from '../engine/load-model.ts';
import type { AskRequest } from '../engine/request.ts';
import type { Fallback } from '../fallback.ts';
import type { RestoreRequest, SavedConversation } from '../engine/restore-chat.ts';
import type { Walk } from '../engine/windows/time-windows.ts';

export interface PortableRequest {
  readonly request: AskRequest;
  /** Parts of the request that move instead of being copied. */
  readonly transfer: Transferable[];
}

export interface PortableAskAll {
  readonly request: AskAllRequest;
  /** Parts of the request that move instead of being copied. */
  readonly transfer: Transferable[];
}

export interface PortableAskMany {
  readonly request: AskManyRequest;
  /** Parts of the request that move instead of being copied. */
  readonly transfer: Transferable[];
}

/** Who is told about several questions, and which signal ends each of them alone. */
export interface BranchListener {
  readonly emit: (event: BranchEvent) => void;
  readonly signals: readonly (AbortSignal | undefined)[];
}

export interface PortableRestore {
  readonly request: RestoreRequest;
  /** Parts of the request that move instead of being copied. */
  readonly transfer: Transferable[];
}

export interface Backend {
  readonly info: ModelInfo;
  /**
   * Answers in turn; `emit` gets every event, and what comes of it is what was said. Settles when the engine is done with the
   * question, which an aborted signal only makes sooner.
   */
  ask(
    conversation: number,
    portable: PortableRequest,
    emit: (event: AskEvent) => void,
    signal?: AbortSignal,
  ): Promise<readonly ChatMessage[]>;
  /** Answers several questions together, in turn; every answer comes as an event. Settles as `ask` does. */
  askAll(portable: PortableAskAll, listener: BranchListener, signal?: AbortSignal): Promise<void>;
  /** Answers independent questions together, in turn; what fails one of them comes as an event. Settles as `ask` does. */
  askMany(portable: PortableAskMany, listener: BranchListener, signal?: AbortSignal): Promise<void>;
  /** Makes `copy`, a number of no conversation yet, one that holds what another holds. Settles as `ask` does. */
  clone(conversation: number, copy: number, signal?: AbortSignal): Promise<void>;
  /** What a conversation holds, as plain data. */
  save(conversation: number, signal?: AbortSignal): Promise<SavedConversation>;
  /** Makes a number of no conversation yet the one that was saved. Settles as `ask` does. */
  restore(
    conversation: number,
    portable: PortableRestore,
    onProgress: (progress: Progress) => void,
    signal?: AbortSignal,
  ): Promise<void>;
  /** Scores an answer, in turn; the events are progress and media. Rejects as `ask` does. */
  score(
    portable: PortableRequest,
    scoring: Scoring,
    emit: (event: AskEvent) => void,
    signal?: AbortSignal,
  ): Promise<Score>;
  /** Walks a video window by window, each in turn. Settles as `ask` does. */
  windows(
    portable: PortableRequest,
    walk: Partial<Walk>,
    emit: (event: WindowEvent) => void,
    signal?: AbortSignal,
  ): Promise<void>;
  /** Plans a question of its own, in turn. Rejects as `ask` does. */
  plan(portable: PortableRequest, signal?: AbortSignal): Promise<QuestionPlan>;
  /** Makes a conversation forget what was said, but not what was shown. */
  forget(conversation: number): void;
  /** Frees what a conversation keeps. */
  drop(conversation: number): void;
  /** Ends everything; questions under way reject. */
  dispose(): void;
}

/** Where a page's engine computes. */
export const threads = ['worker', 'page'] as const;
export type Thread = (typeof threads)[number];

export interface OpenOptions extends EngineOptions {
  readonly thread?: Thread | undefined;
  readonly share?: boolean | undefined;
  /** Computes where there is no WebGPU. */
  readonly fallback?: Fallback | undefined;
}
