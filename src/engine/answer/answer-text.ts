// Ids of an answer, as they come -> its text and everything that is read out of it, as events.

import type { AskEvent, ChosenToken, MediaInfo, TokenLogprob } from '../../api.ts';
import type { ChosenLogprobs, IdLogprob } from '../../decoder/logprobs.ts';
import { AnswerStream } from '../../grounding/answer-stream.ts';
import { StopStrings } from '../../text/stop-strings.ts';
import { TextStream } from '../../text/text-stream.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';

export interface AnswerTextOptions {
  readonly tokenizer: Tokenizer;
  readonly media: MediaInfo;
  /** Seconds that are added to every time the model names. */
  readonly timeOffsetSec: number;
  /** Strings before which the text ends. */
  readonly stop: readonly string[];
  readonly emit: (event: AskEvent) => void;
}

export class AnswerText {
  readonly #tokenizer: Tokenizer;
  readonly #words: TextStream;
  readonly #stops: StopStrings;
  readonly #found: AnswerStream;
  readonly #emit: (event: AskEvent) => void;
  readonly #logprobs: ChosenToken[] = [];
  #text = '';
  #told = 0; // log probabilities that events have carried

  constructor({ tokenizer, media, timeOffsetSec, stop, emit }: AnswerTextOptions) {
    this.#tokenizer = tokenizer;
    this.#words = new TextStream(tokenizer);
    this.#stops = new StopStrings(stop);
    this.#found = new AnswerStream(media, { timeOffsetSec });
    this.#emit = emit;
  }

  /** What was told so far. */
  get text(): string {
    return this.#text;
  }

  /** Whether a stop string has ended the text. */
  get stopped(): boolean {
    return this.#stops.stopped;
  }

  /** Points, tracks and the count that the text names so far. */
  get found(): Pick<AnswerStream, 'points' | 'tracks' | 'count'> {
    return this.#found;
  }

  /** One for each id that came with them. */
  get logprobs(): readonly ChosenToken[] {
    return this.#logprobs;
  }

  /** Tells what one more id completes. */
  push(id: number, logprobs: ChosenLogprobs | null): void {
    if (logprobs) {
      const top = logprobs.top.map((one) => tokenLogprob(one, this.#tokenizer));
      this.#logprobs.push({ ...tokenLogprob(logprobs, this.#tokenizer), top });
    }
    this.#tell(this.#stops.push(this.#words.push(id)));
  }

  /** Tells what was held back; no more ids come. */
  end(): void {
    this.#tell(this.#stops.push(this.#words.end()) + this.#stops.end());
    for (const event of this.#found.end()) this.#emit(event);
  }

  #tell(piece: string): void {
    if (piece === '') return;
    this.#text += piece;
    const logprobs = this.#logprobs.slice(this.#told);
    this.#told = this.#logprobs.length;
    this.#emit({ type: 'text', text: piece, ...(logprobs.length > 0 && { logprobs }) });
    for (const event of this.#found.push(piece)) this.#emit(event);
  }
}

/** A log probability with what the token spells; special tokens are named. */
export function tokenLogprob({ id, logprob }: IdLogprob, tokenizer: Tokenizer): TokenLogprob {
  return { id, text: tokenizer.decode([id], { skipSpecialTokens: false }), logprob };
}
