// A session of the Prompt API: a chat that keeps what it has read, behind prompts that come one after the other.

import type { Answer, AskOptions } from '../../api.ts';
import type { Chat } from '../../chat.ts';
import { isMolmo2Error } from '../failure.ts';
import { questionOf, textTurn, type Turn } from '../turns.ts';
import { expectationOf } from './constraint.ts';
import { domErrorOf, QuotaExceededError, syntaxError } from './dom-errors.ts';
import { answerable, hasMedia, wordsAlone, type History } from './history.ts';
import { turnsOf, type PromptTurns } from './messages.ts';
import type {
  Prompt,
  PromptModel,
  PromptOptions,
  SamplingMode,
  SessionMethods,
  SessionSettings,
  TextStream,
} from './prompt-types.ts';
import { WorkQueue } from './work-queue.ts';

/** What a mode draws with; greedy where none is named. */
const temperatures: Partial<Readonly<Record<SamplingMode, number>>> = { creative: 0.7, 'most-creative': 1 };

function samplingOf(mode: SamplingMode): Pick<AskOptions, 'temperature' | 'seed'> {
  const temperature = temperatures[mode];
  return temperature === undefined ? {} : { temperature, seed: Math.floor(Math.random() * 2 ** 32) };
}

/** What a session is made of. */
export interface SessionParts {
  readonly model: PromptModel;
  readonly chat: Chat;
  readonly history: History;
  readonly settings: SessionSettings;
  /** Turns that the chat holds, if it holds all of them. */
  readonly held: number;
  readonly contextUsage: number;
}

type Tell = (text: string) => void;

export class Session extends EventTarget implements SessionMethods {
  readonly #model: PromptModel;
  readonly #chat: Chat;
  readonly #history: History;
  readonly #settings: SessionSettings;
  readonly #queue = new WorkQueue();
  /** How many turns of the history the chat can go on from: all of them, or it begins anew. */
  #held: number;
  #contextUsage: number;
  oncontextoverflow: ((event: Event) => void) | null = null;

  constructor({ model, chat, history, settings, held, contextUsage }: SessionParts) {
    super();
    this.#model = model;
    this.#chat = chat;
    this.#history = history;
    this.#settings = settings;
    this.#held = held;
    this.#contextUsage = contextUsage;
    this.addEventListener('contextoverflow', (event) => this.oncontextoverflow?.(event));
  }

  get samplingMode(): SamplingMode {
    return this.#settings.samplingMode;
  }

  get contextUsage(): number {
    return this.#contextUsage;
  }

  get contextWindow(): number {
    return this.#model.info.maxPositions;
  }

  async prompt(input: Prompt, options: PromptOptions = {}): Promise<string> {
    return this.#prompt(input, options, () => {});
  }

