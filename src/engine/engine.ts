// A loaded model that answers questions, one at a time, for any number of conversations.

import { settle } from '#gpu/instance';
import { unlessAborted } from '../abort.ts';
import type { AskEvent, ChatMessage, ModelInfo, Progress, QuestionPlan, Score, WindowEvent } from '../api.ts';
import { Grammars } from '../constraints/grammars.ts';
import type { KernelFamily } from '../gpu/capabilities.ts';
import { GpuRunner } from '../gpu/runner.ts';
import { usualKvFormat } from '../kernels/attention/kv-layer.ts';
import { invariant, Molmo2Error } from '../errors.ts';
import { Tokenizer } from '../text/tokenizer.ts';
import { describedWeights } from '../weights/open/described-weights.ts';
import type { WeightFormat } from '../weights/formats/formats.ts';
import { loadWeights } from '../weights/load.ts';
import type { ModelSource } from '../weights/source/model-source.ts';
import { openModel } from '../weights/open-model.ts';
import type { OpenedModel } from '../weights/open/opened-model.ts';
import type { Weights } from '../weights/store/weights.ts';
import { planOpened } from '../weights/plan-model.ts';
import { usualFeatureBytes, type LoadPlan } from '../weights/planner.ts';
import type { Scoring } from './answer/scoring.ts';
import { ask } from './ask.ts';
import { Conversation } from './conversation.ts';
import { LanguageModel } from './language-model.ts';
import type { LoadedModel } from './loaded-model.ts';
import type { AskRequest } from './request.ts';
import { restoreChat, saveChat, type RestoreRequest, type SavedConversation } from './restore-chat.ts';
import { Measured } from './plan/measured.ts';
import { planQuestion, trialRequest } from './plan-question.ts';
import { score } from './score.ts';
import { tunedChoices, tuningTasks } from './tune/tune.ts';
import { VisionEncoder } from './vision-encoder.ts';
import type { VisualKind } from './visual/visual-unit.ts';
import { FeatureCache } from './visual/feature-cache.ts';
import { usualDispatches } from './warm-up.ts';
import { askWindows, type WindowsHost } from './windows/ask-windows.ts';
import type { Walk } from './windows/time-windows.ts';

export class Engine {
  readonly info: ModelInfo;
  readonly #model: LoadedModel;
  readonly #weights: Weights;
  readonly #conversations = new Map<number, Conversation>();
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(model: LoadedModel, weights: Weights, info: ModelInfo) {
    this.#model = model;
    this.#weights = weights;
    this.info = info;
  }

