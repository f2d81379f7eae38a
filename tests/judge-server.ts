// A judge of captions on this machine: an OpenAI-shaped endpoint that takes captions apart at their commas and knows a statement
// by its words. It misbehaves as it is told, one fault per request.

import type { ServerResponse } from 'node:http';
import {
  type ChatServer,
  sendJson,
  sendStatus,
  sendWebPage,
  startChatServer,
  type StatusFault,
} from './chat-server.ts';

export type JudgeFault =
  | { readonly kind: 'honest' | 'slow' | 'fenced' | 'between-words' | 'in-parts' | 'without-usage' }
  | (StatusFault & { readonly body?: string })
  | {
      readonly kind:
        'cut' | 'reset' | 'hang' | 'web-page' | 'no-choices' | 'empty' | 'too-long' | 'error-inside';
    }
  | { readonly kind: 'chatter' | 'two-objects' | 'lacks-one' | 'twice' | 'as-words' | 'out-of-range' }
  | { readonly kind: 'at-limit' | 'refusal' | 'redirect' };

export interface JudgeBody {
  readonly model: string;
  readonly temperature: number;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly response_format?: { readonly type: string };
}

export interface JudgeServer extends ChatServer<JudgeBody, JudgeFault> {
  /** The forms of answers that are taken; others get a 400. */
  takes: readonly string[];
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

export async function startJudge(): Promise<JudgeServer> {
  const server = await startChatServer<JudgeBody, JudgeFault>({
    refusal: (authorization) => JSON.stringify({ error: { message: `Wrong key: ${authorization}` } }),
    answer: (body, response, fault) => answer(judge.takes, body, response, fault ?? { kind: 'honest' }),
  });
  const judge: JudgeServer = Object.assign(server, {
    takes: ['json_schema', 'json_object', 'words'],
  });
  return judge;
}

function answer(
  takes: readonly string[],
  body: JudgeBody,
  response: ServerResponse,
  fault: JudgeFault,
): void {
  const form = body.response_format?.type ?? 'words';
  if (!takes.includes(form))
    return sendJson(
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
  if (fault.kind === 'status') return sendStatus(response, fault, fault.body ?? '');
  const told = (value: object) => () => sendJson(response, 200, JSON.stringify(value));
  const answers: Partial<Record<JudgeFault['kind'], () => void>> = {
    reset: () => response.destroy(),
    hang: () => {}, // the client leaves first, or the server is closed
    slow: () => setTimeout(() => sendJson(response, 200, whole), 15),
    cut: () => {
      response.writeHead(200, { 'Content-Length': whole.length });
      response.write(whole.slice(0, whole.length / 2), () => response.destroy());
    },
    'too-long': () => sendJson(response, 200, `${whole}${' '.repeat(5 * 1024 * 1024)}`),
    'web-page': () => sendWebPage(response),
    'no-choices': told({ choices: [], usage }),
    empty: told(choice({ message: { role: 'assistant', content: '' } })),
    'error-inside': told({ error: { message: 'no provider is free' } }),
    'at-limit': told(choice({ finish_reason: 'length' })),
    refusal: told(choice({ message: { content: null, refusal: 'I cannot help with that.' } })),
    'without-usage': told({ ...choice({}), usage: undefined }),
  };
  (answers[fault.kind] ?? (() => sendJson(response, 200, whole)))();
}
