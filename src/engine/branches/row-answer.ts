// The answer of one of several rows: which token it takes of what a step brings, and what ends it.

import type { FinishReason } from '../../api.ts';
import type { Guide } from '../../constraints/guide.ts';
import { changesLogits, logitsProcessors, type LogitsOptions } from '../../decoder/logits-processors.ts';
import type { LogitsProcessor } from '../../decoder/logits-processors.ts';
import { logprobsOf } from '../../decoder/logprobs.ts';
import { drawCandidate, sampleToken, seededRandom, type Candidates } from '../../decoder/sampling.ts';
import { noToken } from '../../kernels/tokens/argmax.ts';
import type { AnswerText } from '../answer/answer-text.ts';
import type { ToldTokens } from '../recovery/told.ts';
import type { AskSettings } from '../answer/settings.ts';
import { guideProcessor } from '../expect/expected.ts';
import { chosen, notFinite, processed } from '../decode/generate.ts';

/** What a row needs of a step to choose its token: nothing beyond the likeliest, the candidates of a draw, or all logits. */
export type Needs = 'likeliest' | 'candidates' | 'logits';

export interface RowAnswerOptions {
  readonly settings: AskSettings;
  /** All ids before the answer. */
  readonly before: readonly number[];
  /** Most tokens. */
  readonly limit: number;
  readonly eosIds: readonly number[];
  readonly text: AnswerText;
  /** What earlier tries have told of it. */
  readonly tokens: ToldTokens;
  /** Says which tokens may follow; null where all may. */
  readonly guide: Guide | null;
}

export class RowAnswer {
  readonly settings: AskSettings;
  readonly before: readonly number[];
  readonly needs: Needs;
  readonly text: AnswerText;
  readonly tokenIds: number[] = [];
  readonly #tokens: ToldTokens;
  readonly #guide: Guide | null;
  readonly #limit: number;
  readonly #eosIds: readonly number[];
  readonly #processors: readonly LogitsProcessor[];
  readonly #random: () => number;
  #finishReason: FinishReason | null = null;
  #hasFailed = false;
  #last = noToken;

  constructor({ settings, before, limit, eosIds, text, tokens, guide }: RowAnswerOptions) {
    this.settings = settings;
    this.before = before;
    this.text = text;
    this.#tokens = tokens;
    this.#guide = guide;
    this.#limit = limit;
    this.#eosIds = eosIds;
    const own = logitsProcessors(settings, before);
    this.#processors = guide ? [...own, guideProcessor(guide)] : own;
    this.#random = seededRandom(settings.seed);
    const isDrawn = settings.sampling.temperature > 0;
    this.needs = guide || settings.logprobs !== null ? 'logits' : isDrawn ? 'candidates' : 'likeliest';
  }

  /** Why it ended; null while it goes on, and where it has no answer. */
  get finishReason(): FinishReason | null {
    return this.#finishReason;
  }

  get isRunning(): boolean {
    return this.#finishReason === null && !this.#hasFailed;
  }

  /** The token that was taken last, which is fed next. */
  get last(): number {
    return this.#last;
  }

  /** Whether its next token was told before, and is that one whatever a step brings. */
  get isRepeating(): boolean {
    return this.isRunning && this.tokenIds.length < this.#tokens.again.length;
  }

  /** Steps that it can still take. */
  get left(): number {
    return this.isRunning ? this.#limit - this.tokenIds.length : 0;
  }

  /** What the GPU makes of the logits; whoever needs the model's own has them changed on this side. */
  get change(): LogitsOptions | null {
    return this.needs !== 'logits' && changesLogits(this.settings) ? this.settings : null;
  }

  /** Takes the first token, from the logits [V] behind the prompt. Throws `not-finite`. */
  takeFirst(logits: Float32Array): void {
    this.#take(chosen(logits, this.#choose), logits);
  }

  /** Takes the token of a step that chose the likeliest by itself. */
  takeLikeliest(id: number): void {
    this.#take(id, null);
  }

  /** Takes a drawn token; false where all logits are needed to tell which it is. */
  takeDrawn(candidates: Candidates): boolean {
    const number = this.#random();
    const id = candidates.finite ? drawCandidate(candidates, this.settings.sampling, number) : noToken;
    if (id === null) this.#pendingNumber = number;
    else this.#take(id, null);
    return id !== null;
  }

  /** Takes a token of all logits [V] of a step: the model's own where the row needs them, else changed already. */
  takeOf(logits: Float32Array): void {
    if (this.needs === 'logits') {
      for (const processor of this.#processors) processor.take?.(this.#last);
      this.#take(chosen(logits, this.#choose), logits);
      return;
    }
    const number = this.#pendingNumber ?? this.#random();
    this.#pendingNumber = null;
    const draw = (values: Float32Array) => sampleToken(values, this.settings.sampling, () => number);
    this.#take(chosen(logits, draw), null);
  }

  /** Ends it where it is. */
  cancel(): void {
    if (this.isRunning) this.#end('cancelled');
  }

  /** Ends it without an answer. */
  giveUp(): void {
    this.#hasFailed = true;
  }

  /** The number of a draw that candidates could not tell. */
  #pendingNumber: number | null = null;

  readonly #choose = (logits: Float32Array): number =>
    sampleToken(processed(logits, this.#processors), this.settings.sampling, this.#random);

  #take(own: number, logits: Float32Array | null): void {
    if (own === noToken) throw notFinite(this.tokenIds.length);
    const id = this.#tokens.again[this.tokenIds.length] ?? own;
    this.#last = id;
    if (this.#eosIds.includes(id)) {
      this.#end('stop');
      return;
    }
    this.tokenIds.push(id);
    const { logprobs } = this.settings;
    const chance = logits && logprobs !== null ? logprobsOf(logits, id, logprobs) : null;
    this.#tokens.take(id, () => this.text.push(id, chance));
    this.#guide?.take(id);
    if (this.#guide?.isComplete || this.text.stopped) this.#end('stop');
    else if (this.tokenIds.length === this.#limit) this.#end('length');
  }

  #end(reason: FinishReason): void {
    this.#finishReason = reason;
    this.text.end();
  }
}
