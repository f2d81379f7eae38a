// The life of one question: media -> prompt -> vision -> prefill -> tokens -> events.

import type { Answer, AskEvent, ChatMessage, MediaInfo, Stage, Timings, Usage } from '../api.ts';
import { invariant, Molmo2Error } from '../errors.ts';
import type { KvFormat } from '../kernels/attention/kv-layer.ts';
import type { WholeVideo } from '../media/media-types.ts';
import { followUpIds, type PromptIds } from '../text/prompt.ts';
import { askSettings, checkBias } from './answer/settings.ts';
import type { TaughtAnswer } from './answer/taught-answer.ts';
import type { Conversation } from './conversation.ts';
import { checkExpectation } from './expect/expected.ts';
import { failedAllocation } from '../gpu/allocation.ts';
import { decodeAnswer } from './decode-answer.ts';
import { equipLoop, type Manner } from './decode/generate.ts';
import type { TokenCache } from './forward/forward.ts';
import { releaseKept, roomFor, type LoadedModel } from './loaded-model.ts';
import { question, userTurn } from './messages.ts';
import type { Fitted } from './plan/fit.ts';
import { exhausted, lessMemory } from './plan/less-memory.ts';
import { bytesForFeatures, fitted, lessDetail } from './plan/public-plan.ts';
import { noticeMessage } from './plan/plan-words.ts';
import {
  answerSlots,
  askedFormat,
  checkPrompt,
  continuedQuestion,
  openedQuestion,
  type Asked,
  type Planner,
} from './plan-question.ts';
import { readPrompt, type Reader, type ReadPrompt, type ShownPrompt } from './read-prompt.ts';
import { samplingOf, subtitleKey, type AskRequest } from './request.ts';
import { RunTrace } from './answer/run-trace.ts';
import { Told } from './recovery/told.ts';
import { StageClock } from './stage-clock.ts';
import { isShapedAlike, openShown, type Shown } from './visual/shown.ts';
import type { OpenMedia } from './visual/visual-input.ts';
import type { VisualDetail } from './visual/visual-shapes.ts';

/** A prompt that was fed, and the logits behind it. */
interface Start extends ReadPrompt {
  readonly prompt: PromptIds;
  /** What was asked, as messages. */
  readonly asked: readonly ChatMessage[];
}

type Emit = (event: AskEvent) => void;

/**
 * Answers one question, the last event of which is `done`, and returns the messages that were said. A question that fails
 * leaves the conversation as it was, or, where it had begun another one, with nothing said. Throws the signal's own reason.
 */
export async function ask(
  model: LoadedModel,
  conversation: Conversation,
  request: AskRequest,
  told: Told,
  signal?: AbortSignal,
  { video }: { readonly video?: WholeVideo } = {},
): Promise<readonly ChatMessage[]> {
  if (request.followUp && conversation.turns === 0)
    throw new Molmo2Error(
      'bad-request',
      'The question before, which this one continues, got no answer (it failed or was cancelled). Ask again with the pictures or the video.',
    );
  const before = conversation.place;
  const run = new Run(model, conversation, request, told, signal, null, video);
  told.tokens.begin();
  model.features.beginQuestion();
  try {
    return await run.answer();
  } catch (error) {
    if (run.hasBegun) conversation.forgetWords();
    else conversation.goTo(before);
    throw error;
  }
}

/** Feeds a question and the answer behind it, whose tokens are told to `taught`. Throws as `ask` does. */
export async function teach(
  model: LoadedModel,
  conversation: Conversation,
  request: AskRequest,
  taught: TaughtAnswer,
  emit: Emit,
  signal?: AbortSignal,
): Promise<{ prompt: PromptIds; usage: Usage; timings: Timings }> {
  model.features.beginQuestion();
  return new Run(model, conversation, request, new Told(emit), signal, taught).teach();
}

