// What an answer of the model hub or its file store means, from its status line and headers alone. Pure.

import type { Molmo2ErrorCode } from '../../errors.ts';
import { retryAfterMs } from '../../net/retry.ts';

/** What tells one version of a file from another. */
export interface FileVersion {
  readonly byteLength: number;
  /** Null where the server gives none. */
  readonly etag: string | null;
}

export type HubAnswer =
  | { readonly kind: 'body'; readonly response: Response; readonly version: FileVersion | null }
  | { readonly kind: 'missing' }
  /** Worth trying again, after this time if the server says one. */
  | { readonly kind: 'again'; readonly why: string; readonly waitMs: number | null; readonly advice?: string }
  | { readonly kind: 'stop'; readonly code: Molmo2ErrorCode; readonly message: string };

export interface HubQuestion {
  readonly name: string;
  readonly label: string;
  readonly endpoint: string;
  readonly repo: string;
  readonly hasToken: boolean;
  /** The answer comes from the file store, not from the hub itself. */
  readonly isTarget: boolean;
  /** Null: the whole file. */
  readonly range: { readonly start: number; readonly end: number } | null;
  readonly known: FileVersion | null;
  readonly nowMs: number;
}

export function hubAnswer(response: Response, question: HubQuestion): HubAnswer {
  const { status, statusText, headers } = response;
  const { name, label } = question;
  const why = `${question.isTarget ? "the hub's file store" : 'the hub'} answered ${`${status} ${statusText}`.trim()}`;
  if ((status === 206 || status === 200) && /^text\/html\b/i.test(headers.get('Content-Type') ?? ''))
    return { kind: 'stop', code: 'network', message: `${name} of ${label} could not be fetched: ${serverOf(response, question)} answered with a web page in its place. Sign in there with a browser, or check the network and its proxy.` };
  if (status === 206 || status === 200) return bodyAnswer(response, question);
  if (status === 404 || status === 410) return missing(headers, question);
  if (status === 401 || status === 403) {
    // The addresses of the store are signed and expire; the hub gives a new one.
    if (question.isTarget) return { kind: 'again', why, waitMs: 0 };
    return { kind: 'stop', code: 'network', message: denied(why, question) };
  }
  if (status === 416)
    return { kind: 'stop', code: 'bad-checkpoint', message: `${name} of ${label} is shorter than its header says (${why}). The repository is damaged; choose another revision.` };
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const waitMs = retryAfterMs(headers.get('Retry-After'), question.nowMs);
    if (status !== 429) return { kind: 'again', why, waitMs };
    const advice = `That is too many requests: wait some minutes and try again${question.hasToken ? '' : ', or set hub: { token }, which raises the limit'}.`;
    return { kind: 'again', why, waitMs, advice };
  }
  return { kind: 'stop', code: 'network', message: `${name} of ${label} could not be fetched: ${why}. Check the name of the repository.` };
} // prettier-ignore

/** Who answered in the end: a sign-in page may lie behind a redirect. */
function serverOf({ url }: Response, { endpoint }: HubQuestion): string {
  return URL.canParse(url) ? new URL(url).origin : endpoint;
}

function denied(why: string, { name, label, endpoint, repo, hasToken }: HubQuestion): string {
  const advice = hasToken
    ? `Open ${endpoint}/${repo} with the account of hub: { token } and accept its terms, or set hub: { token } to a token that may read it`
    : 'If the repository exists, it is private or has terms to accept: set hub: { token } to a token that may read it';
  return `${name} of ${label} could not be fetched: ${why}. ${advice}.`;
}

function missing(headers: Headers, { label, endpoint, repo }: HubQuestion): HubAnswer {
  const code = headers.get('X-Error-Code');
  if (code === 'RepoNotFound' || code === 'RevisionNotFound')
    return {
      kind: 'stop',
      code: 'unknown-model',
      message: `${label} does not exist: the hub has no such ${code === 'RepoNotFound' ? 'repository' : 'revision'}. Look it up at ${endpoint}/${repo}.`,
    };
  return { kind: 'missing' };
}

/** A body, if it is of the version that is known and begins where it should. */
function bodyAnswer(response: Response, question: HubQuestion): HubAnswer {
  const { headers, status } = response;
  const { name, label, range, known } = question;
  const etag = headers.get('ETag');
  const changed: HubAnswer = {
    kind: 'stop',
    code: 'network',
    message: `${name} of ${label} changed on the hub while it was read. Run the same command again to begin with the new version.`,
  };
  if (known && known.etag !== null && etag !== null && known.etag !== etag) return changed;
  if (!range) return { kind: 'body', response, version: null };
  if (status === 200) {
    const length = Number(headers.get('Content-Length') ?? NaN);
    if (known && Number.isFinite(length) && length !== known.byteLength) return changed;
    return {
      kind: 'stop',
      code: 'network',
      message: `The server of ${label} sent all of ${name} when asked for a part, so it cannot be read in pieces. Download the repository into a folder and give that folder instead.`,
    };
  }
  const found = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers.get('Content-Range')?.trim() ?? '');
  const [start, last, total] = (found?.slice(1) ?? []).map(Number);
  if (start === undefined || last === undefined || total === undefined || !Number.isSafeInteger(total))
    return { kind: 'again', why: `an answer without a usable Content-Range (${headers.get('Content-Range')})`, waitMs: null };
  if (known && known.byteLength !== total) return changed;
  const end = Math.min(range.end, total);
  if (start !== range.start || last + 1 !== end)
    return { kind: 'again', why: `bytes ${start} to ${last} came when ${range.start} to ${end - 1} were asked for`, waitMs: null };
  return { kind: 'body', response, version: { byteLength: total, etag } };
} // prettier-ignore
