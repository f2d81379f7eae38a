// The questions about what is on the stage: asked in turn, shown as they are answered, and shown again.

import { Molmo2Error } from '../../src/index.ts';
import type { AskEvent, AskOptions } from '../../src/index.ts';
import type { Question, Session } from '../session.ts';
import { QuestionQueue } from './question-queue.ts';
import { newTurn, take, type Turn } from './turn.ts';

export interface TalkEvents {
  /** The list of turns, a state in it, or the turn that is shown has changed. */
  onTurns(): void;
  /** `turn` is to be shown from its beginning. */
  onShow(turn: Turn | null): void;
  /** Something happened in the turn that is shown. */
  onEvent(event: AskEvent, turn: Turn): void;
  onEnd(turn: Turn, error: unknown): void;
}

interface Asked {
  readonly turn: Turn;
  readonly options: AskOptions;
}

/** Owns the turns. One is shown; a new one is when its answer begins. */
export class Talk {
  readonly #session: Session;
  readonly #events: TalkEvents;
  readonly #queue = new QuestionQueue<Asked>((asked) => this.#answer(asked));
  #turns: readonly Turn[] = [];
  #shown: Turn | null = null;
  #working: AbortController | null = null;
  #nextId = 1;

  constructor(session: Session, events: TalkEvents) {
    this.#session = session;
    this.#events = events;
  }

  get turns(): readonly Turn[] {
    return this.#turns;
  }

  get shown(): Turn | null {
    return this.#shown;
  }

  /** Whether an answer is being made. */
  get isAnswering(): boolean {
    return this.#working !== null;
  }

  /** Asks as soon as there is a model and the questions before have their answers. */
  ask(question: Question, options: AskOptions): Turn {
    const turn = newTurn(this.#nextId++, question);
    this.#turns = [...this.#turns, turn];
    this.#queue.add({ turn, options });
    if (!this.isAnswering && this.#queue.waiting.length <= 1) this.show(turn);
    else this.#events.onTurns();
    return turn;
  }

  /** Shows a turn that was answered elsewhere behind the others. */
  add(make: (id: number) => Turn): void {
    const turn = make(this.#nextId++);
    this.#turns = [...this.#turns, turn];
    this.show(turn);
  }

  takeBack(turn: Turn): void {
    const asked = this.#queue.waiting.find((waiting) => waiting.turn === turn);
    if (!asked || !this.#queue.takeBack(asked)) return;
    this.#turns = this.#turns.filter((other) => other !== turn);
    if (this.#shown === turn) this.show(this.#turns.at(-1) ?? null);
    else this.#events.onTurns();
  }

  show(turn: Turn | null): void {
    this.#shown = turn;
    this.#events.onShow(turn);
    this.#events.onTurns();
  }

  /** Ends the answer under way. */
  cancel(): void {
    this.#working?.abort();
  }

  /** Forgets all turns: what is on the stage is about to change. */
  clear(): void {
    this.#queue.clear();
    this.cancel();
    this.#session.forget();
    this.#turns = [];
    this.show(null);
  }

  /** Puts turns of another visit in place. */
  restore(turns: readonly Turn[]): void {
    this.#turns = turns;
    this.#nextId = Math.max(0, ...turns.map(({ id }) => id)) + 1;
    this.show(turns.at(-1) ?? null);
  }

  /** There is a model. */
  open(): void {
    this.#queue.open();
  }

  /** There is none: questions wait. */
  close(): void {
    this.#queue.close();
  }

  /** Runs `work` on the model once no answer is under way. */
  between(work: () => void): Promise<void> {
    return this.#queue.between(work);
  }

  async #answer({ turn, options }: Asked): Promise<void> {
    const work = (this.#working = new AbortController());
    const isOurs = () => this.#turns.includes(turn);
    turn.state = 'answering';
    this.show(turn);
    let failure: unknown = null;
    try {
      for await (const event of this.#session.ask(turn.question, { ...options, signal: work.signal })) {
        // Media chosen in the meantime have their own answers.
        if (work.signal.aborted) break;
        take(turn, event);
        if (isOurs() && this.#shown === turn) this.#events.onEvent(event, turn);
      }
    } catch (error) {
      turn.state = 'failed';
      if (!work.signal.aborted) failure = error;
    }
    if (work.signal.aborted) turn.state = 'cancelled';
    // What a chat without this answer knows of the media is not certain.
    if (!turn.answer || work.signal.aborted) this.#session.forget();
    this.#working = null;
    const isLost =
      failure instanceof Molmo2Error && (failure.code === 'device-lost' || failure.code === 'worker-failed');
    if (isLost) this.close();
    if (!isOurs()) return this.#events.onTurns();
    this.#events.onEnd(turn, failure);
    this.#events.onTurns();
  }
}
