// What the sources of pictures need of the page around them.

import type { AskOptions } from '../../src/index.ts';
import type { LiveModel } from '../../src/live/live.ts';
import type { ErrorText } from '../trouble/error-help.ts';

export interface SourceHost {
  /** Files to ask about, as if they were chosen. */
  onFiles(files: readonly File[]): void;
  /** A live picture is about to take the stage, which is to be empty. */
  onLive(): void;
  /** It is there. */
  onOpened(): void;
  /** The live picture is gone, and the stage is to be empty. */
  onLeft(): void;
  onProblem(problem: ErrorText): void;
  onError(error: unknown): void;
  hideError(): void;
  /** What the visitor wants to know now; empty for nothing. */
  prompt(): string;
  /** Leads to the field for it. */
  askForPrompt(): void;
  options(): AskOptions;
  /** The model that answers; null while there is none. */
  model(): LiveModel | null;
}
