// The messages between a page and its worker, and how errors cross.

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
import type { AskRequest } from '../engine/request.ts';
import type { Walk } from '../engine/windows/time-windows.ts';
import type { RestoreRequest, SavedConversation } from '../engine/restore-chat.ts';
import { Molmo2Error, type Molmo2ErrorCode } from '../errors.ts';
import type { ModelSource } from '../weights/source/model-source.ts';
import type { LoadSettings } from '../engine/load-model.ts';

/** Page -> worker. `call` numbers what is answered. */
export type ToWorker =
  /** The worker takes the lock and keeps it as long as it lives. */
  | { readonly type: 'watch'; readonly lock: string }
  /** The worker answers the tabs of this room, too, under this name. */
  | { readonly type: 'serve'; readonly room: string; readonly server: string }
  | {
      readonly type: 'load';
      readonly call: number;
      readonly source: ModelSource;
      readonly settings: LoadSettings;
    }
  | {
      readonly type: 'ask';
      readonly call: number;
      readonly conversation: number;
      readonly request: AskRequest;
    }
  | {
      readonly type: 'score';
      readonly call: number;
      readonly request: AskRequest;
      readonly scoring: Scoring;
    }
  | {
      readonly type: 'windows';
      readonly call: number;
      readonly request: AskRequest;
      readonly walk: Partial<Walk>;
    }
  | { readonly type: 'plan'; readonly call: number; readonly request: AskRequest }
  | { readonly type: 'ask-all'; readonly call: number; readonly request: AskAllRequest }
  | { readonly type: 'ask-many'; readonly call: number; readonly request: AskManyRequest }
  | { readonly type: 'clone'; readonly call: number; readonly conversation: number; readonly copy: number }
  | { readonly type: 'save'; readonly call: number; readonly conversation: number }
  | {
      readonly type: 'restore';
      readonly call: number;
      readonly conversation: number;
      readonly request: RestoreRequest;
    }
  /** Holds up the load, or lets it go on. */
  | { readonly type: 'pause'; readonly paused: boolean }
  | { readonly type: 'cancel'; readonly call: number }
  /** Ends one of several questions. */
  | { readonly type: 'cancel-branch'; readonly call: number; readonly branch: number }
  | { readonly type: 'forget'; readonly conversation: number }
  | { readonly type: 'drop'; readonly conversation: number };

/** What is said to the worker itself, not to one who asks. */
export type ToHost = Extract<ToWorker, { readonly type: 'watch' | 'serve' | 'load' | 'pause' }>;

/** Worker -> page. */
export type FromWorker =
  | { readonly type: 'watched'; readonly lock: string }
  /** The engine answers nothing any more. */
  | { readonly type: 'given-up'; readonly error: PortableError }
  /** Asks the page to play a file, which no decoder of the worker reads, for whoever holds the other end of the port. */
  | { readonly type: 'play'; readonly file: Blob; readonly port: MessagePort }
  | { readonly type: 'progress'; readonly call: number; readonly progress: Progress }
  | { readonly type: 'loaded'; readonly call: number; readonly info: ModelInfo }
  | { readonly type: 'event'; readonly call: number; readonly event: AskEvent }
  | { readonly type: 'branch-event'; readonly call: number; readonly event: BranchEvent }
  | {
      readonly type: 'branch-failed';
      readonly call: number;
      readonly branch: number;
      readonly error: PortableError;
    }
  | { readonly type: 'all-answered'; readonly call: number }
  | {
      readonly type: 'answered';
      readonly call: number;
      readonly said: readonly ChatMessage[];
      /** What the conversation holds now, for a tab that another one serves; null for the worker's own page. */
      readonly kept: SavedConversation | null;
    }
  | { readonly type: 'cloned' | 'restored'; readonly call: number }
  | { readonly type: 'saved'; readonly call: number; readonly saved: SavedConversation }
  | { readonly type: 'scored'; readonly call: number; readonly score: Score }
  | { readonly type: 'window-event'; readonly call: number; readonly event: WindowEvent }
  | { readonly type: 'walked'; readonly call: number }
  | { readonly type: 'planned'; readonly call: number; readonly plan: QuestionPlan }
  | { readonly type: 'failed'; readonly call: number; readonly error: PortableError };

/** An error as plain data. */
export interface PortableError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: Molmo2ErrorCode | null;
}

export function portableError(error: unknown): PortableError {
  if (!(error instanceof Error))
    return { name: 'Error', message: String(error), stack: undefined, code: null };
  const { name, message, stack } = error;
  return { name, message, stack, code: error instanceof Molmo2Error ? error.code : null };
}

/** The same error again: its class, code, message, and the stack of where it happened. */
export function revivedError({ name, message, stack, code }: PortableError): Error {
  const error = blankError(name, message, code);
  if (stack !== undefined) Object.defineProperty(error, 'stack', { value: stack, configurable: true });
  return error;
}

function blankError(name: string, message: string, code: Molmo2ErrorCode | null): Error {
  if (code) return new Molmo2Error(code, message);
  if (name === 'TypeError') return new TypeError(message);
  if (name === 'RangeError') return new RangeError(message);
  const error = new Error(message);
  error.name = name;
  return error;
}
