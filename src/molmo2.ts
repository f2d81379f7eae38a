// The class that users load, and the chats that it opens.

import { openBackend } from '#worker/open-backend';
import type {
  AskEvent,
  AskInput,
  AskOptions,
  ModelInfo,
  Progress,
  Score,
  ScoreInput,
  ScoreOptions,
} from './api.ts';
import { scoringOf } from './engine/answer/scoring.ts';
import { Molmo2Error } from './errors.ts';
import type { KernelFamily } from './gpu/capabilities.ts';
import type { Backend } from './worker/backend.ts';
import { EventQueue } from './worker/event-queue.ts';
import { mediaOf, portableRequest } from './worker/portable-request.ts';
import type { WeightFormat } from './weights/formats/formats.ts';
import {
  defaultWeights,
  modelSource,
  type HubSettings,
  type ModelInput,
} from './weights/source/model-source.ts';
import { askToPersist } from './weights/cache/persistence.ts';
import { planModel } from './weights/plan-model.ts';
import type { LoadPlan } from './weights/planner.ts';

export interface LoadOptions {
  /**
   * A model's name, `hf:owner/name[@revision]`, the URL of a bundle or checkpoint folder, the files of one
   * (`<input type="file" webkitdirectory>`), or in Node its path. Default `shapes`, the embedded model.
   */
  readonly model?: ModelInput;
  /**
   * Format of a checkpoint's decoder weights on the GPU: `f32` computes exactly and is the default for folders, `f16`,
   * `q8` and `q4` are smaller; models of the hub default to `q4`. A bundle has its own format.
   */
  readonly weights?: WeightFormat;
  /** Whether the browser may keep the model for the next time; default true. See `cachedModels`. */
  readonly cache?: boolean;
  /**
   * Kernels to use in place of those that the GPU's abilities choose: to compare them, or to get around a driver's
   * mistake. `portable` runs everywhere; RangeError where the GPU lacks what is asked for.
   */
  readonly kernels?: KernelFamily;
  /**
   * Whether activations stay floats where weights are q8 or q4; default false. Many GPUs multiply int8 several times faster,
   * and there a value that meets such weights is rounded to int8 with a scale for each 32 (to 16 bits while decoding),
   * which errs less than the weights' own rounding does.
   */
  readonly exactActivations?: boolean;
  /**
   * Whether to compare kernels on this GPU before the first question, for a second at most, and keep what was found for this
   * adapter, driver and browser; default true. What was found is in `info.tuned`. Drivers that compute on the processor are not compared, nor where
   * `kernels` is given.
   */
  readonly tune?: boolean;
  /** The model hub that `hf:` and the released models are read from, and a token for models that need one. */
  readonly hub?: HubSettings;
  /** Told about bytes while the model loads. */
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

export interface PlanOptions extends Omit<LoadOptions, 'onProgress'> {
  /** GPU memory that may be used; no browser tells how much there is, and without it only the device's limits decide. */
  readonly memoryBytes?: number;
  /** Tokens of prompt and answer that should fit; default what the model reads at most. */
  readonly contextTokens?: number;
}

/** Relative addresses are taken against the page; Node has paths instead. */
function baseUrl(): string | null {
  return typeof document === 'undefined' ? null : document.baseURI;
}

/** Questions that follow each other about the same pictures; only the new words are computed. */
export interface Chat {
  /**
   * Asks a question. Without media, or with the very same ones as before, it continues the conversation; other media
   * or `messages` begin a new one. Questions asked before an earlier one is answered are answered in turn. Throws
   * `Molmo2Error`, or the signal's own reason.
   */
  ask(input: AskInput, options?: AskOptions): AsyncGenerator<AskEvent, void, undefined>;
  /** Frees the conversation's memory on the GPU, once questions under way are answered; no more can be asked. */
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
    const {
      model = 'shapes',
      onProgress,
      signal,
      weights,
      cache = true,
      kernels,
      exactActivations,
      tune,
    } = options;
    const source = modelSource(model, baseUrl(), options.hub);
    // The embedded model needs no room, and some browsers ask their user.
    if (cache && source.kind !== 'urls') await askToPersist();
    const settings = { weights: weights ?? defaultWeights(source), cache };
    return new Molmo2(
      await openBackend(source, { ...settings, kernels, exactActivations, tune, onProgress, signal }),
    );
  }