/** One question on its way; holds what its stages share. */
class Run implements Reader {
  model: LoadedModel;
  readonly conversation: Conversation;
  readonly request: AskRequest;
  readonly signal: AbortSignal | undefined;
  readonly clock = new StageClock();
  readonly trace: RunTrace | null;
  readonly taught: TaughtAnswer | null;
  /** Whether the conversation before was given up for this question. */
  hasBegun = false;
  readonly #emit: Emit;
  readonly #told: Told;
  /** The request's video where it is open already; it stays open. */
  readonly #video: WholeVideo | undefined;
  /** How it is asked, once that is planned; null for a question that continues. */
  #plan: Fitted<Asked> | null = null;
  /** Tries that found no memory. */
  #misses = 0;
  /** Whether somebody was told what is shown: from there on it is answered so or not at all. */
  #isTold = false;

  constructor(
    model: LoadedModel,
    conversation: Conversation,
    request: AskRequest,
    told: Told,
    signal: AbortSignal | undefined,
    taught: TaughtAnswer | null = null,
    video?: WholeVideo,
  ) {
    this.model = model;
    this.taught = taught;
    this.#video = video;
    this.conversation = conversation;
    this.request = request;
    this.#told = told;
    this.#emit = told.emit;
    this.signal = signal;
    const { vocabSize, additionalVocabSize } = model.config.text;
    const { trace } = request.options;
    this.trace = trace ? new RunTrace(trace, vocabSize + additionalVocabSize) : null;
  }

