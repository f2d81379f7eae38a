// Turns ids into text as they are generated, one by one, without ever showing half a character.

import type { Tokenizer } from './tokenizer.ts';

const newDecoder = () => new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Streams the text of generated ids. A character whose bytes are spread over several tokens appears with its last
 * byte; bytes that never become a character appear as U+FFFD, at latest at `end()`. The pieces together equal
 * `tokenizer.decode` of all ids without special tokens.
 */
export class TextStream {
  readonly #tokenizer: Pick<Tokenizer, 'piece'>;
  #decoder = newDecoder();

  constructor(tokenizer: Pick<Tokenizer, 'piece'>) {
    this.#tokenizer = tokenizer;
  }

  /** The text that `id` completes; often a word, empty while a character is incomplete. */
  push(id: number): string {
    const piece = this.#tokenizer.piece(id);
    // An added token is text of its own: bytes before and after it cannot form one character.
    if (typeof piece === 'string') return this.end() + piece;
    return this.#decoder.decode(piece, { stream: true });
  }

  /** What was held back. */
  end(): string {
    const rest = this.#decoder.decode();
    this.#decoder = newDecoder();
    return rest;
  }
}
