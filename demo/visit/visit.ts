// What the tab shows, kept as it changes and read again after a reload.

import type { SavedChat } from '../../src/index.ts';
import type { Media } from '../media/media.ts';
import type { Sample } from '../media/samples.ts';
import type { Session } from '../session.ts';
import type { Turn } from '../talk/turn.ts';
import { newId } from '../new-id.ts';
import { openVisitStore, type VisitStore } from './visit-store.ts';

export interface Before {
  readonly media: Media;
  /** Name of the sample that the media are. */
  readonly sample: string | null;
  readonly turns: readonly Turn[];
  readonly chat: SavedChat | null;
}

export class Visit {
  readonly #session: Session;
  readonly #store: Promise<VisitStore> = openVisitStore();
  #mediaId = '';

  constructor(session: Session) {
    this.#session = session;
  }

  keepMedia(media: Media | null, sample: Sample | null): void {
    this.#mediaId = newId();
    const kept = media && { id: this.#mediaId, media, sample: sample?.name ?? null };
    void this.#store.then((store) => store.keepMedia(kept));
  }

  /** Keeps the answers, and the conversation where there is one. */
  async keepTalk(turns: readonly Turn[]): Promise<void> {
    const mediaId = this.#mediaId;
    const chat = await this.#session.save().catch(() => null);
    if (mediaId !== this.#mediaId) return;
    // Files are kept once, with the media.
    const kept = turns
      .filter(({ answer }) => answer !== null)
      .map((turn) => ({ ...turn, question: { ...turn.question, media: null } }));
    const store = await this.#store;
    await store.keepTalk({ mediaId, turns: kept, chat });
  }

  /** Null on a first visit. */
  async read(): Promise<Before | null> {
    const store = await this.#store;
    const kept = await store.read().catch(() => null);
    if (!kept) return null;
    const { id, media, sample } = kept.media;
    this.#mediaId = id;
    const turns = (kept.talk?.turns ?? []).map((turn) => ({
      ...turn,
      question: { ...turn.question, media },
    }));
    return { media, sample, turns, chat: kept.talk?.chat ?? null };
  }
}
