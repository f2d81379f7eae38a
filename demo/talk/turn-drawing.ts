// Draws the turn that is shown: its text in the card, its marks over the pictures, its places as a list.

import type { AskEvent } from '../../src/index.ts';
import { showText, showTurn } from '../answer/answer-view.ts';
import { beforePaint, byId } from '../dom.ts';
import type { MediaKind } from '../media/media.ts';
import { showProgress } from '../page-state.ts';
import { mediaNote, type Shown } from '../stage/show-media.ts';
import { showPlaces } from './places-view.ts';
import type { Turn } from './turn.ts';

export interface TurnDrawingHost {
  /** What is on the stage now. */
  shown(): Shown;
  kind(): MediaKind;
  /** A turn was drawn from its beginning, as the model answered it. */
  onDrawn(turn: Turn | null): void;
}

export class TurnDrawing {
  readonly #host: TurnDrawingHost;
  /** List and buttons follow the overlay; once per paint, as a track may send hundreds of steps. */
  readonly showMarks = beforePaint(() => this.#showMarks());

  constructor(host: TurnDrawingHost) {
    this.#host = host;
  }

  /** Shows a turn, with what it has marked so far. */
  draw(turn: Turn | null): void {
    showTurn(turn);
    for (const overlay of this.#host.shown().overlays) {
      overlay.clear();
      for (const event of turn?.events ?? []) overlay.handle(event);
    }
    this.#host.onDrawn(turn);
    this.showMarks();
  }

  /** Shows what is new in the turn that is shown; `isAlone` is false where others are seen with it, and marks are drawn for all. */
  drawEvent(event: AskEvent, turn: Turn, isAlone: boolean): void {
    if (isAlone) for (const overlay of this.#host.shown().overlays) overlay.handle(event);
    switch (event.type) {
      case 'progress':
        showProgress(event, this.#host.kind());
        break;
      case 'text':
        showText(turn);
        break;
      case 'done':
        showTurn(turn);
        this.showMarks();
        break;
      case 'media':
        for (const text of event.media.notices ?? []) mediaNote(text);
        this.showMarks();
        break;
      case 'notice':
        mediaNote(event.message);
        break;
      case 'point':
      case 'track':
        this.showMarks();
        break;
      case 'count':
      case 'trace':
    }
  }

  #showMarks(): void {
    const [overlay] = this.#host.shown().overlays;
    if (!overlay) return;
    showPlaces(overlay);
    const { points, tracks } = overlay;
    byId('save', HTMLElement).hidden = points.length + tracks.length === 0;
  }
}
