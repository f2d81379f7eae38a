// A loaded model that answers questions, one at a time, for any number of conversations.

import type { AskEvent, ChatMessage, ModelInfo, Progress, QuestionPlan, Score, WindowEvent } from '../api.ts';
import { invariant, Molmo2Error } from '../errors.ts';
import type { ModelSource } from '../weights/source/model-source.ts';
import type { Scoring } from './answer/scoring.ts';
import { ask } from './ask.ts';
import { Conversation } from './conversation.ts';
import { Conversations } from './conversations.ts';
import { LastingModel } from './lasting-model.ts';
import { loadModel, type BringModel, type EngineOptions } from './load-model.ts';
import { releaseKept, type LoadedModel } from './loaded-model.ts';
import type { AskRequest } from './request.ts';
import { restoreChat, saveChat, type RestoreRequest, type SavedConversation } from './restore-chat.ts';
import { planQuestion, trialRequest } from './plan-question.ts';
import { lossNotice, restoreNotice, type NoticeEvent, type Revival } from './recovery/notices.ts';
import { Told } from './recovery/told.ts';
import { score } from './score.ts';
import type { VisualKind } from './visual/visual-unit.ts';
import { askWindows, type WindowsHost } from './windows/ask-windows.ts';
import type { Walk } from './windows/time-windows.ts';

/** How work is told about, and ended. */
export interface TurnOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told when the device was lost and the work begins again, and about the model on its way back. */
  readonly emit?: ((event: ProgressEvent | NoticeEvent) => void) | undefined;
}

type ProgressEvent = Extract<AskEvent, { readonly type: 'progress' }>;