  async answer(): Promise<readonly ChatMessage[]> {
    const { conversation, request } = this;
    const settings = askSettings(request.options);
    checkBias(settings, this.model.config.text.vocabSize);
    if (settings.expect) checkExpectation(this.model.grammars, settings.expect, this.#kind());
    this.signal?.throwIfAborted();
    const start = request.followUp ? await this.#continue() : await this.#open();
    const onDecode = this.progress('decode');
    const { text, generated } = await decodeAnswer({
      model: this.model,
      conversation,
      clock: this.clock,
      told: this.#told,
      manner: this.#manner(),
      first: start.logits,
      limit: this.#limit(conversation.length),
      format: this.#kvFormat(),
      signal: this.signal,
      onTokens: (tokens) => onDecode(tokens, null),
    });
    const { tokenIds } = generated;
    conversation.hold(tokenIds.slice(0, conversation.length - conversation.ids.length));
    conversation.pending = generated.pending;
    conversation.turns += 1;
    this.trace?.decoded(generated.logits);
    if (this.trace) this.#emit({ type: 'trace', trace: this.trace.tensors });
    const answer: Answer = {
      text: text.text,
      tokenIds,
      finishReason: generated.finishReason,
      points: text.found.points,
      tracks: text.found.tracks,
      count: text.found.count,
      ...(settings.logprobs !== null && { logprobs: text.logprobs }),
      usage: usageOf(start, tokenIds.length),
      timings: this.clock.timings(this.model.loadMs),
    };
    this.#emit({ type: 'done', answer });
    return [...start.asked, { role: 'assistant', content: text.text }];
  }

  async teach(): Promise<{ prompt: PromptIds; usage: Usage; timings: Timings }> {
    askSettings(this.request.options);
    this.signal?.throwIfAborted();
    const start = await this.#open();
    const usage = usageOf(start, 0);
    return { prompt: start.prompt, usage, timings: this.clock.timings(this.model.loadMs) };
  }

  /** A question with media of its own, or without any: it continues where it shows what the conversation is about. */
  async #open(): Promise<Start> {
    const { request, signal } = this;
    const { processor, features } = this.model;
    if (!request.messages && !request.point) checkPrompt(request);
    const onMedia = this.progress('media');
    const choose = (media: OpenMedia) => this.#choose(media);
    const keepPatches = this.trace !== null;
    const options = { processor, cache: features, keepPatches, signal, onMedia, choose, video: this.#video };
    const shown = await this.clock.time('media', () => openShown(request, options));
    let tried = shown;
    try {
      for (;;) {
        try {
          return await this.#openShown(tried);
        } catch (error) {
          this.#giveWay(error);
        }
        tried = await shown.again();
      }
    } finally {
      await tried.close();
    }
  }

  async #openShown(shown: Shown): Promise<Start> {
    const { mediaMs: openedMs } = this.clock.timings(0);
    const isSeen = await this.clock.time('media', () => this.#isSeen(shown));
    const start = await (isSeen && this.#follows(shown) ? this.#continue() : this.#begin(shown, isSeen));
    const readMs = this.clock.timings(0).mediaMs - openedMs;
    if (shown.kind === 'video') this.model.measured.read(shown.units.keys.length, readMs);
    return start;
  }

  /**
   * Prepares another try of a question that found no memory: what is only kept gives way first, then the question itself, as far
   * as it may. Throws the error where it does not help.
   */
  #giveWay(error: unknown): void {
    const failure = failedAllocation(error);
    if (!failure) throw error;
    const { model, conversation, request } = this;
    const hadKept = model.features.byteLength > 0;
    if (this.hasBegun) conversation.destroy();
    if (this.hasBegun) conversation.reset();
    releaseKept(model);
    this.#misses += 1;
    if (this.#misses === 1 && hadKept) return;
    const plan = this.#plan;
    const isExact = this.taught !== null || askSettings(request.options).exact;
    if (!plan || !this.hasBegun || this.#isTold) throw error;
    const room = roomFor(model, conversation);
    if (isExact) throw exhausted(plan, room, failure, error);
    this.model = { ...model, memoryBytes: lessMemory(plan, room, failure), isFound: true };
  }

  /** What there is to plan with. */
  get #planner(): Planner {
    const { model, conversation, request, taught } = this;
    return {
      model,
      conversation,
      request,
      answerSlots: (length) => (taught ? 0 : this.#limit(length)),
      behind: (prompt) => taught?.behind(prompt) ?? prompt,
    };
  }

  /** Plans the question, and says in how much detail its media are looked at. Throws where it cannot be made to fit. */
  #choose(media: OpenMedia): VisualDetail {
    const question = openedQuestion(this.#planner, media);
    const plan = fitted(question, this.taught !== null || askSettings(this.request.options).exact);
    this.model.features.limit(bytesForFeatures(plan, question));
    this.#plan = plan;
    return plan.detail;
  }

  /** Whether the conversation holds the very pictures or frames that are shown. */
  async #isSeen({ input, units }: Shown): Promise<boolean> {
    const { seen, visualLength } = this.conversation;
    return visualLength > 0 && isShapedAlike(seen, input) && (await units.areAll(seen.keys));
  }

  /** Whether a question about what was seen goes on with what was said. */
  #follows({ input }: Shown): boolean {
    const { seen, turns } = this.conversation;
    const isSame = seen.maxFps === input.maxFps && seen.subtitles === subtitleKey(this.request);
    return turns > 0 && isSame && !this.request.messages;
  }

  /** A fresh question: everything is fed, but for pictures or a video that the conversation holds already. */
  async #begin(shown: Shown, isSeen: boolean): Promise<Start> {
    const { conversation, request } = this;
    const plan = this.#plan;
    invariant(plan, 'what is shown was planned');
    const { input } = shown;
    const { prompt, messages: asked } = plan.asked;
    const held = isSeen ? this.#heldOf(prompt) : 0;
    this.hasBegun = true;
    if (held > 0) conversation.forgetWords();
    else conversation.reset();
    const { media, timeOffsetSec, maxFps } = input;
    const keys = () => [...shown.units.keys];
    const subtitles = subtitleKey(request);
    conversation.seen = {
      media,
      timeOffsetSec,
      maxFps,
      keys: keys(),
      sampling: { ...samplingOf(request), ...lessDetail(plan) },
      subtitles,
      source: { images: request.images, video: request.video },
    };
    const { steps } = plan;
    const tell = () => {
      if (this.#isTold) return;
      this.#isTold = true;
      this.#emit({ type: 'media', media, continues: false });
      const message = noticeMessage(plan, this.model.isFound);
      if (steps.length > 0) this.#emit({ type: 'notice', reason: 'fit', message, steps });
    };
    const rest = held > 0 ? behind(prompt, held) : prompt;
    const isShowing = held === 0 && input.crops > 0;
    const read = await this.#read(rest, isShowing ? { ...shown, units: shown.units.units() } : null, tell);
    conversation.seen = { ...conversation.seen, keys: keys() };
    conversation.visualLength = prompt.isImage.lastIndexOf(1) + 1;
    return { prompt: rest, asked, ...read };
  }

  /**
   * How many tokens of a prompt the conversation holds: all up to the last of its pictures, or none where the words before
   * differ, or another format of keys and values is wanted. A trace wants every number computed.
   */
  #heldOf(prompt: PromptIds): number {
    const { ids, visualLength, kvFormat } = this.conversation;
    const isHeld =
      !this.trace &&
      kvFormat === this.#kvFormat() &&
      prompt.isImage.lastIndexOf(1) + 1 === visualLength &&
      prompt.ids.subarray(0, visualLength).every((id, i) => id === ids[i]);
    return isHeld ? visualLength : 0;
  }

