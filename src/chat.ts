// A conversation as users hold it. What they ask is prepared at once and sent to the engine in turn, so that each question
// knows how the one before ended.

import { unlessAborted } from './abort.ts';
import type { AskEvent, AskInput, AskOptions, ChatMessage, Progress, SavedChat } from './api.ts';
import { Molmo2Error } from './errors.ts';
import type { Backend, PortableRequest } from './worker/backend.ts';
import { EventQueue } from './worker/event-queue.ts';
import { mediaOf, portableMedia, portableRequest } from './worker/portable-request.ts';

/** Questions that follow each other about the same pictures; only the new words are computed. */
export interface Chat {
  /**
   * Asks a question. Without media, or with the same as before, it continues the conversation; other media or `messages` begin
   * a new one. The same is what has the same content, in whichever file or element it comes. Questions asked before an earlier one is answered
   * are answered in turn. Throws `Molmo2Error`, or the signal's own reason; the chat is then as it was before the question,
   * or without messages where the question had begun a new conversation.
   */
  ask(input: AskInput, options?: AskOptions): AsyncGenerator<AskEvent, void, undefined>;
  /**
   * What was said so far, as `messages` take it: pictures and videos are parts without content. Questions count once they
   * are answered.
   */
  readonly messages: readonly ChatMessage[];
  /**
   * Another chat that knows what this one knows, once all questions asked before are answered. The two share nothing: what
   * is asked of one is unknown to the other. Costs one copy of the keys and values. Throws `out-of-memory`, or the signal's
   * own reason.
   */
  clone(options?: { readonly signal?: AbortSignal }): Promise<Chat>;
  /**
   * Forgets what was said, once all questions asked before are answered. The pictures or the video stay on the GPU for the
   * next question, which has to show them again and costs its own words only.
   */
  reset(): Promise<void>;
  /**
   * The chat as plain JSON, once all questions asked before are answered: `molmo.restore` goes on from it, also on another
   * day and in another page. Pictures and videos are in it by hash only.
   */
  save(options?: { readonly signal?: AbortSignal }): Promise<SavedChat>;
  /** Frees the conversation's memory on the GPU, once questions under way are answered; no more can be asked. */
  dispose(): void;
}

/** The media of a saved chat, given again. */
export type RestoreMedia = Pick<AskInput, 'image' | 'images' | 'video'>;

/** How a saved chat is read again. All optional. */
export interface RestoreOptions {
  readonly signal?: AbortSignal;
  /** Told about pictures, crops and tokens as they are read again. */
  readonly onProgress?: (progress: Progress) => void;
}

/** Media that a conversation is about, as they were given; the object itself names the conversation. */
interface Subject {
  readonly media: readonly unknown[];
}

interface Prepared {
  readonly portable: PortableRequest;
  readonly subject: Subject;
}

export class OpenChat implements Chat {
  readonly #backend: Backend;
  readonly #nextId: () => number;
  readonly #id: number;
  #messages: readonly ChatMessage[] = [];
  /** What the conversation is about; null where there is none to continue. */
  #subject: Subject | null = null;
  /** The same once everything that was asked is answered. */
  #expected: Subject | null = null;
  #prepared: Promise<unknown> = Promise.resolve();
  #settled: Promise<unknown> = Promise.resolve();
  #disposed = false;

  /** `nextId` gives numbers that no other conversation of the backend has. */
  constructor(backend: Backend, nextId: () => number) {
    this.#backend = backend;
    this.#nextId = nextId;
    this.#id = nextId();
  }

  get messages(): readonly ChatMessage[] {
    return this.#messages;
  }

