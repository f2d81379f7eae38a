// How a backend reaches an engine that is somewhere else: numbered calls there, and messages back.

import type { ModelInfo } from '../api.ts';
import type { FromWorker, ToWorker } from './protocol.ts';

/** A message without its number, for each kind that has one. */
type Unnumbered<T> = T extends { readonly call: number } ? Omit<T, 'call'> : never;

/** What is asked of the engine; the wire numbers it. */
export type Asked = Unnumbered<Exclude<ToWorker, { readonly type: 'load' | 'cancel' | 'cancel-branch' }>>;

/** What nobody waits for. */
export type Told = Extract<ToWorker, { readonly type: 'forget' | 'drop' }>;

export interface CallOptions {
  /** Parts of the message that move instead of being copied. */
  readonly transfer?: Transferable[];
  /** Ends the call, which settles when the engine has stopped at its next slice of work. */
  readonly signal?: AbortSignal | undefined;
  /** Each ends one of several questions of the call. */
  readonly signals?: readonly (AbortSignal | undefined)[];
}

export interface Wire {
  readonly info: ModelInfo;
  /** Asks; `hear` gets every message of the answer and resolves when it is complete. */
  call<T>(
    asked: Asked,
    hear: (message: FromWorker, resolve: (value: T) => void) => void,
    options?: CallOptions,
  ): Promise<T>;
  tell(message: Told): void;
  /** Calls under way reject. */
  dispose(): void;
}