  promptStreaming(input: Prompt, options: PromptOptions = {}): TextStream {
    const stop = new AbortController();
    const { signal } = options;
    const abort = () => stop.abort(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    return new ReadableStream<string>({
      start: (controller) => {
        const tell = (text: string) => {
          if (!stop.signal.aborted) controller.enqueue(text);
        };
        const answered = this.#prompt(input, { ...options, signal: stop.signal }, tell);
        answered.then(
          () => controller.close(),
          (error: unknown) => controller.error(error),
        );
      },
      cancel: (reason) => stop.abort(reason),
    });
  }

  async append(input: Prompt, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    await this.#queue.add(signal, async (stop) => {
      const { turns, prefix } = await this.#turnsOf(input);
      if (prefix !== '') throw syntaxError('A prefix begins an answer, and "append" asks for none.');
      await this.#read(turns, stop);
    });
  }

  async measureContextUsage(input: Prompt, options: PromptOptions = {}): Promise<number> {
    expectationOf(options, '');
    const { turns } = await turnsOf(input, { types: this.#settings.types, isBegun: false });
    return this.#measured(turns, options.signal);
  }

  async clone({ signal }: { readonly signal?: AbortSignal } = {}): Promise<this> {
    return this.#queue.add(signal, async (stop) => {
      const chat = await this.#chat.clone({ signal: stop });
      const parts: SessionParts = {
        model: this.#model,
        chat,
        history: this.#history.copy(),
        settings: this.#settings,
        held: this.#held,
        contextUsage: this.#contextUsage,
      };
      return new (this.constructor as new (parts: SessionParts) => this)(parts);
    });
  }

  destroy(): void {
    this.endBecause(new DOMException('The session was destroyed.', 'AbortError'));
  }

  /** Destroys the session with the reason of whoever wants it so. */
  protected endBecause(reason: unknown): void {
    this.#queue.end(reason);
    this.#chat.dispose();
  }

  /** Reads what a session begins with. */
  protected async begin(turns: readonly Turn[], signal: AbortSignal | undefined): Promise<void> {
    await this.#queue.add(signal, (stop) => this.#read(turns, stop));
    this.#history.keep();
  }

  #turnsOf(input: Prompt): Promise<PromptTurns> {
    return turnsOf(input, { types: this.#settings.types, isBegun: this.#history.turns.length > 0 });
  }

  async #prompt(input: Prompt, options: PromptOptions, tell: Tell): Promise<string> {
    return this.#queue.add(options.signal, async (signal) => {
      const { turns, prefix } = await this.#turnsOf(input);
      const expect = expectationOf(options, prefix);
      const asked = answerable(turns);
      const answer = await this.#ask(
        asked,
        { ...samplingOf(this.samplingMode), ...(expect && { expect }), signal },
        withoutPrefix(prefix, tell),
      );
      if (answer.finishReason === 'length' && options.responseConstraint) {
        this.#held = 0;
        throw syntaxError('The answer became too long before it was what the constraint allows.');
      }
      this.#history.add([...asked, textTurn('assistant', answer.text)]);
      await this.#note(this.#history.turns.length);
      return answer.text.slice(prefix.length);
    });
  }

  /** Asks behind everything that was said; the oldest is forgotten where the context is too short. */
  async #ask(turns: readonly Turn[], options: AskOptions, tell: Tell): Promise<Answer> {
    for (;;) {
      try {
        return await this.#tried(turns, options, tell);
      } catch (error) {
        if (options.signal?.aborted) throw options.signal.reason;
        if (!isMolmo2Error(error) || error.code !== 'context-full') throw domErrorOf(error, 'UnknownError');
        await this.#forget(turns, error, options.signal);
      }
    }
  }

  async #tried(turns: readonly Turn[], options: AskOptions, tell: Tell): Promise<Answer> {
    const before = this.#history.turns;
    const words = wordsAlone(turns);
    const continues = words !== null && this.#held > 0 && this.#held === before.length;
    const input = continues ? { prompt: words } : questionOf([...before, ...turns]);
    try {
      for await (const event of this.#chat.ask(input, options)) {
        if (event.type === 'text') tell(event.text);
        if (event.type === 'done') return event.answer;
      }
      throw new Error('The model ended without an answer.');
    } catch (error) {
      if (!continues || this.#chat.messages.length === 0) this.#held = 0;
      throw error;
    }
  }

  /** Makes room for turns. Where they would not fit alone, nothing is forgotten. */
  async #forget(turns: readonly Turn[], cause: Error, signal: AbortSignal | undefined): Promise<void> {
    const { initial } = this.#history;
    const least = await this.#measured([...initial, ...turns], signal);
    if (least > this.contextWindow || !this.#history.forgetOldest()) {
      const sizes = { requested: await this.#measured(turns, signal), quota: this.contextWindow };
      throw Object.assign(new QuotaExceededError(cause.message, sizes), { cause });
    }
    const left = this.#history.turns;
    this.#held = 0;
    this.#contextUsage = left.length > 0 ? await this.#measured(left, signal) : 0;
    this.dispatchEvent(new Event('contextoverflow'));
  }

  /** Adds turns that are not to be answered. What they show is encoded and read now: a word of an answer is asked for it. */
  async #read(turns: readonly Turn[], signal: AbortSignal): Promise<void> {
    if (!hasMedia(turns)) {
      const tokens = await this.#measured(turns, signal);
      while (this.#contextUsage + tokens > this.contextWindow)
        await this.#forget(turns, new Error(`The messages take ${tokens} tokens.`), signal);
      this.#history.add(turns);
      this.#contextUsage += tokens;
      return;
    }
    const answer = await this.#ask(answerable(turns), { maxNewTokens: 1, signal }, () => {});
    this.#history.add(turns);
    await this.#note(0);
    this.#contextUsage -= answer.tokenIds.length;
  }

  /** What the chat holds now: `held` turns of the history. */
  async #note(held: number): Promise<void> {
    this.#held = held;
    this.#contextUsage = (await this.#chat.save()).ids.length;
  }

  async #measured(turns: readonly Turn[], signal: AbortSignal | undefined): Promise<number> {
    try {
      const plan = await this.#model.planQuestion(questionOf(answerable(turns)), signal ? { signal } : {});
      return plan.promptTokens;
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw domErrorOf(error, 'UnknownError');
    }
  }
}

/** Tells what follows the first `prefix.length` characters. */
function withoutPrefix(prefix: string, tell: Tell): Tell {
  let left = prefix.length;
  return (text) => {
    const rest = text.slice(left);
    left = Math.max(0, left - text.length);
    if (rest !== '') tell(rest);
  };
}
