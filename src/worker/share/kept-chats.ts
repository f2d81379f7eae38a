// The conversations of a tab that another one serves, as data: where they have to go on when that one is closed.

import type { RestoreRequest, SavedConversation } from '../../engine/restore-chat.ts';
import type { FromWorker } from '../protocol.ts';
import type { Asked } from '../wire.ts';

/** A conversation that a server does not know. */
export interface MissingChat {
  readonly conversation: number;
  readonly request: RestoreRequest;
}

interface KeptChat {
  /** What makes the conversation again; null where it holds nothing. */
  readonly again: RestoreRequest | null;
  /** The serving worker that has it. */
  readonly at: string;
}

const nothing = { images: [], video: null } as const;

export class KeptChats {
  readonly #chats = new Map<number, KeptChat>();

  /** What has to be restored at `server` before this is asked there; null where nothing has to be. */
  missing(asked: Asked, server: string): MissingChat | null {
    if (asked.type !== 'ask' && asked.type !== 'clone' && asked.type !== 'save') return null;
    const { conversation } = asked;
    const kept = this.#chats.get(conversation);
    return kept?.again && kept.at !== server ? { conversation, request: kept.again } : null;
  }

  /** It is at `server` now. */
  restored(conversation: number, server: string): void {
    const kept = this.#chats.get(conversation);
    if (kept) this.#chats.set(conversation, { ...kept, at: server });
  }

  /** Notes what a message of `server` says about the conversation that was asked. */
  note(asked: Asked, message: FromWorker, server: string): void {
    if (asked.type === 'ask') {
      const { conversation, request } = asked;
      // A new conversation begins in its place, whatever becomes of the question.
      if (message.type === 'event' && message.event.type === 'media' && !message.event.continues)
        this.#chats.delete(conversation);
      if (message.type !== 'answered' || !message.kept) return;
      const shows = request.images.length > 0 || request.video !== null;
      const shown = shows ? request : (this.#chats.get(conversation)?.again ?? nothing);
      this.#keep(conversation, message.kept, shown, server);
    }
    if (asked.type === 'restore' && message.type === 'restored')
      this.#keep(asked.conversation, asked.request.saved, asked.request, server);
    if (asked.type === 'clone' && message.type === 'cloned') {
      const kept = this.#chats.get(asked.conversation);
      if (kept) this.#chats.set(asked.copy, kept);
    }
  }

  /** What was said is forgotten or dropped; pictures are shown again by whoever goes on. */
  forget(conversation: number): void {
    this.#chats.delete(conversation);
  }

  #keep(
    conversation: number,
    saved: SavedConversation,
    { images, video }: Omit<RestoreRequest, 'saved'>,
    at: string,
  ): void {
    const shown = saved.media === null ? nothing : { images, video };
    const again = saved.ids.length === 0 ? null : { saved, ...shown };
    this.#chats.set(conversation, { again, at });
  }
}
