// Errors as the Prompt API names them: DOMExceptions.

import type { Molmo2ErrorCode } from '../../errors.ts';
import { isMolmo2Error } from '../failure.ts';

/** What is asked does not fit the context, whatever is forgotten. */
export class QuotaExceededError extends DOMException {
  readonly requested: number;
  readonly quota: number;

  constructor(message: string, { requested, quota }: { requested: number; quota: number }) {
    super(message, 'QuotaExceededError');
    this.requested = requested;
    this.quota = quota;
  }
}

export const notSupported = (message: string): DOMException => new DOMException(message, 'NotSupportedError');
export const syntaxError = (message: string): DOMException => new DOMException(message, 'SyntaxError');

const names: Partial<Readonly<Record<Molmo2ErrorCode, string>>> = {
  'media-unreadable': 'EncodingError',
  'media-too-large': 'EncodingError',
  network: 'NetworkError',
  'bad-request': 'NotSupportedError',
  'no-webgpu': 'NotSupportedError',
  'unsupported-model': 'NotSupportedError',
};

/** Whether the browser keeps the pixels of another site from the page. */
function isForeign({ cause }: Error): boolean {
  return cause instanceof DOMException && cause.name === 'SecurityError';
}

/**
 * What was thrown as the API has it; `otherwise` names what has no name of its own. Misuse of options stays what it is, but for
 * constraints that are not supported.
 */
export function domErrorOf(error: unknown, otherwise: 'UnknownError' | 'OperationError'): unknown {
  if (error instanceof DOMException || error instanceof TypeError) return error;
  if (error instanceof RangeError) return caused(notSupported(error.message), error);
  if (!isMolmo2Error(error))
    return caused(new DOMException(error instanceof Error ? error.message : String(error), otherwise), error);
  const name = isForeign(error) ? 'SecurityError' : (names[error.code] ?? otherwise);
  return caused(new DOMException(error.message, name), error);
}

function caused(exception: DOMException, cause: unknown): DOMException {
  return Object.assign(exception, { cause });
}
