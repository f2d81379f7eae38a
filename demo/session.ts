// The page's side of the engine: one loaded model and the conversation about the media on the stage.

import {
  Molmo2,
  Molmo2Error,
  type AskEvent,
  type AskInput,
  type AskOptions,
  type Chat,
  type LoadOptions,
  type LoadPause,
  type MediaInfo,
  type ModelInfo,
  type Progress,
  type SavedChat,
} from '../src/index.ts';
import { onnx } from '../src/onnx/onnx.ts';
import type { Media } from './media/media.ts';

/** Where a model comes from (a name, an address, or the files of a folder), and the format of its weights. */
export type ModelChoice = Required<Pick<LoadOptions, 'model'>> & Pick<LoadOptions, 'weights'>;

// Answers where there is no WebGPU, from files that are fetched only there.
const fallback = onnx(() => import('onnxruntime-web/wasm'));

/** The model inside the page. */
export const builtIn: ModelChoice = { model: 'shapes' };

export interface Question {
  readonly prompt: string;
  readonly media: Media | null;
  /** Continue the conversation, if there is one about the same media. */
  readonly keep: boolean;
  readonly limits: Limits;
  /** An object to follow from here; the prompt is its name. */
  readonly point?: NonNullable<AskInput['point']>;
}

/** How much of the media is looked at. */
export type Limits = Pick<AskInput, 'maxFrames' | 'maxCrops' | 'startSec' | 'endSec'>;

function mediaInput(media: Media | null): Pick<AskInput, 'image' | 'images' | 'video'> {
  const first = media?.files[0];
  if (!media || !first) return {};
  if (media.kind === 'video') return { video: first };
  return media.files.length === 1 ? { image: first } : { images: media.files };
}

/** One that was saved has no chat until a question goes on with it. */
type Conversation = { readonly media: Media | null } & (
  { readonly chat: Chat; readonly saved: null } | { readonly chat: null; readonly saved: SavedChat }
);

export interface SessionLoad {
  readonly onProgress: (progress: Progress) => void;
  readonly signal: AbortSignal;
  readonly pausing?: LoadPause;
  /** Runs `work` when no answer is under way. */
  readonly whenFree: (work: () => void) => Promise<void>;
}

/** Owns the loaded model. */
export class Session {
  #molmo: Molmo2 | null = null;
  #choice: ModelChoice = builtIn;
  #conversation: Conversation | null = null;

  get info(): ModelInfo | null {
    return this.#molmo?.info ?? null;
  }

  get choice(): ModelChoice {
    return this.#choice;
  }

  /**
   * Replaces the model. The one before stays in use until the new one is there and `whenFree` runs what it is given, so that
   * it answers meanwhile and a load can be cancelled; only where the graphics card cannot hold both, it is let go first.
   */
  async load(choice: ModelChoice, { onProgress, signal, pausing, whenFree }: SessionLoad): Promise<void> {
    const options = { ...choice, fallback, onProgress, signal, ...(pausing && { pausing }) };
    const molmo = await Molmo2.load(options).catch(async (error: unknown) => {
      const isFull = error instanceof Molmo2Error && error.code === 'out-of-memory';
      if (!isFull || !this.#molmo || this.#choice === builtIn) throw error;
      await whenFree(() => this.dispose());
      return Molmo2.load(options);
    });
    await whenFree(() => {
      if (signal.aborted) return molmo.dispose();
      const saved = this.#conversation?.saved ? this.#conversation : null;
      this.dispose();
      // Of another visit, maybe with this very model.
      this.#conversation = saved;
      this.#molmo = molmo;
      this.#choice = choice;
    });
    signal.throwIfAborted();
  }

  /** What is loaded, for questions that belong to no conversation; null while nothing is. */
  get model(): Pick<Molmo2, 'ask'> | null {
    return this.#molmo;
  }

  /** Whether a question about `media` could continue what was said before. */
  canContinue(media: Media | null): boolean {
    return this.#conversation !== null && this.#conversation.media === media;
  }

  /** Asks, in the conversation so far or in a new one. */
  async *ask(question: Question, options: AskOptions): AsyncGenerator<AskEvent, void, undefined> {
    if (!this.#molmo) throw new Error('No model is loaded.');
    const { media, prompt, keep, limits, point } = question;
    const before = keep && this.canContinue(media) ? this.#conversation : null;
    if (before) {
      const chat = before.saved ? await this.#revived(before.saved, media, options) : before.chat;
      if (chat) return yield* chat.ask({ prompt }, options);
    }
    this.forget();
    const chat = this.#molmo.chat();
    this.#conversation = { chat, media, saved: null };
    yield* chat.ask({ ...mediaInput(media), ...limits, prompt, ...(point && { point }) }, options);
  }

  /** What a question about `media` would look at; null where there is no model to ask. */
  async plan(media: Media | null, limits: Limits, signal: AbortSignal): Promise<MediaInfo | null> {
    const plan = await this.#molmo?.planQuestion(
      { ...mediaInput(media), ...limits, prompt: '?' },
      { signal },
    );
    return plan?.media ?? null;
  }

  /** The conversation as plain data; null where there is none. */
  async save(): Promise<SavedChat | null> {
    const conversation = this.#conversation;
    if (!conversation) return null;
    return conversation.saved ?? (await conversation.chat?.save()) ?? null;
  }

  /** A conversation of another visit: the next question about `media` may go on with it. */
  restore(saved: SavedChat, media: Media | null): void {
    this.forget();
    this.#conversation = { chat: null, media, saved };
  }

  /** Null where the model does not take it back: then the question is asked anew. */
  async #revived(saved: SavedChat, media: Media | null, { signal }: AskOptions): Promise<Chat | null> {
    try {
      const chat = (await this.#molmo?.restore(saved, mediaInput(media), signal ? { signal } : {})) ?? null;
      this.#conversation = chat && { chat, media, saved: null };
      return chat;
    } catch (error) {
      signal?.throwIfAborted();
      const isRefused =
        error instanceof Molmo2Error && (error.code === 'bad-saved-chat' || error.code === 'other-media');
      if (isRefused) return null;
      throw error;
    }
  }

  /** Ends the conversation and frees its memory: the next question starts a new one. */
  forget(): void {
    this.#conversation?.chat?.dispose();
    this.#conversation = null;
  }

  dispose(): void {
    this.forget();
    this.#molmo?.dispose();
    this.#molmo = null;
  }
}
