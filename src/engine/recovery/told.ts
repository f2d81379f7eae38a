// What the caller of a question was told, so that nothing is told twice when it is answered again on another device.

import type { AskEvent } from '../../api.ts';

type Emit = (event: AskEvent) => void;

/** The tokens of one answer that were told. */
export class ToldTokens {
  readonly #ids: number[] = [];
  #again: readonly number[] = [];
  #taken = 0;
  #isMuted = false;

  /** Ids that were told in earlier tries: they are chosen again, whatever the model would say. */
  get again(): readonly number[] {
    return this.#again;
  }

  /** Whether what is told now was told in an earlier try. */
  get isMuted(): boolean {
    return this.#isMuted;
  }

  /** A new try begins. */
  begin(): void {
    this.#again = [...this.#ids];
    this.#taken = 0;
  }

  /** Notes the next id of this try, while `tell` tells what it completes. */
  take(id: number, tell: () => void): void {
    this.#isMuted = this.#taken < this.#ids.length;
    if (!this.#isMuted) this.#ids.push(id);
    this.#taken += 1;
    tell();
    this.#isMuted = false;
  }
}

/** What was told of one question. */
export class Told {
  readonly tokens = new ToldTokens();
  readonly emit: Emit;
  readonly #once = new Set<string>();
  #knowsOfLoss = false;

  /** `emit` gets every event but those that have been told. */
  constructor(emit: Emit) {
    this.emit = (event) => {
      if (event.type === 'media' || (event.type === 'notice' && event.reason === 'fit')) {
        // A question shows its media once, however often they are looked at.
        const name = event.type === 'media' ? event.type : event.message;
        if (this.#once.has(name)) return;
        this.#once.add(name);
      }
      if (event.type === 'notice' && event.reason === 'device-lost') this.#knowsOfLoss = true;
      emit(event);
    };
  }

  /** Whether it was told that a device was lost. */
  get knowsOfLoss(): boolean {
    return this.#knowsOfLoss;
  }
}
