// Whose fault an error is, for APIs that say so by a status.

import type { Molmo2Error, Molmo2ErrorCode } from '../errors.ts';

/** `request`: another question would be answered. `context`: a shorter one. `engine`: none, for now. */
export interface Failure {
  readonly whose: 'request' | 'context' | 'engine';
  readonly code: Molmo2ErrorCode | null;
  readonly message: string;
}

const requests: readonly Molmo2ErrorCode[] = [
  'bad-request',
  'media-unreadable',
  'media-too-large',
  'network', // no model is loaded while it answers, so that it was a picture or a video
  'other-media',
];

/** By name, for the engine of a page without a worker has a class of its own, and adapters import none. */
export function isMolmo2Error(error: unknown): error is Molmo2Error {
  return error instanceof Error && error.name === 'Molmo2Error' && 'code' in error;
}

/** Who is to do something about it. Misuse of options is told by TypeErrors and RangeErrors. */
export function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  if (isMolmo2Error(error)) {
    const { code } = error;
    if (code === 'context-full') return { whose: 'context', code, message };
    return { whose: requests.includes(code) ? 'request' : 'engine', code, message };
  }
  const isMisuse = error instanceof TypeError || error instanceof RangeError;
  return { whose: isMisuse ? 'request' : 'engine', code: null, message };
}
