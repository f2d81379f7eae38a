// What an answer to a range request means, from its status line and headers alone. Pure.

import { retryAfterMs } from '../../net/retry.ts';

export type RangeAnswer =
  /** The body begins at this byte of the file. */
  | { readonly kind: 'body'; readonly from: number }
  /** Worth trying again, after this time if the server says one. */
  | { readonly kind: 'again'; readonly why: string; readonly waitMs: number | null }
  /** Not the file that the manifest means. */
  | { readonly kind: 'wrong'; readonly why: string }
  | { readonly kind: 'missing'; readonly why: string }
  | { readonly kind: 'refused'; readonly why: string };

/** `from`: the byte that was asked for; `fileBytes`: the file's length in the manifest. */
export function rangeAnswer(response: Answered, from: number, fileBytes: number, nowMs: number): RangeAnswer {
  const { status, headers } = response;
  const failed = failedAnswer(response, nowMs);
  if (failed) return failed;
  if (status === 206) return partialAnswer(headers.get('Content-Range'), from, fileBytes);
  if (status === 200) return wholeAnswer(headers, fileBytes);
  if (status === 416)
    return {
      kind: 'wrong',
      why: `${answered(response)}, so its file is shorter than the ${fileBytes} bytes of the manifest`,
    };
  return { kind: 'refused', why: answered(response) };
}

type Answered = Pick<Response, 'ok' | 'status' | 'statusText' | 'headers'>;

function answered({ status, statusText }: Answered): string {
  return `the server answered ${`${status} ${statusText}`.trim()}`;
}

/** What keeps any request from being answered, with a range or without; null for all else. */
export function failedAnswer(
  response: Answered,
  nowMs: number,
): Extract<RangeAnswer, { kind: 'missing' | 'again' }> | null {
  const { ok, status, headers } = response;
  const why = answered(response);
  // Servers of single-page apps answer a missing file with the page itself.
  if (ok && /^text\/html\b/i.test(headers.get('Content-Type') ?? ''))
    return { kind: 'missing', why: 'the server sent a page in its place' };
  if (status === 404 || status === 410) return { kind: 'missing', why };
  if (status === 408 || status === 425 || status === 429 || status >= 500)
    return { kind: 'again', why, waitMs: retryAfterMs(headers.get('Retry-After'), nowMs) };
  return null;
}

function partialAnswer(header: string | null, from: number, fileBytes: number): RangeAnswer {
  // Other sites hide this header unless they name it in Access-Control-Expose-Headers; then the hash alone decides.
  if (header === null) return { kind: 'body', from };
  const found = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(header.trim());
  if (!found) return { kind: 'wrong', why: `the server sent Content-Range "${header}"` };
  const [, start, total] = found;
  if (Number(start) !== from)
    return { kind: 'wrong', why: `the server sent "${header}" when asked for bytes from ${from}` };
  if (total !== '*' && Number(total) !== fileBytes) return otherLength(Number(total), fileBytes);
  return { kind: 'body', from };
}

function wholeAnswer(headers: Headers, fileBytes: number): RangeAnswer {
  const length = headers.get('Content-Length');
  // The length of compressed content says nothing about the file.
  if (length !== null && headers.get('Content-Encoding') === null && Number(length) !== fileBytes)
    return otherLength(Number(length), fileBytes);
  return { kind: 'body', from: 0 };
}

function otherLength(found: number, expected: number): RangeAnswer {
  return { kind: 'wrong', why: `the file on the server has ${found} bytes, the manifest says ${expected}` };
}
