// What feeds the tokens of an answer. Logits can be read from any of them; a GPU chooses by itself as well, ahead of its reader.

import type { TokenLoop } from './token-loop.ts';

export interface AnswerLoop {
  /** Multiply-adds of a step. */
  readonly cost: number;
  readonly byteLength: number;
  /** The same where it chooses by itself; null where only logits come. */
  readonly ahead: TokenLoop | null;
  /** Feeds one token; afterwards `logits` tells what follows it. */
  feed(id: number): void;
  /** Logits [V] of the next token. */
  logits(): Promise<Float32Array>;
  destroy(): void;
}
