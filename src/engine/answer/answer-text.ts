// Ids of an answer, as they come -> its text and everything that is read out of it, as events.

import type { AskEvent, MediaInfo } from '../../api.ts';
import { AnswerStream } from '../../grounding/answer-stream.ts';
import { TextStream } from '../../text/text-stream.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';

export interface AnswerTextOptions {
  readonly tokenizer: Tokenizer;
  readonly media: MediaInfo;
  /** Seconds that are added to every time the model names. */
  readonly timeOffsetSec: number;
  readonly emit: (event: AskEvent) => void;
}

export class AnswerText {
  readonly #words: TextStream;
  readonly #found: AnswerStream;
  readonly #emit: (event: AskEvent) => void;
  #text = '';

  constructor({ tokenizer, media, timeOffsetSec, emit }: AnswerTextOptions) {
    this.#words = new TextStream(tokenizer);
    this.#found = new AnswerStream(media, { timeOffsetSec });
    this.#emit = emit;
  }

  /** What was told so far. */
  get text(): string {
    return this.#text;
  }

  /** Points, tracks and the count that the text names so far. */
  get found(): Pick<AnswerStream, 'points' | 'tracks' | 'count'> {
    return this.#found;
  }

  /** Tells what one more id completes. */
  push(id: number): void {
    this.#tell(this.#words.push(id));
  }

  /** Tells what was held back; no more ids come. */
  end(): void {
    this.#tell(this.#words.end());
    for (const event of this.#found.end()) this.#emit(event);
  }

  #tell(piece: string): void {
    if (piece === '') return;
    this.#text += piece;
    this.#emit({ type: 'text', text: piece });
    for (const event of this.#found.push(piece)) this.#emit(event);
  }
}
