// One call of a tab, which may be asked at several servers, one after the other.

import { revivedError, type FromWorker } from '../protocol.ts';
import type { Asked, CallOptions } from '../wire.ts';
import { Told } from './told.ts';

const movedNotice = {
  type: 'notice',
  reason: 'tab-closed',
  message:
    'The tab that computed this answer is gone. Another one has loaded the model, and the answer goes on.',
  steps: [],
} as const;

export class SharedCall {
  readonly asked: Asked;
  readonly options: CallOptions;
  /** Its number at the server that has it; 0 where none has. */
  number = 0;
  /** How many servers it was asked at. */
  tries = 0;
  isSettled = false;
  readonly #told = new Told();
  readonly #hear: (message: FromWorker) => void;
  readonly #reject: (error: unknown) => void;

  constructor(
    asked: Asked,
    options: CallOptions,
    {
      hear,
      reject,
    }: { readonly hear: (message: FromWorker) => void; readonly reject: (error: unknown) => void },
  ) {
    this.asked = asked;
    this.options = options;
    this.#hear = hear;
    this.#reject = reject;
  }

  /** It is asked under a new number: what has been told is not told again. */
  begin(number: number): void {
    this.number = number;
    this.tries += 1;
    this.#told.begin();
  }

  /** Passes on what is new of a message. Throws where the answer is not what it was. */
  hear(message: FromWorker): void {
    if (message.type === 'failed') this.fail(revivedError(message.error));
    else {
      const left = this.#told.new(message);
      if (left) this.#hear(left);
    }
  }

  /** Tells that it is answered by another tab now. */
  tellMoved(): void {
    const event = movedNotice;
    const { number: call } = this;
    if (this.asked.type === 'ask') this.#hear({ type: 'event', call, event });
    if (this.asked.type === 'ask-all' || this.asked.type === 'ask-many')
      this.#hear({ type: 'branch-event', call, event });
  }

  fail(error: unknown): void {
    this.#reject(error);
  }
}
