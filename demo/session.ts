// The page's side of the engine: one loaded model and the conversation about the media on the stage.

import {
  Molmo2,
  Molmo2Error,
  type AskEvent,
  type AskInput,
  type AskOptions,
  type Chat,
  type LoadOptions,
  type ModelInfo,
  type Progress,
} from '../src/index.ts';
import type { Media } from './media.ts';

/** Where a model comes from (a name, an address, or the files of a folder), and the format of its weights. */
export type ModelChoice = Required<Pick<LoadOptions, 'model'>> & Pick<LoadOptions, 'weights'>;

/** The model inside the page. */
export const builtIn: ModelChoice = { model: 'shapes' };

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
  #choice: ModelChoice = builtIn;
  #conversation: { readonly chat: Chat; readonly media: Media | null } | null = null;

  get info(): ModelInfo | null {
    return this.#molmo?.info ?? null;
  }

  get choice(): ModelChoice {
    return this.#choice;
  }

  /**
   * Replaces the model. The one before stays in use until the new one is there, so that a load can be cancelled; only
   * where the graphics card cannot hold both, it is let go first.
   */
  async load(choice: ModelChoice, onProgress: (p: Progress) => void, signal: AbortSignal): Promise<void> {
    const options = { ...choice, onProgress, signal };
    const molmo = await Molmo2.load(options).catch((error: unknown) => {
      const isFull = error instanceof Molmo2Error && error.code === 'out-of-memory';
      if (!isFull || !this.#molmo || this.#choice === builtIn) throw error;
      this.dispose();
      return Molmo2.load(options);
    });
    if (signal.aborted) molmo.dispose();
    signal.throwIfAborted();
    this.dispose();
    this.#molmo = molmo;
    this.#choice = choice;
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
