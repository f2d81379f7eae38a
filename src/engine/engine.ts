// A loaded model that answers questions, one at a time, for any number of conversations.

import { settle } from '#gpu/instance';
import type { AskEvent, ChatMessage, ModelInfo, Progress, QuestionPlan, Score, WindowEvent } from '../api.ts';
import { invariant, Molmo2Error } from '../errors.ts';
import type { ModelSource } from '../weights/source/model-source.ts';
import type { Scoring } from './answer/scoring.ts';
import { ask } from './ask.ts';
import { Conversation } from './conversation.ts';
import { loadModel, type EngineOptions, type OnDevice } from './load-model.ts';
import type { LoadedModel } from './loaded-model.ts';
import type { AskRequest } from './request.ts';
import { restoreChat, saveChat, type RestoreRequest, type SavedConversation } from './restore-chat.ts';
import { planQuestion, trialRequest } from './plan-question.ts';
import { score } from './score.ts';
import type { VisualKind } from './visual/visual-unit.ts';
import { askWindows, type WindowsHost } from './windows/ask-windows.ts';
import type { Walk } from './windows/time-windows.ts';

export class Engine {
  readonly info: ModelInfo;
  readonly #onDevice: OnDevice;
  readonly #conversations = new Map<number, Conversation>();
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(onDevice: OnDevice) {
    this.#onDevice = onDevice;
    this.info = onDevice.info;
  }

  /** Opens the GPU and brings the model onto it. */
  static async load(source: ModelSource, options: EngineOptions = {}): Promise<Engine> {
    return new Engine(await loadModel(source, options));
  }

  get #model(): LoadedModel {
    return this.#onDevice.model;
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
    this.#onDevice.destroy();
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