  /** Opens the GPU and brings the model onto it. */
  static async load(
    source: ModelSource,
    options: {
      readonly onProgress?: (progress: Progress) => void;
      readonly signal?: AbortSignal | undefined;
      /** Format of a checkpoint's decoder matrices on the GPU; default f32, which is exact. */
      readonly weights?: WeightFormat | undefined;
      /** Whether the model may be kept on this machine; default true. */
      readonly cache?: boolean | undefined;
      /** Kernels to force; default: chosen by what the device can do. */
      readonly kernels?: KernelFamily | undefined;
      /** Leaves out kernels that round activations to int8; default false. */
      readonly exactActivations?: boolean | undefined;
      /** Whether kernels may be compared on this device; default true. Nothing is where a family is forced. */
      readonly tune?: boolean | undefined;
      /** GPU memory for features of pictures and frames that may come again; default `usualFeatureBytes`. */
      readonly featureCacheBytes?: number | undefined;
      /** GPU memory that may be used; default: nobody knows. */
      readonly memoryBytes?: number | undefined;
    } = {},
  ): Promise<Engine> {
    const startMs = performance.now();
    const { signal, onProgress } = options;
    signal?.throwIfAborted();
    let bytes: Progress = { stage: 'load', done: 0, total: null };
    const opening = GpuRunner.open(options.kernels, { exactActivations: options.exactActivations });
    const reading = openModel(source, {
      weights: options.weights ?? 'f32',
      cache: options.cache ?? true,
      signal,
      onWait: (waiting) => onProgress?.({ ...bytes, waiting }),
    });
    reading.catch(() => {}); // without a GPU nobody waits for it
    let opened: OpenedModel | null = null;
    const runner = await opening.catch(async (error: unknown) => {
      await reading.then((model) => model.close()).catch(() => {});
      throw error;
    });
    try {
      opened = await reading;
      const { settings } = opened;
      const { config, processor } = settings;
      const tokenizer = new Tokenizer(
        settings.tokenizerJson,
        settings.tokenizerConfig,
        settings.generationConfig,
      );
      const { memoryBytes = null } = options;
      const { software } = runner.kernels.capabilities;
      const featureBytes = options.featureCacheBytes ?? usualFeatureBytes(config);
      const wishes = { memoryBytes, software, featureCacheBytes: featureBytes };
      const loadPlan = planOpened(opened, runner.device.limits, wishes);
      // A question takes int8 by itself where there is no room for more.
      if (loadPlan.verdict === 'does-not-fit')
        refuseUnfit(planOpened(opened, runner.device.limits, { ...wishes, kv: 'int8' }));
      const onBytes = (done: number, total: number) => {
        bytes = { stage: 'load', done, total };
        onProgress?.(bytes);
      };
      const kv = usualKvFormat(Array.from(opened.tensors.values(), ({ format }) => format));
      const described = describedWeights(opened, runner.device.limits);
      const usual = () =>
        usualDispatches({ kernels: runner.kernels, config, processor, weights: described, kv });
      const model = opened;
      const { weights, notices } = await beside(
        signal,
        (both) => loadWeights(runner.device, model, { signal: both, onBytes }),
        async (both) => runner.compile(usual(), both),
      );
      runner.check();
      if ((options.tune ?? true) && !options.kernels) {
        runner.useTuned(await tunedChoices(runner, tuningTasks(config, weights), signal));
        await runner.compile(usual(), signal);
      }
      const loadMs = performance.now() - startMs;
      const loaded: LoadedModel = {
        runner,
        config,
        processor,
        tokenizer,
        vision: new VisionEncoder(runner, config, processor, weights),
        language: new LanguageModel(runner, config.text, weights),
        features: new FeatureCache(runner.device, loadPlan.featureCacheBytes),
        measured: new Measured(),
        grammars: new Grammars({
          vocabSize: config.text.vocabSize,
          endIds: tokenizer.eosIds,
          piece: (id) => tokenizer.piece(id),
        }),
        loadMs,
        kv,
        weightBytes: weights.byteLength,
        memoryBytes,
      };
      return new Engine(loaded, weights, {
        model: source.label,
        adapter: runner.adapter,
        parameters: weights.parameters,
        maxPositions: config.text.maxPositions,
        maxFrames: processor.video.numFrames,
        maxCrops: processor.image.maxCrops,
        loadMs,
        tuned: runner.kernels.tuned,
        notices: [...settings.notices, ...notices],
      });
    } catch (error) {
      runner.destroy();
      throw error;
    } finally {
      await opened?.close();
    }
  }

  /**
   * Answers when all earlier questions are done, and returns what was said; `conversation` is any number that the caller
   * chose. Settles when nothing of the question runs any more, soon after an abort.
   */
  ask(
    conversation: number,
    request: AskRequest,
    emit: (event: AskEvent) => void,
    signal?: AbortSignal,
  ): Promise<readonly ChatMessage[]> {
    return this.#inTurn(
      () => ask(this.#model, this.#conversation(conversation), request, emit, signal),
      signal,
    );
  }

  /**
   * Walks a video window by window, each in turn, so that other questions are answered between them. Settles as `ask` does.
   */
  async windows(
    request: AskRequest,
    asked: Partial<Walk>,
    emit: (event: WindowEvent) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    const model = this.#model;
    const { features, language, runner, processor } = model;
    invariant(request.video, 'windows are of a video');
    const conversation = new Conversation(language, runner.device);
    const { numFrames, maxFps } = processor.video;
    const host: WindowsHost<AskRequest> = {
      reading: { maxFrames: request.maxFrames ?? numFrames, maxFps: request.maxFps ?? maxFps },
      inTurn: (work) => this.#inTurn(work),
      ask: async (part, told, video) => {
        try {
          await ask(model, conversation, part, told, signal, { video });
        } catch (error) {
          features.forgetQuestion(); // which frames it came to, a question that failed does not tell
          throw error;
        }
      },
      shown: () => conversation.seen.keys,
      forget: (keys) => features.forget(keys),
      close: () => conversation.destroy(),
    };
    await askWindows(host, request, request.video, asked, emit, signal);
  }

