// A judge of captions on this machine: an OpenAI-shaped endpoint that takes captions apart at their commas and knows a statement
// by its words. It misbehaves as it is told, one fault per request.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type JudgeFault =
  | { readonly kind: 'honest' | 'slow' | 'fenced' | 'between-words' | 'in-parts' | 'without-usage' }
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string; readonly body?: string }
  | {
      readonly kind:
        'cut' | 'reset' | 'hang' | 'web-page' | 'no-choices' | 'empty' | 'too-long' | 'error-inside';
    }
  | { readonly kind: 'chatter' | 'two-objects' | 'lacks-one' | 'twice' | 'as-words' | 'out-of-range' }
  | { readonly kind: 'at-limit' | 'refusal' | 'redirect' };

export interface JudgeRequest {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: {
    readonly model: string;
    readonly temperature: number;
    readonly messages: readonly { readonly role: string; readonly content: string }[];
    readonly response_format?: { readonly type: string };
  };
}

export interface JudgeServer {
  readonly url: string;
  readonly requests: JudgeRequest[];
  /** What the next requests meet; honest answers when it is empty. */
  faults: JudgeFault[];
  /** The forms of answers that are taken; others get a 400. */
  takes: readonly string[];
  key: string | null;
  /** Requests that are open now, and the most that were open at once. */
  readonly open: { now: number; most: number };
  /** What the other origin, to which `redirect` leads, has seen. */
  readonly strangerSaw: string[];
  close(): Promise<void>;
}

const plain = (text: string) => text.toLowerCase().replace(/[.]/g, '').trim();

interface Numbered {
  readonly number: number;
  readonly statement: string;
}

/** What an honest judge says. */
export function judgement(user: string): Record<string, unknown> {
  const { caption, reference } = JSON.parse(user) as {
    caption: string | Numbered[];
    reference?: Numbered[];
  };
  if (typeof caption === 'string')
    return { statements: caption.split(/[,.]/).map((part) => part.trim()).filter((part) => part !== '') }; // prettier-ignore
  const has = (list: readonly Numbered[], { statement }: Numbered) =>
    list.some((other) => plain(other.statement) === plain(statement));
  const [stated, expected] = [caption, reference ?? []];
  return {
    caption: stated.map((one) => ({ number: one.number, supported: has(expected, one) })),
    reference: expected.map((one) => ({ number: one.number, covered: has(stated, one) })),
  };
}

/** The judge's text as a fault has it. */
function textOf(answer: Record<string, unknown>, kind: JudgeFault['kind']): string {
  const json = JSON.stringify(answer);
  const list = (answer['statements'] ?? answer['caption']) as unknown[];
  const changed = (items: unknown[]) =>
    JSON.stringify('statements' in answer ? { statements: items } : { ...answer, caption: items });
  const isStatements = 'statements' in answer;
  const texts: Partial<Record<JudgeFault['kind'], string>> = {
    fenced: `\`\`\`json\n${JSON.stringify(answer, null, 2)}\n\`\`\``,
    'between-words': `Here is {what} you asked for: ${json} I hope it helps.`,
    chatter: 'I think that the caption is quite good.',
    'two-objects': `${json} or rather ${json}`,
    'lacks-one': isStatements ? '{}' : changed(list.slice(1)),
    twice: changed([...list, isStatements ? 7 : list[0]]),
    'as-words': changed(isStatements ? [...list, ''] : list.map((item) => ({ ...(item as object), supported: 'yes' }))), // prettier-ignore
    'out-of-range': isStatements ? JSON.stringify({ statements: json }) : changed([...list, { number: 99, supported: true }]), // prettier-ignore
  };
  return texts[kind] ?? json;
}

async function bodyOf(request: IncomingMessage): Promise<JudgeRequest['body']> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return JSON.parse(Buffer.concat(parts).toString()) as JudgeRequest['body'];
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(body);
}

async function listen(handler: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

export async function startJudge(): Promise<JudgeServer> {
  const strangerSaw: string[] = [];
  const stranger = await listen((request, response) => {
    strangerSaw.push(`${request.method} ${request.headers.authorization}`);
    response.end('{}');
  });
  const state: Omit<JudgeServer, 'url' | 'close'> = {
    requests: [],
    faults: [],
    takes: ['json_schema', 'json_object', 'words'],
    key: null,
    open: { now: 0, most: 0 },
    strangerSaw,
  };
  const { server, url } = await listen((request, response) => {
    state.open.now++;
    state.open.most = Math.max(state.open.most, state.open.now);
    response.on('close', () => state.open.now--);
    void bodyOf(request).then((body) => {
      const { authorization } = request.headers;
      state.requests.push({ path: request.url ?? '', authorization, body });
      const fault = state.faults.shift() ?? { kind: 'honest' };
      if (fault.kind === 'redirect')
        return send(response, 307, '', { Location: `${stranger.url}/v1/chat/completions?from=1` });
      if (state.key !== null && authorization !== `Bearer ${state.key}`)
        return send(response, 401, JSON.stringify({ error: { message: `Wrong key: ${authorization}` } }));
      answer(state, body, response, fault);
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

function answer(
  { takes }: Pick<JudgeServer, 'takes'>,
  body: JudgeRequest['body'],
  response: ServerResponse,
  fault: JudgeFault,
): void {
  const form = body.response_format?.type ?? 'words';
  if (!takes.includes(form))
    return send(
      response,
      400,
      JSON.stringify({ error: { message: `response_format ${form} is not known` } }),
    );
  const user = body.messages.at(-1)?.content ?? '';
  const text = textOf(judgement(user), fault.kind);
  const usage = { prompt_tokens: 100, completion_tokens: 10 };
  const content = fault.kind === 'in-parts' ? [{ type: 'text', text: text.slice(0, 5) }, { type: 'text', text: text.slice(5) }] : text; // prettier-ignore
  const choice = (more: object) => ({ choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content }, ...more }], usage }); // prettier-ignore
  const whole = JSON.stringify(choice({}));
  if (fault.kind === 'status')
    return send(response, fault.status, fault.body ?? '', fault.retryAfter === undefined ? {} : { 'Retry-After': fault.retryAfter }); // prettier-ignore
  const sendJson = (value: object) => () => send(response, 200, JSON.stringify(value));
  const answers: Partial<Record<JudgeFault['kind'], () => void>> = {
    reset: () => response.destroy(),
    hang: () => {}, // the client leaves first, or the server is closed
    slow: () => setTimeout(() => send(response, 200, whole), 15),
    cut: () => {
      response.writeHead(200, { 'Content-Length': whole.length });
      response.write(whole.slice(0, whole.length / 2), () => response.destroy());
    },
    'too-long': () => send(response, 200, `${whole}${' '.repeat(5 * 1024 * 1024)}`),
    'web-page': () => send(response, 200, '<html>Sign in</html>', { 'Content-Type': 'text/html' }),
    'no-choices': sendJson({ choices: [], usage }),
    empty: sendJson(choice({ message: { role: 'assistant', content: '' } })),
    'error-inside': sendJson({ error: { message: 'no provider is free' } }),
    'at-limit': sendJson(choice({ finish_reason: 'length' })),
    refusal: sendJson(choice({ message: { content: null, refusal: 'I cannot help with that.' } })),
    'without-usage': sendJson({ ...choice({}), usage: undefined }),
  };
  (answers[fault.kind] ?? (() => send(response, 200, whole)))();
}
