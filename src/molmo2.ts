// The class that users load, and the chats that it opens.

import { openBackend } from '#worker/open-backend';
import { unlessAborted } from './abort.ts';
import type {
  Answer,
  AnswersUnderWay,
  AskAllInput,
  AskEvent,
  AskInput,
  AskOptions,
  ManyInput,
  ModelInfo,
  Progress,
  QuestionPlan,
  SavedChat,
  Score,
  ScoreInput,
  ScoreOptions,
  WindowEvent,
  WindowsInput,
} from './api.ts';
import { askAll, askMany } from './answers-under-way.ts';
import { askWindows } from './ask-windows.ts';
import type { Fallback } from './fallback.ts';
import { OpenChat, type Chat, type RestoreMedia, type RestoreOptions } from './chat.ts';
import { scoringOf } from './engine/answer/scoring.ts';
import type { LoadPause } from './load-pause.ts';
import { ownFile } from './own-file.ts';
import { checkedSavedChat } from './saved-chat.ts';
import type { KernelFamily } from './gpu/capabilities.ts';
import { threads, type Backend } from './worker/backend.ts';
import { mediaOf, portableRequest } from './worker/portable-request.ts';
import type { WeightFormat } from './weights/formats/formats.ts';
import {
  defaultWeights,
  modelSource,
  type HubSettings,
  type ModelInput,
} from './weights/source/model-source.ts';
import { askToPersist } from './weights/cache/persistence.ts';
import type { LoadPlan } from './weights/planner.ts';

/** What to load and how. All optional; without any, `shapes` in a worker. */
export interface LoadOptions {
  /**
   * A model's name, `hf:owner/name[@revision]`, `kept:NAME` for one that the browser keeps (`cachedModels` has the names; nobody is asked for
   * it then), the URL of a bundle or checkpoint folder, the files of one
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
  /**
   * GPU memory in bytes for image features that may be needed again: the same picture or frame in another question costs
   * no vision work, wherever its file comes from. What was used least recently goes first; 0 keeps nothing. Default 256 MiB,
   * and no more than the features of the longest prompt.
   */
  readonly featureCacheBytes?: number;
  /**
   * GPU memory that may be used in all; default: nobody knows, since no browser tells, and only the device's limits count.
   * A question that would take more is answered with less (`AskOptions.fit`), kept features give way first.
   */
  readonly memoryBytes?: number;
  /**
   * Where a page computes: in a `worker` of its own (the default), which keeps the page free, or on the `page`'s own thread, where
   * no worker can be started (a policy, a bundler). Videos and long prompts then hold up what the page shows. Node has one
   * thread for all and ignores it.
   */
  readonly thread?: 'worker' | 'page';
  /**
   * Whether tabs of one origin that load the same model with the same settings share one copy of it on the GPU; default false. One
   * of them has it and answers the questions of all, in turns; when it is closed, another loads the model and goes on with the
   * answers under way: nothing is told twice, and what was said stays (docs/tabs.md). Without Web Locks, with
   * `thread: 'page'`, for files that a visitor chose and in Node nothing is shared.
   */
  readonly share?: boolean;
  /**
   * Computes where there is no WebGPU, on the processor and on the page's own thread: `onnx` of `molmo2-webgpu/onnx`, for models as
   * small as `shapes` (docs/without-webgpu.md). Where there is WebGPU nothing of it is used. `weights`, `kernels`,
   * `exactActivations`, `tune`, `thread` and `share` mean nothing to it. Default: `load` throws `no-webgpu`.
   */
  readonly fallback?: Fallback;
  /** The model hub that `hf:` and the released models are read from, and a token for models that need one. */
  readonly hub?: HubSettings;
  /** Holds up the load and lets it go on. A model that tabs share (`share`) is not held up, as others may wait for it. */
  readonly pausing?: LoadPause;
  /** Told about bytes while the model loads. */
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

/** What to plan for: the options of `load`, and how much should fit. */
export interface PlanOptions extends Omit<LoadOptions, 'onProgress' | 'pausing'> {
  /** Tokens of prompt and answer that should fit; default what the model reads at most. */
  readonly contextTokens?: number;
  /**
   * Plans a model of the catalogue (`shapes`, `molmo2-4b`, ...) by the sizes that the package knows, without asking its hub for
   * anything; default false. What of it is kept already is not looked for. Throws `unknown-model` for other models.
   */
  readonly offline?: boolean;
}

function checkBytes(options: LoadOptions): void {
  for (const name of ['featureCacheBytes', 'memoryBytes'] as const) {
    const bytes = options[name];
    if (bytes === undefined || (Number.isFinite(bytes) && bytes >= 0)) continue;
    throw new RangeError(`options.${name} must be 0 or more bytes, got ${String(bytes)}.`);
  }
}

function checkThread({ thread }: LoadOptions): void {
  if (thread === undefined || threads.includes(thread)) return;
  throw new RangeError(`options.thread must be "worker" or "page", got ${JSON.stringify(thread)}.`);
}

function checkFallback({ fallback }: LoadOptions): void {
  if (fallback === undefined || typeof fallback?.open === 'function') return;
  throw new TypeError(
    `options.fallback must be what onnx() of molmo2-webgpu/onnx returns, got ${JSON.stringify(fallback)}.`,
  );
}

/** Relative addresses are taken against the page; Node has paths instead. */
function baseUrl(): string | null {
  return typeof document === 'undefined' ? null : document.baseURI;
}

/** A loaded model. It lives until `dispose()`. */
export class Molmo2 {
  readonly #backend: Backend;
  readonly #nextId: () => number;

