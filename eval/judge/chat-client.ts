// Asks an OpenAI-shaped chat-completions endpoint, again where it fails in a way that may pass, and a few requests at once.

import { Molmo2Error } from '../../src/errors.ts';
import type { Endpoint } from '../../src/net/endpoint.ts';
import { backoffMs } from '../../src/net/retry.ts';
import { causeText } from '../../src/net/server-words.ts';
import { readCompletion, type Completion } from './completion.ts';
import type { JudgePrompt } from './prompts.ts';
import type { JudgePolicy } from './retry.ts';
import type { TallyKeeper } from './tally.ts';
import { Turns } from './turns.ts';

/** How an answer in JSON is asked for: by its schema, as any JSON, or in words alone. Servers take all, some or none of these. */
const answerForms = ['json_schema', 'json_object', 'words'] as const;
type AnswerForm = (typeof answerForms)[number];

/** No answer of a judge is this long; a server that sends more is none. */
const largestBody = 4 * 1024 * 1024;

/** So many answers in a row that did not come say that none will: a night is not spent on waiting for them. */
const hopeless = 3;

export interface ChatClientOptions {
  readonly endpoint: Endpoint;
  readonly policy: JudgePolicy;
  /** Requests side by side. */
  readonly atOnce: number;
  readonly tally: TallyKeeper;
  readonly fetch: typeof fetch;
}

export class ChatClient {
  readonly #options: ChatClientOptions;
  readonly #turns: Turns;
  /** The form that the endpoint is known to take, or is tried first. */
  #form: AnswerForm = answerForms[0];
  /** Why no request has a chance; the same error for all that follow. */
  #refusal: Molmo2Error | null = null;
  /** Answers in a row that were given up. */
  #givenUp = 0;

  constructor(options: ChatClientOptions) {
    this.#options = options;
    this.#turns = new Turns(options.atOnce);
  }

  /** The text of one answer. @throws Molmo2Error `network`, or the signal's own reason. */
  async complete(prompt: JudgePrompt, signal?: AbortSignal): Promise<string> {
    return this.#turns.run(() => this.#completed(prompt, signal), signal);
  }

  async #completed(prompt: JudgePrompt, signal?: AbortSignal): Promise<string> {
    const { policy, tally } = this.#options;
    let form = this.#form;
    for (let failures = 1; ;) {
      signal?.throwIfAborted();
      if (this.#refusal) throw this.#refusal;
      const completion = await this.#request(prompt, form, signal);
      if (completion.kind === 'text') {
        // Only now it is known that it was the form, and not the question, that was refused before.
        this.#form = form;
        this.#givenUp = 0;
        return completion.text;
      }
      const simpler = answerForms[answerForms.indexOf(form) + 1];
      if (completion.kind === 'unsuited' && simpler) {
        form = simpler;
        continue;
      }
      if (completion.kind === 'unsuited')
        throw this.#error(completion.why, 'Check the name of the model, and the length of the caption.');
      if (completion.kind === 'stop') throw this.#stopped(completion);
      const wait = Math.max(backoffMs(failures, policy), completion.waitMs ?? 0);
      if (failures >= policy.attempts)
        throw this.#gaveUp(`${completion.why} (attempt ${failures})`, 'Try again later; what was judged is kept.'); // prettier-ignore
      if (wait > policy.longestWaitMs)
        throw this.#gaveUp(`${completion.why}, and asks to wait ${Math.ceil(wait / 1000)} s`, 'Try again after that time.'); // prettier-ignore
      tally.again(completion.why);
      await policy.sleep(wait, signal);
      failures++;
    }
  }

  /** One request, its usage counted. Throws only the signal's reason. */
  async #request(prompt: JudgePrompt, form: AnswerForm, signal?: AbortSignal): Promise<Completion> {
    const { endpoint, tally } = this.#options;
    tally.request();
    const completion = await this.#answer(requestBody(endpoint.model, prompt, form), signal);
    if ('usage' in completion && completion.usage !== undefined) tally.paid(completion.usage);
    return 'why' in completion ? { ...completion, why: endpoint.redacted(completion.why) } : completion;
  }

  async #answer(body: string, signal?: AbortSignal): Promise<Completion> {
    const { endpoint, policy, fetch } = this.#options;
    const own = new AbortController();
    const cancel = () => own.abort(signal?.reason);
    signal?.addEventListener('abort', cancel, { once: true });
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      own.abort();
    }, policy.timeoutMs);
    try {
      const response = await fetch(endpoint.address, {
        method: 'POST',
        headers: endpoint.headers,
        body,
        redirect: 'manual',
        credentials: 'omit',
        signal: own.signal,
      });
      return readCompletion(response, await textOf(response), policy.now(), endpoint.redacted);
    } catch (error) {
      signal?.throwIfAborted();
      const why = isLate ? `nothing came for ${policy.timeoutMs / 1000} s` : causeText(error);
      return { kind: 'again', why, waitMs: null };
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      own.abort(); // closes a connection whose body nobody read
    }
  }

  #stopped({ why, advice, isForAll }: Extract<Completion, { readonly kind: 'stop' }>): Molmo2Error {
    const error = this.#error(why, advice);
    if (isForAll) this.#refusal = error;
    return error;
  }

  #gaveUp(why: string, advice: string): Molmo2Error {
    this.#givenUp++;
    const isForAll = this.#givenUp >= hopeless;
    const last = isForAll ? `${why}, the ${hopeless}rd time in a row, so that it is not asked again` : why;
    return this.#stopped({ kind: 'stop', why: last, advice, isForAll });
  }

  #error(why: string, advice: string): Molmo2Error {
    const { label, model } = this.#options.endpoint;
    return new Molmo2Error('network', `The judge "${model}" at ${label} gave no answer: ${why}. ${advice}`);
  }
}

function requestBody(model: string, { name, system, user, schema }: JudgePrompt, form: AnswerForm): string {
  const formats = {
    json_schema: { response_format: { type: 'json_schema', json_schema: { name, strict: true, schema } } },
    json_object: { response_format: { type: 'json_object' } },
    words: {},
  };
  const messages = [
    { role: 'system', content: system },
    { role: 'user', content: user },
  ];
  return JSON.stringify({ model, temperature: 0, messages, ...formats[form] });
}

async function textOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let [text, bytes] = ['', 0];
  while (reader) {
    const { value, done } = await reader.read();
    if (done) break;
    bytes += value.byteLength;
    if (bytes > largestBody) throw new Error(`its answer is longer than ${largestBody} bytes`);
    text += decoder.decode(value, { stream: true });
  }
  return text + decoder.decode();
}