  async *ask(input: AskInput, options: AskOptions = {}): AsyncGenerator<AskEvent, void, undefined> {
    const { signal } = options;
    const queue = new EventQueue<AskEvent>();
    const stop = new AbortController(); // AbortSignal.any is younger than WebGPU
    // Whoever is told that a question ended may ask the next one at once: what that follows shows when this one is settled.
    // Questions that were asked before follow this one, and are refused where it has no answer.
    const leave = (reason: unknown) => {
      stop.abort(reason);
      this.#prepared = this.#prepared.then(async () => {
        await settled;
        const mine = await prepared.catch(() => null);
        if (mine?.subject === this.#expected) this.#expected = this.#subject;
      });
    };
    const cancel = () => {
      leave(signal?.reason);
      queue.fail(signal?.reason);
    };
    const prepared = this.#prepared.then(() => this.#prepare(input, options));
    prepared.catch((error: unknown) => queue.fail(error));
    this.#prepared = prepared.catch(() => {});
    const settled = this.#inTurn(async () => this.#answer(await prepared, queue, stop.signal)).then(
      () => queue.finish(),
      (error: unknown) => queue.fail(error),
    );
    if (signal?.aborted) cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      for await (const event of queue.read()) {
        signal?.throwIfAborted();
        yield event;
      }
    } finally {
      signal?.removeEventListener('abort', cancel);
      leave(new DOMException('The answer is not wanted any more.', 'AbortError'));
    }
  }

  async clone({ signal }: { readonly signal?: AbortSignal } = {}): Promise<Chat> {
    const copy = new OpenChat(this.#backend, this.#nextId);
    const work = this.#inTurn(async () => {
      signal?.throwIfAborted();
      await this.#backend.clone(this.#id, copy.#id, signal);
      copy.#messages = this.#messages;
      copy.#subject = copy.#expected = this.#subject;
    });
    try {
      await unlessAborted(work, signal);
      return copy;
    } catch (error) {
      work.catch(() => {}).finally(() => copy.dispose());
      throw error;
    }
  }

  async save({ signal }: { readonly signal?: AbortSignal } = {}): Promise<SavedChat> {
    const work = this.#inTurn(async () => {
      signal?.throwIfAborted();
      const saved = await this.#backend.save(this.#id, signal);
      return { ...saved, messages: this.#messages };
    });
    return unlessAborted(work, signal);
  }

  /** Makes a chat that was not asked anything yet the one that was saved. */
  async restore(saved: SavedChat, media: RestoreMedia, options: RestoreOptions): Promise<void> {
    const { signal, onProgress } = options;
    const { messages, ...conversation } = saved;
    const { images, video, transfer } = await portableMedia(media);
    const portable = { request: { saved: conversation, images, video }, transfer };
    const work = this.#inTurn(async () => {
      signal?.throwIfAborted();
      await this.#backend.restore(this.#id, portable, (progress) => onProgress?.(progress), signal);
      this.#messages = messages;
      this.#subject = this.#expected = messages.length > 0 ? { media: [] } : null;
    });
    await unlessAborted(work, signal);
  }

  async reset(): Promise<void> {
    this.#prepared = this.#prepared.then(() => {
      this.#expected = null;
    });
    await this.#inTurn(async () => {
      this.#backend.forget(this.#id);
      this.#forget();
    });
  }

  dispose(): void {
    if (this.#disposed) return;
    const drop = this.#settled.then(() => this.#backend.drop(this.#id));
    this.#disposed = true;
    this.#settled = drop;
  }

  #forget(): void {
    this.#messages = [];
    this.#subject = null;
  }

  /** Does `work` when everything before is done. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const isDisposed = this.#disposed;
    const mine = this.#settled.then(() => {
      if (!isDisposed) return work();
      throw new Molmo2Error('bad-request', 'This chat was disposed. Open another one with molmo.chat().');
    });
    this.#settled = mine.catch(() => {});
    return mine;
  }

  /** Makes a question plain data, while its pictures are what they are. */
  async #prepare(input: AskInput, options: AskOptions): Promise<Prepared> {
    const media = mediaOf(input);
    const before = this.#expected;
    const isSame = media.length === 0 || (before !== null && sameItems(media, before.media));
    const subject = before && isSame && !input.messages ? before : { media };
    const portable = await portableRequest(input, options, subject === before);
    this.#expected = subject;
    return { portable, subject };
  }

  /** Asks the engine, and notes what became of the conversation before the last event comes. */
  async #answer(
    { portable, subject }: Prepared,
    queue: EventQueue<AskEvent>,
    signal: AbortSignal,
  ): Promise<void> {
    const last: AskEvent[] = [];
    signal.throwIfAborted();
    if (portable.request.followUp && subject !== this.#subject)
      throw new Molmo2Error(
        'bad-request',
        'The question before, which this one continues, got no answer (it failed or was cancelled). Ask again with the pictures or the video.',
      );
    const emit = (event: AskEvent) => {
      if (event.type === 'media' && !event.continues) this.#forget();
      if (event.type === 'done') last.push(event);
      else queue.push(event);
    };
    const said = await this.#backend.ask(this.#id, portable, emit, signal);
    this.#messages = [...this.#messages, ...said];
    this.#subject = subject;
    for (const event of last) queue.push(event);
  }
}

const lasting = new Set(['Blob', 'File', 'URL', 'ImageBitmap'].map((name) => `[object ${name}]`));

/** Objects whose content cannot change; a canvas may have been drawn on, and bytes written. */
function isLasting(item: unknown): boolean {
  return typeof item !== 'object' || item === null || lasting.has(Object.prototype.toString.call(item));
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i] && isLasting(item));
}
