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
  /** The conversation that was kept last, and what was answered in it. */
  #chat: { readonly saved: SavedChat | null; readonly about: string } = { saved: null, about: '' };

  constructor(session: Session) {
    this.#session = session;
  }

  keepMedia(media: Media | null, sample: Sample | null): void {
    this.#mediaId = newId();
    this.#chat = { saved: null, about: '' };
    const kept = media && { id: this.#mediaId, media, sample: sample?.name ?? null };
    void this.#store.then((store) => store.keepMedia(kept));
  }

  /** Keeps the answers and their corrections at once, and the conversation where there is one when the model has told it. */
  async keepTalk(turns: readonly Turn[]): Promise<void> {
    const mediaId = this.#mediaId;
    const written = this.#write(turns);
    const saved = await this.#session.save().catch(() => null);
    await written;
    if (mediaId !== this.#mediaId) return;
    this.#chat = { saved, about: answeredIn(turns) };
    await this.#write(turns);
  }

  async #write(turns: readonly Turn[]): Promise<void> {
    const { saved, about } = this.#chat;
    // Files are kept once, with the media.
    const kept = turns
      .filter(({ answer }) => answer !== null)
      .map((turn) => ({ ...turn, question: { ...turn.question, media: null } }));
    const chat = about === answeredIn(turns) ? saved : null;
    const mediaId = this.#mediaId;
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
    const chat = kept.talk?.chat ?? null;
    this.#chat = { saved: chat, about: answeredIn(turns) };
    return { media, sample, turns, chat };
  }
}

/** Names what a conversation holds: it belongs to these answers and no others. */
function answeredIn(turns: readonly Turn[]): string {
  return turns.flatMap(({ id, answer }) => (answer ? [id] : [])).join();
}
