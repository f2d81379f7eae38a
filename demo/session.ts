// The page's side of the engine: one loaded model and the conversation about the media on the stage.

import {
  Molmo2,
  type AskEvent,
  type AskInput,
  type AskOptions,
  type Chat,
  type ModelInfo,
  type Progress,
} from '../src/index.ts';
import type { Media } from './media.ts';

/** Where a model comes from: the built-in one, an address, or the files of a folder. */
export type ModelSource = 'shapes' | URL | readonly File[];

export interface Question {
  readonly prompt: string;
  readonly media: Media | null;
  /** Continue the conversation, if there is one about the same media. */
  readonly keep: boolean;
  readonly limits: Pick<AskInput, 'maxFrames' | 'maxCrops'>;
}

function mediaInput(media: Media | null): AskInput {
  const first = media?.files[0];
  if (!media || !first) return {};
  if (media.kind === 'video') return { video: first };
  return media.files.length === 1 ? { image: first } : { images: media.files };
}

/** Owns the loaded model. */
export class Session {
  #molmo: Molmo2 | null = null;
  #source: ModelSource = 'shapes';
  #conversation: { readonly chat: Chat; readonly media: Media | null } | null = null;

  get info(): ModelInfo | null {
    return this.#molmo?.info ?? null;
  }

  get source(): ModelSource {
    return this.#source;
  }

  /** Replaces the model. A big one is let go first, so that two never share the memory of the graphics card. */
  async load(source: ModelSource, onProgress: (p: Progress) => void, signal: AbortSignal): Promise<void> {
    if (this.#source !== 'shapes') this.dispose();
    const molmo = await Molmo2.load({ model: source, onProgress, signal });
    this.dispose();
    this.#molmo = molmo;
    this.#source = source;
  }

  /** Whether a question about `media` could continue what was said before. */
  canContinue(media: Media | null): boolean {
    return this.#conversation !== null && this.#conversation.media === media;
  }

  /** Asks, in the conversation so far or in a new one. */
  ask(question: Question, options: AskOptions): AsyncIterable<AskEvent> {
    if (!this.#molmo) throw new Error('No model is loaded.');
    const { media, prompt, keep, limits } = question;
    const before = keep && this.canContinue(media) ? this.#conversation : null;
    if (before) return before.chat.ask({ prompt }, options);
    this.forget();
    const chat = this.#molmo.chat();
    this.#conversation = { chat, media };
    return chat.ask({ ...mediaInput(media), ...(media ? limits : {}), prompt }, options);
  }

  /** Ends the conversation and frees its memory: the next question starts a new one. */
  forget(): void {
    this.#conversation?.chat.dispose();
    this.#conversation = null;
  }

  dispose(): void {
    this.forget();
    this.#molmo?.dispose();
    this.#molmo = null;
  }
}