  private constructor(backend: Backend) {
    this.#backend = backend;
    let conversations = 0;
    this.#nextId = () => ++conversations;
  }

  /**
   * Loads a model: in a worker in pages, on Dawn in Node. Throws `Molmo2Error` (`no-webgpu`, `worker-blocked`, `unknown-model`,
   * `bad-checkpoint`, `unsupported-model`, `network`, `out-of-memory`), or the signal's own reason.
   */
  static async load(options: LoadOptions = {}): Promise<Molmo2> {
    const {
      model = 'shapes',
      onProgress,
      signal,
      pausing,
      weights,
      cache = true,
      kernels,
      exactActivations,
      tune,
      featureCacheBytes,
      memoryBytes,
      thread,
      share,
      fallback,
    } = options;
    checkBytes(options);
    checkThread(options);
    checkFallback(options);
    const source = modelSource(model, baseUrl(), options.hub);
    // The embedded model needs no room. Firefox asks its user, for whose answer nobody waits.
    if (cache && source.kind !== 'urls') void askToPersist();
    const settings = { weights: weights ?? defaultWeights(source), cache };
    return new Molmo2(
      await openBackend(source, {
        ...settings,
        kernels,
        exactActivations,
        tune,
        featureCacheBytes,
        memoryBytes,
        thread,
        share,
        fallback,
        onProgress,
        signal,
        pausing,
      }),
    );
  }

