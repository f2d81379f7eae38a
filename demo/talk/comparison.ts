// Answers to several questions about the same media, compared: each is a layer over the pictures and in the time line, in one
// colour, and their texts stand beside each other.

import { answerOf } from '../../src/annotations/annotations.ts';
import type { AskEvent } from '../../src/index.ts';
import type { FilledLayer, MolmoOverlay } from '../../src/overlay/molmo-overlay.ts';
import { historyOfTurn } from '../edit/drafts.ts';
import type { Shown } from '../stage/show-media.ts';
import type { ComparedTurn } from './compared-document.ts';
import { hideComparison, showComparison } from './comparison-view.ts';
import { isComparable, type Turn } from './turn.ts';

export interface ComparisonHost {
  /** What is on the stage now. */
  shown(): Shown;
  /** Which turns are compared, or how they look, has changed. */
  onChanged(): void;
  /** The comparison is over. */
  onLeft(): void;
}

const idOf = (turn: Turn): string => String(turn.id);

export class Comparison {
  readonly #host: ComparisonHost;
  #turns: readonly Turn[] = [];
  #hidden: ReadonlySet<Turn> = new Set();

  constructor(host: ComparisonHost) {
    this.#host = host;
  }

  get isOn(): boolean {
    return this.#turns.length > 0;
  }

  has(turn: Turn | null): boolean {
    return turn !== null && this.#turns.includes(turn);
  }

  /** The turns in their colours; empty while nothing is compared. */
  get turns(): readonly ComparedTurn[] {
    const [overlay] = this.#host.shown().overlays;
    return this.#turns.map((turn) => ({
      turn,
      color: overlay?.layers.find(({ id }) => id === idOf(turn))?.color ?? '',
      isVisible: !this.#hidden.has(turn),
    }));
  }

  begin(turns: readonly Turn[]): void {
    this.#turns = turns;
    this.#hidden = new Set();
    this.draw();
  }

  /** Takes a turn in, or out; without the last one the comparison is over. */
  toggle(turn: Turn): void {
    const others = this.#turns.filter((other) => other !== turn);
    const turns = others.length < this.#turns.length ? others : [...this.#turns, turn];
    if (turns.length === 0) return this.leave();
    this.#turns = turns.toSorted((a, b) => a.id - b.id);
    this.draw();
  }

  leave(): void {
    if (!this.isOn) return;
    this.forget();
    this.#host.onLeft();
  }

  /** As `leave`, where something else is drawn at once. */
  forget(): void {
    if (!this.isOn) return;
    this.#turns = [];
    hideComparison();
    for (const overlay of this.#host.shown().overlays) overlay.layers = [];
  }

  /** All of it, as it is now. */
  draw(): void {
    const [info] = this.#turns.flatMap((turn) => turn.info ?? []);
    for (const overlay of this.#host.shown().overlays) {
      overlay.clear();
      if (info) overlay.media = info;
      overlay.layers = this.#turns.map((turn) => this.#layer(turn));
      this.#handleEarly(overlay);
    }
    this.#show();
    this.#host.onChanged();
  }

  /** What is new in a turn that is compared while it is answered. */
  drawEvent(event: AskEvent, turn: Turn): void {
    for (const overlay of this.#host.shown().overlays) overlay.handle(event, idOf(turn));
    if (event.type === 'text' || event.type === 'done') this.#show();
  }

  #layer(turn: Turn): FilledLayer {
    const history = historyOfTurn(turn);
    return {
      id: idOf(turn),
      name: turn.question.prompt.slice(0, 80),
      visible: !this.#hidden.has(turn),
      ...(history && { answer: answerOf(history.document) }),
    };
  }

  /** What answers that are not whole have marked so far. */
  #handleEarly(overlay: MolmoOverlay): void {
    for (const turn of this.#turns)
      if (!turn.answer) for (const event of turn.events) overlay.handle(event, idOf(turn));
  }

  #show(): void {
    showComparison(this.turns, {
      onVisible: (turn, isVisible) => this.#setVisible(turn, isVisible),
      onLeave: () => this.leave(),
    });
  }

  #setVisible(turn: Turn, isVisible: boolean): void {
    this.#hidden = new Set([...this.#hidden, turn].filter((other) => other !== turn || !isVisible));
    for (const overlay of this.#host.shown().overlays)
      overlay.layers = overlay.layers.map((layer) =>
        layer.id === idOf(turn) ? { ...layer, visible: isVisible } : layer,
      );
    this.#show();
    this.#host.onChanged();
  }
}

/** What to begin with: the turn that is shown and the one that was answered last beside it; null where there are no two. */
export function likelyComparison(turns: readonly Turn[], shown: Turn | null): readonly Turn[] | null {
  const answered = turns.filter(isComparable);
  const last = answered.at(-1);
  const one = answered.find((turn) => turn === shown) ?? last;
  const other = answered.findLast((turn) => turn !== one);
  return one && other ? [one, other].toSorted((a, b) => a.id - b.id) : null;
}
