// What servers of chat completions on this machine have in common, whoever they play: they keep what they are asked, refuse wrong
// keys, lead away to a stranger, and misbehave as they are told, one fault per request.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ChatRequest<Body> {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Body;
}

export interface ChatServer<Body, Fault> {
  readonly url: string;
  readonly requests: ChatRequest<Body>[];
  /** What the next requests meet; honest answers when it is empty. */
  faults: Fault[];
  /** Only this key may ask. */
  key: string | null;
  /** Requests that are open now, and the most that were open at once. */
  readonly open: { now: number; most: number };
  /** What the other origin, to which `redirect` leads, has seen. */
  readonly strangerSaw: string[];
  close(): Promise<void>;
}

/** A status in place of an answer. */
export interface StatusFault {
  readonly kind: 'status';
  readonly status: number;
  readonly retryAfter?: string;
}

export interface ChatHost<Body, Fault> {
  /** What is said to whoever comes with a wrong key. */
  refusal(authorization: string | undefined): string;
  /** Answers, as `fault` has it. */
  answer(body: Body, response: ServerResponse, fault: Fault | undefined): void | Promise<void>;
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(body);
}

export function sendStatus(
  response: ServerResponse,
  { status, retryAfter }: StatusFault,
  body: string,
): void {
  sendJson(response, status, body, retryAfter === undefined ? {} : { 'Retry-After': retryAfter });
}

/** What stands before a network that wants to be signed in to. */
export function sendWebPage(response: ServerResponse): void {
  sendJson(response, 200, '<html>Sign in</html>', { 'Content-Type': 'text/html' });
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return JSON.parse(Buffer.concat(parts).toString());
}

async function listen(handler: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(handler);
  server.keepAliveTimeout = 0; // a busy machine may ask again just when a connection is closed for its age
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref(); // it keeps no process alive
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Requests are read as `Body` without a look. */
export async function startChatServer<Body, Fault extends { readonly kind: string }>(
  host: ChatHost<Body, Fault>,
): Promise<ChatServer<Body, Fault>> {
  const strangerSaw: string[] = [];
  const stranger = await listen((request, response) => {
    strangerSaw.push(`${request.method} ${request.headers.authorization}`);
    response.end('{}');
  });
  const state: Omit<ChatServer<Body, Fault>, 'url' | 'close'> = {
    requests: [],
    faults: [],
    key: null,
    open: { now: 0, most: 0 },
    strangerSaw,
  };
  const { server, url } = await listen((request, response) => {
    state.open.now++;
    state.open.most = Math.max(state.open.most, state.open.now);
    response.on('close', () => state.open.now--);
    void bodyOf(request).then((json) => {
      const body = json as Body;
      const { authorization } = request.headers;
      state.requests.push({ path: request.url ?? '', authorization, body });
      const fault = state.faults.shift();
      if (fault?.kind === 'redirect')
        return sendJson(response, 307, '', { Location: `${stranger.url}/v1/chat/completions?from=1` });
      if (state.key !== null && authorization !== `Bearer ${state.key}`)
        return sendJson(response, 401, host.refusal(authorization));
      return host.answer(body, response, fault);
    });
  });
  return Object.assign(state, {
    url,
    async close() {
      for (const one of [server, stranger.server]) {
        one.closeAllConnections();
        await new Promise((resolve) => one.close(resolve));
      }
    },
  });
}
