// The class that users load, and the chats that it opens.

import { openBackend } from '#worker/open-backend';
import type { AskEvent, AskInput, AskOptions, ModelInfo, Progress } from './api.ts';
import type { Backend } from './worker/backend.ts';
import { EventQueue } from './worker/event-queue.ts';
import { mediaOf, portableRequest } from './worker/portable-request.ts';
import { modelSource, type ModelInput } from './weights/model-source.ts';

export interface LoadOptions {
  /**
   * A model's name, the URL of a checkpoint folder, the files of one (`<input type="file" webkitdirectory>`), or in
   * Node its path. Default `shapes`, the embedded model.
   */
  readonly model?: ModelInput;
  /** Told about bytes while the model loads. */
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

/** Questions that follow each other about the same pictures; only the new words are computed. */
export interface Chat {
  /**
   * Asks a question. Without media, or with the very same ones as before, it continues the conversation; other media
   * or `messages` begin a new one. Throws `Molmo2Error`, or the signal's own reason.
   */
  ask(input: AskInput, options?: AskOptions): AsyncGenerator<AskEvent, void, undefined>;
  /** Frees the conversation's memory on the GPU. */
  dispose(): void;
}

/** A loaded model. It lives until `dispose()`. */
export class Molmo2 {
  readonly #backend: Backend;
  #nextConversation = 1;

  private constructor(backend: Backend) {
    this.#backend = backend;
  }

  /**
   * Loads a model: in a worker in pages, on Dawn in Node. Throws `Molmo2Error` (`no-webgpu`, `unknown-model`,
   * `bad-checkpoint`, `unsupported-model`, `network`, `out-of-memory`), or the signal's own reason.
   */
  static async load(options: LoadOptions = {}): Promise<Molmo2> {
    const { model = 'shapes', onProgress, signal } = options;
    const source = modelSource(model, typeof document === 'undefined' ? null : document.baseURI);
    return new Molmo2(await openBackend(source, { onProgress, signal }));
  }

  /** What is loaded, and who computes it. */
  get info(): ModelInfo {
    return this.#backend.info;
  }

  /** Asks one question and keeps nothing. Throws `Molmo2Error`, or the signal's own reason. */
  async *ask(input: AskInput, options: AskOptions = {}): AsyncGenerator<AskEvent, void, undefined> {
    const chat = this.chat();
    try {
      yield* chat.ask(input, options);
    } finally {
      chat.dispose();
    }
  }

  /** Opens a conversation, which keeps its pictures and everything said on the GPU. */
  chat(): Chat {
    const conversation = this.#nextConversation++;
    const backend = this.#backend;
    let shown: readonly unknown[] | null = null; // null until a first question was answered
    return {
      async *ask(input, options = {}) {
        const media = mediaOf(input);
        const followUp = shown !== null && !input.messages && (media.length === 0 || sameItems(media, shown));
        const portable = await portableRequest(input, options, followUp);
        if (!followUp) shown = null;
        for await (const event of events(backend, conversation, portable, options.signal)) {
          // Before the event is handed out: whoever has the answer may leave the loop.
          if (event.type === 'done' && !followUp) shown = media;
          yield event;
        }
      },
      dispose: () => backend.drop(conversation),
    };
  }

  /** Frees the GPU and ends the worker; questions under way throw. */
  dispose(): void {
    this.#backend.dispose();
  }
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

/** The events of one question. Leaving the loop early cancels the work. */
async function* events(
  backend: Backend,
  conversation: number,
  portable: Awaited<ReturnType<typeof portableRequest>>,
  signal?: AbortSignal,
): AsyncGenerator<AskEvent, void, undefined> {
  const left = new AbortController();
  const both = signal ? AbortSignal.any([signal, left.signal]) : left.signal;
  const queue = new EventQueue<AskEvent>();
  const work = backend.ask(conversation, portable, (event) => queue.push(event), both);
  work.then(
    () => queue.finish(),
    (error: unknown) => queue.fail(error),
  );
  try {
    yield* queue.read();
  } finally {
    left.abort(new DOMException('The answer is not wanted any more.', 'AbortError'));
    await work.catch(() => {});
  }
}
