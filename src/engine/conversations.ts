// All conversations of an engine by number. They outlive the device that they were on: each is read again, from its tokens and
// what it was shown, when it is needed next.

import type { Progress } from '../api.ts';
import { Molmo2Error } from '../errors.ts';
import { Conversation } from './conversation.ts';
import type { LoadedModel } from './loaded-model.ts';
import { restoreChat, saveChat, type RestoreRequest } from './restore-chat.ts';

export interface FindOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told about what is read again. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Told before one is read again. */
  readonly onRestore?: (() => void) | undefined;
  /** Whether an empty one will do where what it was shown cannot be read any more. */
  readonly mayBeEmpty?: boolean;
}

export class Conversations {
  readonly #name: string;
  readonly #alive = new Map<number, Conversation>();
  /** What those held that were on a device that is gone. */
  readonly #lost = new Map<number, RestoreRequest>();

  /** `name` is the model's. */
  constructor(name: string) {
    this.#name = name;
  }

  /**
   * A conversation by any number that the caller chose: an empty one where the number is new, and brought back where its device
   * was lost. Throws as `restoreChat` does; it can be tried again.
   */
  async find(id: number, model: LoadedModel, options: FindOptions = {}): Promise<Conversation> {
    const known = this.#alive.get(id);
    if (known) return known;
    const made = new Conversation(model.forward);
    const lost = this.#lost.get(id);
    if (lost) await this.#bringBack(lost, made, model, options);
    this.#lost.delete(id);
    this.#alive.set(id, made);
    return made;
  }

  add(id: number, conversation: Conversation): void {
    this.#alive.set(id, conversation);
  }

  /** Forgets what was said in one. */
  forgetWords(id: number): void {
    this.#alive.get(id)?.forgetWords();
    this.#lost.delete(id);
  }

  /** Frees one. */
  drop(id: number): void {
    this.#alive.get(id)?.destroy();
    this.#alive.delete(id);
    this.#lost.delete(id);
  }

  /** Notes what all of them hold, and gives back what they had on a device that is gone. */
  async leave(model: LoadedModel): Promise<void> {
    for (const [id, conversation] of this.#alive) {
      const { images, video } = conversation.seen.source;
      if (conversation.turns > 0)
        this.#lost.set(id, { saved: await saveChat(model, this.#name, conversation), images, video });
      conversation.destroy();
    }
    this.#alive.clear();
  }

  /** Gives everything back; what is still asked in one may ask for more, until it is destroyed once more. */
  destroy(): void {
    for (const conversation of this.#alive.values()) conversation.destroy();
    this.#lost.clear();
  }

  async #bringBack(
    lost: RestoreRequest,
    empty: Conversation,
    model: LoadedModel,
    { signal, onProgress = () => {}, onRestore, mayBeEmpty = false }: FindOptions,
  ): Promise<void> {
    onRestore?.();
    try {
      await restoreChat(model, empty, lost, onProgress, signal);
    } catch (error) {
      empty.destroy();
      const isGone = error instanceof Molmo2Error && unreadable.includes(error.code);
      if (!mayBeEmpty || !isGone) throw error;
    }
  }
}

// What says that a picture or a video cannot be had again as it was.
const unreadable: readonly string[] = ['media-unreadable', 'media-too-large', 'other-media', 'network'];
