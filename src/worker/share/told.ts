// What the caller of a question was told, so that nothing is told twice when another tab answers it again. The tokens are not
// known here: texts are compared, and everything else in its order.

import type { BranchEvent, ChosenToken, WindowEvent } from '../../api.ts';
import { Molmo2Error } from '../../errors.ts';
import type { FromWorker } from '../protocol.ts';

type TextEvent = { readonly type: 'text'; readonly text: string; readonly logprobs?: readonly ChosenToken[] };

/** Events that are parts of an answer and have to be the same; media, notices, windows and traces are told once, whatever they say. */
const ofAnswer: ReadonlySet<string> = new Set(['point', 'track', 'count']);

/** What was told of one answer, or of one window or branch. */
class ToldAnswer {
  #text = '';
  #tokens = 0;
  readonly #others = new Map<string, string[]>();
  /** How much of it the answer under way has told again. */
  #again = { text: 0, tokens: 0, others: new Map<string, number>() };
  #isDone = false;

  begin(): void {
    this.#again = { text: 0, tokens: 0, others: new Map() };
  }

  /** What is new of an event; null where nothing is. Throws where it is not what was told before. */
  new<T extends { readonly type: string }>(event: T): T | null {
    if (this.#isDone) return null;
    if (event.type === 'progress') return event;
    if (event.type === 'text') return this.#newText(event as never as TextEvent) as never as T | null;
    if (event.type === 'done') {
      // One that was cancelled meanwhile ends where it is.
      if (!isCancelled(event)) this.#checkEnd();
      this.#isDone = true;
      return event;
    }
    return this.#newOther(event);
  }

  #newText(event: TextEvent): TextEvent | null {
    const told = this.#text.slice(this.#again.text, this.#again.text + event.text.length);
    if (!event.text.startsWith(told)) refuse(told, event.text);
    const { logprobs = [] } = event;
    const knownTokens = Math.min(this.#tokens - this.#again.tokens, logprobs.length);
    this.#again.text += event.text.length;
    this.#again.tokens += logprobs.length;
    const text = event.text.slice(told.length);
    const left = logprobs.slice(knownTokens);
    this.#text += text;
    this.#tokens += left.length;
    if (text === '' && left.length === 0 && event.text.length + logprobs.length > 0) return null;
    return { ...event, text, ...(event.logprobs && { logprobs: left }) };
  }

  #newOther<T extends { readonly type: string }>(event: T): T | null {
    const { type } = event;
    const told = this.#others.get(type) ?? [];
    const at = this.#again.others.get(type) ?? 0;
    this.#again.others.set(type, at + 1);
    const before = told[at];
    const words = ofAnswer.has(type) ? JSON.stringify(event) : type;
    if (before === undefined) {
      this.#others.set(type, [...told, words]);
      return event;
    }
    if (before !== words && ofAnswer.has(type)) refuse(before, words);
    return null;
  }

  #checkEnd(): void {
    if (this.#again.text < this.#text.length) refuse(this.#text.slice(this.#again.text), 'its end');
    for (const [type, told] of this.#others) {
      const at = this.#again.others.get(type) ?? 0;
      if (at < told.length && ofAnswer.has(type)) refuse(told[at] ?? '', 'its end');
    }
  }
}

function isCancelled(event: { readonly type: string }): boolean {
  const { answer } = event as { readonly answer?: { readonly finishReason?: string } };
  return answer?.finishReason === 'cancelled';
}

const short = (words: string): string =>
  JSON.stringify(words.length > 60 ? `${words.slice(0, 60)}...` : words);

function refuse(told: string, now: string): never {
  throw new Molmo2Error(
    'worker-failed',
    `The tab that computed this answer was closed, and the one that went on with it computes another: after what is the same, ${short(told)} was told before and ${short(now)} comes now. Ask again.`,
  );
}

/** What was told of one call. */
export class Told {
  readonly #answers = new Map<string, ToldAnswer>();

  /** The call begins again. */
  begin(): void {
    for (const answer of this.#answers.values()) answer.begin();
  }

  /** What is new of a message; null where nothing is. Throws where it is not what was told before. */
  new(message: FromWorker): FromWorker | null {
    if (message.type === 'event') {
      const event = this.#of('').new(message.event);
      return event && { ...message, event };
    }
    if (message.type === 'branch-event') {
      const event = this.#of(branchOf(message.event)).new(message.event);
      return event && { ...message, event };
    }
    if (message.type === 'branch-failed')
      return this.#of(`branch ${message.branch}`).new({ type: 'done' }) && message;
    if (message.type === 'window-event') {
      const event = this.#of(windowOf(message.event)).new(message.event);
      return event && { ...message, event };
    }
    return message;
  }

  #of(name: string): ToldAnswer {
    const known = this.#answers.get(name) ?? new ToldAnswer();
    this.#answers.set(name, known);
    return known;
  }
}

/** Which of several answers an event belongs to; some belong to all. */
const branchOf = (event: BranchEvent): string => ('branch' in event ? `branch ${event.branch}` : '');
const windowOf = (event: WindowEvent): string =>
  'window' in event && typeof event.window === 'number' ? `window ${event.window}` : '';