/** A loaded model with its conversations, on whatever device there is: what is asked survives the loss of one. */
export class Engine {
  readonly info: ModelInfo;
  readonly #lasting: LastingModel;
  readonly #conversations: Conversations;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(lasting: LastingModel) {
    this.#lasting = lasting;
    this.info = lasting.info;
    this.#conversations = new Conversations(lasting.info.model);
    lasting.tenants = {
      // A device that is lost while nobody asks anything is replaced before somebody does.
      onLost: () => void this.#inTurn(async () => {}).catch(() => {}),
      leave: (lost) => this.#conversations.leave(lost),
    };
  }

  /** Opens the GPU and brings the model onto it, or has it computed elsewhere by another way to bring it. */
  static async load(
    source: ModelSource,
    options: EngineOptions = {},
    bring: BringModel = loadModel,
  ): Promise<Engine> {
    return new Engine(await LastingModel.load(source, options, bring));
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
    const told = new Told(emit);
    return this.#inTurn(
      async (model) => {
        const found = await this.#conversations.find(conversation, model, {
          signal,
          mayBeEmpty: !request.followUp,
          onRestore: () => {
            if (!told.knowsOfLoss) told.emit(restoreNotice);
          },
          onProgress: (progress) => emit({ type: 'progress', ...progress }),
        });
        return ask(model, found, request, told, signal);
      },
      { signal, emit: told.emit },
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
    invariant(request.video, 'windows are of a video');
    const { numFrames, maxFps } = this.#lasting.model.processor.video;
    let conversation: Conversation | null = null;
    let on: LoadedModel | null = null;
    const host: WindowsHost<AskRequest> = {
      reading: { maxFrames: request.maxFrames ?? numFrames, maxFps: request.maxFps ?? maxFps },
      inTurn: (work) => this.#inTurn(work),
      ask: async (part, tell, video) => {
        const told = new Told(tell);
        await this.#again({ signal, emit: told.emit }, async (model) => {
          if (model !== on) conversation?.destroy();
          if (model !== on || !conversation) conversation = new Conversation(model.forward);
          on = model;
          try {
            await ask(model, conversation, part, told, signal, { video });
          } catch (error) {
            model.features.forgetQuestion(); // which frames it came to, a question that failed does not tell
            throw error;
          }
        });
      },
      shown: () => conversation?.seen.keys ?? [],
      forget: (keys) => this.#lasting.model.features.forget(keys),
      close: () => conversation?.destroy(),
    };
    await askWindows(host, request, request.video, asked, emit, signal);
  }

  /** Plans a question in turn, without asking it. */
  plan(request: AskRequest, signal?: AbortSignal): Promise<QuestionPlan> {
    return this.#inTurn(
      (model) => planQuestion(model, request, (kind, stop) => tryOut(model, kind, stop), signal),
      { signal },
    );
  }

  /** Makes `copy` a conversation that holds what another holds, with keys and values of its own. */
  clone(conversation: number, copy: number, signal?: AbortSignal): Promise<void> {
    return this.#inTurn(
      async (model) => {
        const original = await this.#conversations.find(conversation, model, { signal });
        this.#conversations.add(copy, await original.copy());
        await model.forward.settled();
      },
      { signal },
    );
  }

  /** What a conversation holds, as plain data. */
  save(conversation: number, signal?: AbortSignal): Promise<SavedConversation> {
    return this.#inTurn(
      async (model) =>
        saveChat(model, this.info.model, await this.#conversations.find(conversation, model, { signal })),
      { signal },
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
      async (model) => {
        const empty = await this.#conversations.find(conversation, model, { signal });
        await restoreChat(model, empty, request, onProgress, signal);
      },
      {
        signal,
        emit: (event) => {
          if (event.type === 'progress') onProgress(event);
        },
      },
    );
  }

  /**
   * Does other work with the model in turn, from the beginning on another device where that was lost; settles as `ask` does.
   * `emit` gets what is to be told about a lost device.
   */
  withModel<T>(work: (model: LoadedModel) => Promise<T>, options: TurnOptions = {}): Promise<T> {
    return this.#inTurn(work, options);
  }

  /** Scores a given answer in turn; `emit` gets progress and media. */
  score(
    request: AskRequest,
    scoring: Scoring,
    emit: (event: AskEvent) => void,
    signal?: AbortSignal,
  ): Promise<Score> {
    const told = new Told(emit);
    return this.#inTurn((model) => score(model, request, scoring, told.emit, signal), {
      signal,
      emit: told.emit,
    });
  }

  /** Forgets what was said in a conversation; what was shown stays for a question that shows it again. */
  forget(conversation: number): void {
    this.#afterwards(() => this.#conversations.forgetWords(conversation));
  }

  /** Frees a conversation's memory once nothing uses it any more. */
  drop(conversation: number): void {
    this.#afterwards(() => this.#conversations.drop(conversation));
  }

  /** Gives everything back at once, and what is still asked for until the question under way notices. */
  destroy(): void {
    const giveBack = () => {
      this.#conversations.destroy();
      this.#lasting.destroy();
    };
    giveBack();
    this.#afterwards(giveBack);
  }

  #afterwards(work: () => void): void {
    this.#queue = this.#queue.then(work);
  }

  /** Does `work` when everything before is done. */
  #inTurn<T>(work: (model: LoadedModel) => Promise<T>, options: TurnOptions = {}): Promise<T> {
    const turn = this.#queue.then(() => this.#again(options, work));
    this.#queue = turn.catch(() => {});
    return turn;
  }

  /** Does `work`, from the beginning on another device where that was lost. */
  async #again<T>({ signal, emit }: TurnOptions, work: (model: LoadedModel) => Promise<T>): Promise<T> {
    const onProgress = (progress: Progress) => emit?.({ type: 'progress', ...progress });
    let hasBegun = false;
    const onRevived = (revival: Revival) => {
      if (hasBegun) emit?.(lossNotice(revival));
    };
    for (;;) {
      signal?.throwIfAborted();
      const model = await this.#lasting.living({ signal, onProgress, onRevived });
      hasBegun = true;
      try {
        return await work(model);
      } catch (error) {
        if (!signal?.aborted && (await this.#lasting.isLostBy(error))) continue;
        // What is only kept to save time gives way when memory is short, so that the next try has it.
        if (error instanceof Molmo2Error && error.code === 'out-of-memory') releaseKept(model);
        throw error;
      }
    }
  }
}

/** Asks something small, of which nothing is kept but how long it took. */
async function tryOut(model: LoadedModel, kind: VisualKind | null, signal: AbortSignal): Promise<void> {
  const { forward, processor, features } = model;
  const conversation = new Conversation(forward);
  try {
    await ask(model, conversation, trialRequest(kind, processor), new Told(() => {}), signal);
  } finally {
    features.forgetQuestion();
    conversation.destroy();
  }
}
