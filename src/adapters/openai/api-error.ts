// Errors as clients of the API expect them: a status, a type, and the option that is to blame.

import { failureOf } from '../failure.ts';

/** The body of an error. */
export interface ErrorObject {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
}

/** An error in the shape of the API: what `create` throws, and what a response of `fetch` holds. */
export class APIError extends Error {
  /** Of HTTP. */
  readonly status: number;
  readonly type: string;
  /** The parameter that cannot be; null where no single one is to blame. */
  readonly param: string | null;
  /** `context_length_exceeded`, `model_not_found`, or a code of `Molmo2Error`. */
  readonly code: string | null;

  constructor(status: number, error: ErrorObject, options?: ErrorOptions) {
    super(error.message, options);
    this.name = 'APIError';
    this.status = status;
    this.type = error.type;
    this.param = error.param;
    this.code = error.code;
  }

  /** As it stands in a response. */
  get error(): ErrorObject {
    const { message, type, param, code } = this;
    return { message, type, param, code };
  }
}

/** A request that cannot be answered as it stands. */
export function refusal(param: string | null, message: string, code: string | null = null): APIError {
  return new APIError(400, { message, type: 'invalid_request_error', param, code });
}

export function notFound(message: string, code: string, param: string | null = null): APIError {
  return new APIError(404, { message, type: 'invalid_request_error', param, code });
}

/** Whatever was thrown while a request was answered, as an error of the API. */
export function apiErrorOf(error: unknown): APIError {
  if (error instanceof APIError) return error;
  const { whose, code, message } = failureOf(error);
  const type = whose === 'engine' ? 'server_error' : 'invalid_request_error';
  const told = whose === 'context' ? 'context_length_exceeded' : code;
  const param = whose === 'context' ? 'messages' : null;
  return new APIError(whose === 'engine' ? 500 : 400, { message, type, param, code: told }, { cause: error });
}