  /**
   * Says before any download whether a model fits: bytes to fetch, GPU memory for weights and for every 1,000 tokens.
   * Reads the small files only. Throws as `load` does.
   */
  static async plan(options: PlanOptions = {}): Promise<LoadPlan> {
    const {
      model = 'shapes',
      weights,
      memoryBytes = null,
      contextTokens,
      featureCacheBytes,
      signal,
    } = options;
    checkBytes(options);
    const source = modelSource(model, baseUrl(), options.hub);
    const settings = { weights: weights ?? defaultWeights(source), cache: options.cache ?? true, signal };
    signal?.throwIfAborted();
    // Opening a model is the worker's work; a page that never plans does not load it.
    const { planModel, planOffline } = await ownFile('planner', import('./weights/plan-model.ts'));
    const wishes = {
      memoryBytes,
      ...(contextTokens !== undefined && { contextTokens }),
      ...(featureCacheBytes !== undefined && { featureCacheBytes }),
    };
    return options.offline === true
      ? planOffline(source, settings.weights, wishes)
      : planModel(source, settings, wishes);
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
   * Asks about a video of any length, window by window: each is a question of its own at the model's own sampling rate. Points
   * and tracks come with times of the whole video as windows finish; tracks of neighbouring windows are joined by where they
   * are in the overlap, and what two windows point at counts once. Memory does not grow with the length, but for the answer
   * itself. Other questions are answered between windows. Throws `Molmo2Error`, TypeError or RangeError naming what cannot be, or the
   * signal's own reason.
   */
  askWindows(input: WindowsInput, options: AskOptions = {}): AsyncGenerator<WindowEvent, void, undefined> {
    return askWindows(this.#backend, input, options);
  }

  /**
   * What a question takes, before it is asked: frames and times, tokens, GPU memory, seconds of each stage, and what `ask`
   * would take back so that it fits. As one of its own, with nothing kept of earlier ones. Pictures are decoded for it, videos
   * opened; a device that was not asked anything yet is tried out for a second at most. Throws `Molmo2Error`, or the signal's
   * own reason; a question that cannot be made to fit has the verdict `does-not-fit`.
   */
  async planQuestion(input: AskInput, options: AskOptions = {}): Promise<QuestionPlan> {
    const { signal } = options;
    mediaOf(input);
    const portable = await portableRequest(input, options, false);
    return unlessAborted(this.#backend.plan(portable, signal), signal);
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
    return unlessAborted(this.#backend.score(portable, scoring, emit, signal), signal);
  }

  /**
   * Asks several questions about the same pictures or video at once. What they share is computed once, and every step of
   * decoding reads the model's weights once for all of them, eight at a time. Await it for the answers in the order of the
   * questions, or iterate over it for events, which carry the number of their question as `branch`. Each is answered as if it
   * were asked alone; one that is cancelled by a signal of its own ends with what it has, as `cancelled`. Throws
   * `Molmo2Error`, TypeError or RangeError naming what cannot be, or the reason of `options.signal`.
   */
  askAll(input: AskAllInput, options: AskOptions = {}): AnswersUnderWay<Answer> {
    return askAll(this.#backend, input, options);
  }

  /**
   * Asks independent questions at once, each with its own media: pictures are encoded in full batches of crops, prompts go through
   * the decoder in one piece, each seeing itself alone, and answers are decoded together, eight at a time. Await it for the
   * results in the order of the questions, as `Promise.allSettled` has them: one that fails does not fail the others. Or iterate over
   * it for events, which carry the number of their question as `branch`. Throws what ends all of them: `device-lost`,
   * `out-of-memory`, or the reason of `options.signal`.
   */
  askMany(
    inputs: readonly ManyInput[],
    options: AskOptions = {},
  ): AnswersUnderWay<PromiseSettledResult<Answer>> {
    return askMany(this.#backend, inputs, options);
  }

  /** Opens a conversation, which keeps its pictures and everything said on the GPU. */
  chat(): Chat {
    return new OpenChat(this.#backend, this.#nextId);
  }

  /**
   * Goes on with a chat that `chat.save()` wrote, maybe elsewhere. Its pictures or its video are given again, in any form,
   * and sampled as they were; features that are still kept cost no vision work. Throws `other-media` where they are missing
   * or not the same, `bad-saved-chat` for what is no saved chat, of another version or of another model, media errors, or
   * the signal's own reason.
   */
  async restore(saved: SavedChat, media: RestoreMedia = {}, options: RestoreOptions = {}): Promise<Chat> {
    const checked = checkedSavedChat(saved);
    const chat = new OpenChat(this.#backend, this.#nextId);
    try {
      await chat.restore(checked, media, options);
      return chat;
    } catch (error) {
      chat.dispose();
      throw error;
    }
  }

  /** Frees the GPU and ends the worker; questions under way throw. */
  dispose(): void {
    this.#backend.dispose();
  }
}
