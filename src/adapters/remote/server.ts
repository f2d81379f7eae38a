// Asks the server for one answer, again as long as none of it has come, and yields it chunk by chunk. The only file of the
// adapter that makes requests: to the address that its user named, which redirects do not change.

import { Molmo2Error } from '../../errors.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import { backoffMs, retryAfterMs, sleep, type Backoff } from '../../net/retry.ts';
import { causeText, complaint, fieldsOf, parsedJson } from '../../net/server-words.ts';
import { Silence } from '../../net/silence.ts';
import { chunkOf, type Chunk } from './chunk.ts';
import { eventData } from './event-stream.ts';
import { broken, refusalOf, Refused, silent, unreachable, type Refusal } from './refusal.ts';

export interface Server extends Backoff {
  readonly endpoint: Endpoint;
  /** Requests for one answer, until one of them is answered. */
  readonly attempts: number;
  readonly firstTokenMs: number;
  readonly silenceMs: number;
  readonly fetch: typeof fetch;
}

/** Part of an answer, or a sentence why none comes for a while. */
export type Heard = Chunk | { readonly waiting: string };

const mostErrorCharacters = 1 << 16;

/** @throws Molmo2Error with what to do, or the signal's own reason. */
export async function* answerOf(server: Server, body: string, signal?: AbortSignal): AsyncGenerator<Heard> {
  const { attempts, longestWaitMs } = server;
  let hasBegun = false;
  for (let failures = 1; ; failures++) {
    try {
      for await (const chunk of attempt(server, body, signal)) {
        hasBegun ||= chunk.text !== '';
        yield chunk;
      }
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof Refused)) throw error;
      const { why, mayPass, waitMs } = error.refusal;
      const wait = waitMs ?? backoffMs(failures, server);
      if (hasBegun || !mayPass)
        throw told(server, error.refusal, hasBegun ? ' in the middle of its answer' : '');
      if (failures >= attempts) throw told(server, error.refusal, ` (attempt ${failures})`);
      if (wait > longestWaitMs)
        throw told(server, error.refusal, ` and asks to wait ${Math.ceil(wait / 1000)} s`);
      const inWords = wait < 1000 ? 'at once' : `in ${Math.ceil(wait / 1000)} s`;
      yield {
        waiting: `The server gave no answer (${server.endpoint.redacted(why)}); asking again ${inWords}.`,
      };
      await sleep(wait, signal);
    }
  }
}

function told({ endpoint }: Server, { why, code, advice }: Refusal, when: string): Molmo2Error {
  return new Molmo2Error(
    code,
    `The server at ${endpoint.label} gave no answer: ${endpoint.redacted(why)}${when}. ${advice}`,
  );
}

/** One request. @throws Refused, or what aborting it throws. */
async function* attempt(server: Server, body: string, signal?: AbortSignal): AsyncGenerator<Chunk> {
  const silence = new Silence(server.firstTokenMs, signal);
  let hasBegun = false;
  let finish: string | null = null;
  let isReached = false;
  try {
    const response = await server.fetch(server.endpoint.address, {
      method: 'POST',
      headers: server.endpoint.headers,
      body,
      redirect: 'manual',
      credentials: 'omit',
      signal: silence.signal,
    });
    isReached = true;
    const stream = await accepted(server, response);
    for await (const data of eventData(stream)) {
      if (data === '[DONE]') break;
      const chunk = chunkOf(data) ?? refuse(unreadable(server, data));
      hasBegun ||= chunk.text !== '';
      const end = chunk.finish;
      if (end !== null && end !== 'stop' && end !== 'length')
        refuse(broken(`it ended the answer with "${end}"`));
      finish ??= end;
      if (hasBegun) silence.pause();
      yield chunk;
      if (hasBegun) silence.heard(server.silenceMs);
    }
    if (finish === null) refuse(broken('the connection ended before the answer did'));
  } catch (error) {
    // What may still come of an answer that has ended is a count of its tokens.
    if (finish !== null && !signal?.aborted) return;
    if (error instanceof Refused) throw error;
    if (silence.isOver) refuse(silent(hasBegun ? server.silenceMs : server.firstTokenMs, hasBegun));
    refuse(isReached ? broken(causeText(error)) : unreachable(causeText(error)));
  } finally {
    silence.end();
  }
}

function refuse(refusal: Refusal): never {
  throw new Refused(refusal);
}

/** The stream of events of a response that is one. */
async function accepted({ endpoint }: Server, response: Response): Promise<ReadableStream<Uint8Array>> {
  const { status, headers, type, body } = response;
  if (type === 'opaqueredirect' || (status >= 300 && status < 400)) refuse(redirected(headers));
  if (status === 200 && body && /^text\/event-stream/i.test(headers.get('Content-Type') ?? '')) return body;
  // What it says of the error comes before anything is cut, so that no part of a key is left.
  const text = (await response.text()).slice(0, mostErrorCharacters);
  const said = complaint(parsedJson(text), endpoint.redacted);
  if (status >= 400) refuse(refusalOf(status, said, endpoint.model, retryAfterMs(headers.get('Retry-After'), Date.now()))); // prettier-ignore
  return refuse({
    ...broken(
      `it answered ${status} with something that is no stream of events${said === '' ? '' : `: ${said}`}`,
    ),
    advice:
      'Check baseURL: it is the address of an OpenAI-shaped API that streams, such as http://localhost:8000/v1.',
    mayPass: false,
  });
}

/** A redirect is not followed: what is asked, and the key, are for the address that was given. */
function redirected(headers: Headers): Refusal {
  const location = headers.get('Location') ?? '';
  const target = URL.canParse(location) ? ` to ${new URL(location).origin}` : '';
  const advice = 'Nothing was sent there; give that address as baseURL where it is the right one.';
  return { ...broken(`it redirects${target}`), advice, mayPass: false };
}

/** An error in the middle of a stream has the status that the response would have had. */
function unreadable({ endpoint }: Server, data: string): Refusal {
  const value = parsedJson(data);
  const { error } = fieldsOf(value);
  if (error === undefined) return broken('a part of its answer is no JSON, or no chunk of an answer');
  const { code } = fieldsOf(error);
  const said = complaint(value, endpoint.redacted);
  return refusalOf(typeof code === 'number' ? code : 500, said, endpoint.model);
}
