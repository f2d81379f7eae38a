// What the caller of several questions was told, so that nothing is told twice when they are answered again on another device.

import type { BranchEvent } from '../../api.ts';
import { ToldTokens } from '../recovery/told.ts';
import type { Listener } from './together.ts';

/** Listens to all tries for one listener. */
export class ToldRows implements Required<Listener> {
  readonly failed: (row: number, error: unknown) => void;
  readonly #listener: Listener;
  readonly #tokens = new Map<number, ToldTokens>();
  readonly #media = new Set<number | null>();
  readonly #ended = new Set<number>();

  constructor(listener: Listener) {
    this.#listener = listener;
    this.failed = (row, error) => {
      this.#ended.add(row);
      listener.failed?.(row, error);
    };
  }

  /** Whether rows may fail alone. */
  get mayFailAlone(): boolean {
    return this.#listener.failed !== undefined;
  }

  /** A new try begins. */
  begin(): void {
    for (const tokens of this.#tokens.values()) tokens.begin();
  }

  /** Whether all of a row was told, its answer or why it has none. */
  hasEnded(row: number): boolean {
    return this.#ended.has(row);
  }

  tokensOf(row: number): ToldTokens {
    const known = this.#tokens.get(row);
    if (known) return known;
    const made = new ToldTokens();
    this.#tokens.set(row, made);
    return made;
  }

  readonly emit = (event: BranchEvent): void => {
    if (event.type === 'media') {
      const name = event.branch ?? null;
      if (this.#media.has(name)) return;
      this.#media.add(name);
    }
    if (event.type === 'done') this.#ended.add(event.branch);
    this.#listener.emit(event);
  };

  readonly isCancelled = (row: number): boolean => this.#listener.isCancelled(row);
}