  /**
   * Says before any download whether a model fits: bytes to fetch, GPU memory for weights and for every 1,000 tokens.
   * Reads the small files only. Throws as `load` does.
   */
  static async plan(options: PlanOptions = {}): Promise<LoadPlan> {
    const { model = 'shapes', weights, memoryBytes = null, contextTokens, signal } = options;
    const source = modelSource(model, baseUrl(), options.hub);
    const settings = { weights: weights ?? defaultWeights(source), cache: options.cache ?? true, signal };
    return planModel(source, settings, memoryBytes, contextTokens);
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

  /**
   * How likely an answer is to a question of its own: log probabilities of its tokens, in one pass over question and answer,
   * and with `weighting` what it adds to the loss of training. Throws `Molmo2Error`, TypeError or RangeError naming what cannot
   * be, or the signal's own reason.
   */
  async score(input: ScoreInput, options: ScoreOptions = {}): Promise<Score> {
    const { signal, kv, onProgress } = options;
    mediaOf(input);
    const scoring = scoringOf(input, options);
    const portable = await portableRequest(input, kv ? { kv } : {}, false);
    const emit = (event: AskEvent) => {
      if (event.type === 'progress' && !signal?.aborted) onProgress?.(event);
    };
    return this.#backend.score(portable, scoring, emit, signal);
  }

  /** Opens a conversation, which keeps its pictures and everything said on the GPU. */
  chat(): Chat {
    const conversation = this.#nextConversation++;
    const backend = this.#backend;
    let shown: readonly unknown[] | null = null; // media of the conversation; null where there is none to continue
    let prepared: Promise<unknown> = Promise.resolve(); // the questions before are on their way to the backend
    let disposed = false;
    const prepare = async (input: AskInput, options: AskOptions) => {
      if (disposed)
        throw new Molmo2Error('bad-request', 'This chat was disposed. Open another one with molmo.chat().');
      const media = mediaOf(input);
      const followUp = shown !== null && !input.messages && (media.length === 0 || sameItems(media, shown));
      const portable = await portableRequest(input, options, followUp);
      if (!followUp) shown = media;
      return { media, portable };
    };
    return {
      async *ask(input, options = {}) {
        const mine = prepared.then(() => prepare(input, options));
        prepared = mine.catch(() => {});
        const { media, portable } = await mine;
        let answered = false;
        try {
          for await (const event of events(backend, conversation, portable, options.signal)) {
            answered ||= event.type === 'done';
            yield event;
          }
        } finally {
          // The first question of a conversation failed or was left: there is nothing to continue.
          if (!answered && shown === media) shown = null;
        }
      },
      dispose() {
        disposed = true;
        backend.drop(conversation);
      },
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

/** The events of one question, none after its signal was aborted. Leaving the loop early cancels the work. */
async function* events(
  backend: Backend,
  conversation: number,
  portable: Awaited<ReturnType<typeof portableRequest>>,
  signal?: AbortSignal,
): AsyncGenerator<AskEvent, void, undefined> {
  const stop = new AbortController(); // AbortSignal.any is younger than WebGPU
  const cancel = () => stop.abort(signal?.reason);
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  const queue = new EventQueue<AskEvent>();
  const work = backend.ask(conversation, portable, (event) => queue.push(event), stop.signal);
  work.then(
    () => queue.finish(),
    (error: unknown) => queue.fail(error),
  );
  try {
    for await (const event of queue.read()) {
      signal?.throwIfAborted();
      yield event;
    }
  } finally {
    signal?.removeEventListener('abort', cancel);
    stop.abort(new DOMException('The answer is not wanted any more.', 'AbortError'));
    await work.catch(() => {});
  }
}
