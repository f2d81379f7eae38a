// Several questions that are answered side by side: what is asked, and who is told.

import type { BranchEvent } from '../../api.ts';
import type { AskRequest } from '../request.ts';

/** The words of one of several questions about the same media, and how it is answered. */
export type BranchRequest = Pick<AskRequest, 'prompt' | 'style' | 'point' | 'options'>;

/** Several questions about the same media, as plain data that can cross to a worker. */
export interface AskAllRequest {
  /** What all of them show, and the options that are of all. */
  readonly shown: AskRequest;
  readonly branches: readonly BranchRequest[];
}

/** Questions of their own, as plain data; null where one could not even be made that. */
export interface AskManyRequest {
  readonly questions: readonly (AskRequest | null)[];
}

/** Who is told about several questions. Rows are the questions in the order in which they were asked. */
export interface Listener {
  readonly emit: (event: BranchEvent) => void;
  /** Whether nobody wants the answer of a row any more. */
  readonly isCancelled: (row: number) => boolean;
  /** Told that a row has failed, which leaves the others alone; without it the first failure ends all. */
  readonly failed?: (row: number, error: unknown) => void;
}