  /** Plans a question in turn, without asking it. */
  plan(request: AskRequest, signal?: AbortSignal): Promise<QuestionPlan> {
    const tryOut = (kind: VisualKind | null, stop: AbortSignal) => this.#tryOut(kind, stop);
    return this.#inTurn(() => planQuestion(this.#model, request, tryOut, signal), signal);
  }

  /** Asks something small, of which nothing is kept but how long it took. */
  async #tryOut(kind: VisualKind | null, signal: AbortSignal): Promise<void> {
    const { language, runner, processor, features } = this.#model;
    const conversation = new Conversation(language, runner.device);
    try {
      await ask(this.#model, conversation, trialRequest(kind, processor), () => {}, signal);
    } finally {
      features.forgetQuestion();
      conversation.destroy();
    }
  }

  /** Makes `copy` a conversation that holds what another holds, with keys and values of its own. */
  clone(conversation: number, copy: number, signal?: AbortSignal): Promise<void> {
    return this.#inTurn(async () => {
      const { device } = this.#model.runner;
      this.#conversations.set(copy, this.#conversation(conversation).copy());
      await settle(device.queue.onSubmittedWorkDone());
      this.#model.runner.check();
    }, signal);
  }

  /** What a conversation holds, as plain data. */
  save(conversation: number, signal?: AbortSignal): Promise<SavedConversation> {
    return this.#inTurn(
      () => saveChat(this.#model, this.info.model, this.#conversation(conversation)),
      signal,
    );
  }

  /** Makes a number of no conversation yet the one that was saved. Settles as `ask` does. */
  restore(
    conversation: number,
    request: RestoreRequest,
    onProgress: (progress: Progress) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    return this.#inTurn(
      () => restoreChat(this.#model, this.#conversation(conversation), request, onProgress, signal),
      signal,
    );
  }

  /** Does other work with the model in turn; settles as `ask` does. */
  withModel<T>(work: (model: LoadedModel) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#inTurn(() => work(this.#model), signal);
  }

  /** Scores a given answer in turn; `emit` gets progress and media. */
  score(
    request: AskRequest,
    scoring: Scoring,
    emit: (event: AskEvent) => void,
    signal?: AbortSignal,
  ): Promise<Score> {
    return this.#inTurn(() => score(this.#model, request, scoring, emit, signal), signal);
  }

  /** Forgets what was said in a conversation; what was shown stays for a question that shows it again. */
  forget(conversation: number): void {
    void this.#inTurn(async () => this.#conversations.get(conversation)?.forgetWords());
  }

  /** Frees a conversation's memory once nothing uses it any more. */
  drop(conversation: number): void {
    this.#queue = this.#queue.then(() => {
      this.#conversations.get(conversation)?.destroy();
      this.#conversations.delete(conversation);
    });
  }

  destroy(): void {
    for (const conversation of this.#conversations.values()) conversation.destroy();
    this.#conversations.clear();
    this.#model.vision.destroy();
    this.#model.language.destroy();
    this.#model.features.clear();
    this.#weights.destroy();
    this.#model.runner.destroy();
  }

  /** Does `work` when everything before is done. */
  #inTurn<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const turn = this.#queue.then(async () => {
      signal?.throwIfAborted();
      try {
        return await work();
      } catch (error) {
        // What is only kept to save time gives way when memory is short, so that the next try has it.
        if (error instanceof Molmo2Error && error.code === 'out-of-memory') this.#model.features.clear();
        throw error;
      }
    });
    this.#queue = turn.catch(() => {});
    return turn;
  }

  #conversation(id: number): Conversation {
    const known = this.#conversations.get(id);
    if (known) return known;
    const made = new Conversation(this.#model.language, this.#model.runner.device);
    this.#conversations.set(id, made);
    return made;
  }
}

/** The result of `main`, which waits for `other` as well. When one fails, the other is told to stop. */
async function beside<T>(
  signal: AbortSignal | undefined,
  main: (signal: AbortSignal) => Promise<T>,
  other: (signal: AbortSignal) => Promise<unknown>,
): Promise<T> {
  const failed = new AbortController();
  const both = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  const result = main(both);
  try {
    await Promise.all([result, unlessAborted(other(both), both)]);
  } catch (error) {
    failed.abort(error);
    await result.catch(() => {}); // it gives back what it holds
    throw error;
  }
  return result;
}

/** Says so before anything is read when the device's limits cannot hold the model. */
function refuseUnfit({ verdict, message }: LoadPlan): void {
  if (verdict === 'does-not-fit') throw new Molmo2Error('out-of-memory', message);
}
