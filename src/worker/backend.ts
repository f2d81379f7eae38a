// What answers questions behind the door: an engine on this thread (Node) or behind a worker (pages).

import type { AskEvent, ModelInfo, Progress, Score } from '../api.ts';
import type { Scoring } from '../engine/answer/scoring.ts';
import type { AskRequest } from '../engine/request.ts';
import type { KernelFamily } from '../gpu/capabilities.ts';
import type { WeightFormat } from '../weights/formats/formats.ts';

export interface PortableRequest {
  readonly request: AskRequest;
  /** Parts of the request that move instead of being copied. */
  readonly transfer: Transferable[];
}

export interface Backend {
  readonly info: ModelInfo;
  /** Answers in turn; `emit` gets every event. Rejects with the signal's own reason once it is aborted. */
  ask(
    conversation: number,
    portable: PortableRequest,
    emit: (event: AskEvent) => void,
    signal?: AbortSignal,
  ): Promise<void>;
  /** Scores an answer, in turn; the events are progress and media. Rejects as `ask` does. */
  score(
    portable: PortableRequest,
    scoring: Scoring,
    emit: (event: AskEvent) => void,
    signal?: AbortSignal,
  ): Promise<Score>;
  /** Frees what a conversation keeps. */
  drop(conversation: number): void;
  /** Ends everything; questions under way reject. */
  dispose(): void;
}

/** How to load; plain data that crosses to a worker. */
export interface LoadSettings {
  readonly weights?: WeightFormat | undefined;
  readonly cache?: boolean | undefined;
  readonly kernels?: KernelFamily | undefined;
  readonly exactActivations?: boolean | undefined;
  readonly tune?: boolean | undefined;
}

export interface OpenOptions extends LoadSettings {
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}