  /** A later question: only its own tokens are fed. */
  async #continue(): Promise<Start> {
    const { conversation, request } = this;
    checkFormat(askSettings(request.options).kv, conversation.kvFormat);
    const { tokenizer } = this.model;
    const { seen, pending } = conversation;
    const { text, style } = question(request, seen);
    const ends = pending.length > 0 && tokenizer.eosIds.includes(pending.at(-1) ?? -1);
    const eos = ends ? [] : tokenizer.eosIds.slice(0, 1);
    const ids = Uint32Array.of(...pending, ...eos, ...followUpIds(text, style, tokenizer));
    const prompt = { ids, isImage: new Uint8Array(ids.length), visionTokens: 0 };
    const continued = continuedQuestion(this.#planner, prompt);
    const plan = fitted(continued, true);
    const tell = () => {
      if (!this.#isTold) this.#emit({ type: 'media', media: seen.media, continues: true });
      this.#isTold = true;
    };
    const asked = [userTurn({ text, style })];
    for (let tries = 1; ; tries++) {
      try {
        return { prompt, asked, ...(await this.#read(prompt, null, tell)) };
      } catch (error) {
        const failure = failedAllocation(error);
        if (!failure) throw error;
        releaseKept(this.model);
        if (tries > 1) throw exhausted(plan, continued.room, failure, error, conversation.length);
      }
    }
  }

  async #read(prompt: PromptIds, shown: ShownPrompt | null, onMemory: () => void): Promise<ReadPrompt> {
    const room = this.taught ? 0 : this.#limit(this.conversation.length + prompt.ids.length);
    const equip = async (cache: TokenCache) => {
      if (!this.taught) await equipLoop(await this.conversation.loop(cache), this.#manner());
    };
    return readPrompt(this, { prompt, shown, room, format: this.#kvFormat(), equip, onMemory });
  }

  /** How tokens are chosen, and whether somebody looks at their logits. */
  #manner(): Manner {
    const { options } = this.request;
    return {
      settings: askSettings(options),
      forceIds: options.trace?.forceIds ?? null,
      keepLogits: this.trace !== null,
    };
  }

  /** What the question is about. */
  #kind(): MediaInfo['kind'] {
    const { followUp, video, images } = this.request;
    if (followUp) return this.conversation.seen.media.kind;
    if (video) return 'video';
    return images.length > 0 ? 'images' : 'none';
  }

  progress(stage: Stage): (done: number, total: number | null) => void {
    return (done, total) => this.#emit({ type: 'progress', stage, done, total });
  }

  #limit(length: number): number {
    return answerSlots(this.model, this.request, length);
  }

  /** Of a new conversation. A trace is compared with exact values, so nothing is rounded unless that is asked for. */
  #kvFormat(): KvFormat {
    return this.#plan?.kv ?? askedFormat(this.model, this.request);
  }
}

function checkFormat(wanted: KvFormat | null, kept: KvFormat | null): void {
  if (wanted === null || kept === null || wanted === kept) return;
  throw new RangeError(
    `options.kv is "${wanted}", but this conversation keeps its keys and values in ${kept}. Leave the option out, or begin a new conversation with it.`,
  );
}

function usageOf({ prompt, encodedCrops }: Start, newTokens: number): Usage {
  const { ids, visionTokens } = prompt;
  return { promptTokens: ids.length, visionTokens, visionCrops: encodedCrops, newTokens };
}

/** A prompt without its first tokens, which hold all its pictures. */
function behind({ ids }: PromptIds, first: number): PromptIds {
  const rest = ids.slice(first);
  return { ids: rest, isImage: new Uint8Array(rest.length), visionTokens: 0 };
}
