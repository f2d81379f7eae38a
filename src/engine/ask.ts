// The life of one question: media -> prompt -> vision -> prefill -> tokens -> events.

import type { Answer, AskEvent, ChatMessage, MediaInfo, Stage, Timings, Usage } from '../api.ts';
import { Molmo2Error } from '../errors.ts';
import type { KvFormat } from '../kernels/attention/kv-layer.ts';
import { followUpIds, promptIds, type PromptIds } from '../text/prompt.ts';
import { AnswerText } from './answer/answer-text.ts';
import { askSettings, checkBias } from './answer/settings.ts';
import type { TaughtAnswer } from './answer/taught-answer.ts';
import type { Conversation } from './conversation.ts';
import { checkExpectation, guideFor } from './expect/expected.ts';
import { generate, type Generated } from './generate.ts';
import type { LoadedModel } from './loaded-model.ts';
import { messages, question, userTurn } from './messages.ts';
import { readPrompt, type Reader, type ReadPrompt, type ShownPrompt } from './read-prompt.ts';
import { samplingOf, subtitleKey, type AskRequest } from './request.ts';
import { RunTrace } from './run-trace.ts';
import { StageClock } from './stage-clock.ts';
import { isShapedAlike, openShown, type Shown } from './visual/shown.ts';

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
  emit: Emit,
  signal?: AbortSignal,
): Promise<readonly ChatMessage[]> {
  if (request.followUp && conversation.turns === 0)
    throw new Molmo2Error(
      'bad-request',
      'The question before, which this one continues, got no answer (it failed or was cancelled). Ask again with the pictures or the video.',
    );
  const before = conversation.place;
  const run = new Run(model, conversation, request, emit, signal);
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
  return new Run(model, conversation, request, emit, signal, taught).teach();
}

/** One question on its way; holds what its stages share. */
class Run implements Reader {
  readonly model: LoadedModel;
  readonly conversation: Conversation;
  readonly request: AskRequest;
  readonly signal: AbortSignal | undefined;
  readonly clock = new StageClock();
  readonly trace: RunTrace | null;
  readonly taught: TaughtAnswer | null;
  /** Whether the conversation before was given up for this question. */
  hasBegun = false;
  readonly #emit: Emit;

  constructor(
    model: LoadedModel,
    conversation: Conversation,
    request: AskRequest,
    emit: Emit,
    signal: AbortSignal | undefined,
    taught: TaughtAnswer | null = null,
  ) {
    this.model = model;
    this.taught = taught;
    this.conversation = conversation;
    this.request = request;
    this.#emit = emit;
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
    const { told, generated } = await this.#generate(start.logits, this.#limit(conversation.length));
    const { tokenIds } = generated;
    conversation.hold(tokenIds.slice(0, conversation.length - conversation.ids.length));
    conversation.pending = generated.pending;
    conversation.turns += 1;
    this.trace?.decoded(generated.logits);
    if (this.trace) this.#emit({ type: 'trace', trace: this.trace.tensors });
    const answer: Answer = {
      text: told.text,
      tokenIds,
      finishReason: generated.finishReason,
      points: told.found.points,
      tracks: told.found.tracks,
      count: told.found.count,
      ...(settings.logprobs !== null && { logprobs: told.logprobs }),
      usage: usageOf(start, tokenIds.length),
      timings: this.clock.timings(this.model.loadMs),
    };
    this.#emit({ type: 'done', answer });
    return [...start.asked, { role: 'assistant', content: told.text }];
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
    const options = { processor, cache: features, keepPatches: this.trace !== null, signal, onMedia };
    const shown = await this.clock.time('media', () => openShown(request, options));
    try {
      const isSeen = await this.clock.time('media', () => this.#isSeen(shown));
      return isSeen && this.#follows(shown) ? await this.#continue() : await this.#begin(shown, isSeen);
    } finally {
      await shown.close();
    }
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
    const { processor, config, tokenizer } = this.model;
    const { input } = shown;
    const asked = messages(request, input);
    const own = promptIds({
      messages: asked,
      images: input.imageGrids,
      video: input.video,
      processor,
      model: config,
      tokenizer,
    });
    const prompt = this.taught?.behind(own) ?? own;
    this.#checkLength(prompt.ids.length);
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
      sampling: samplingOf(request),
      subtitles,
    };
    this.#emit({ type: 'media', media, continues: false });
    const rest = held > 0 ? behind(prompt, held) : prompt;
    const isShowing = held === 0 && input.crops > 0;
    const read = await this.#read(rest, isShowing ? { ...shown, units: shown.units.units() } : null);
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
    this.#emit({ type: 'media', media: seen.media, continues: true });
    this.#checkLength(conversation.length + ids.length);
    const asked = [userTurn({ text, style })];
    return { prompt, asked, ...(await this.#read(prompt, null)) };
  }

  #read(prompt: PromptIds, shown: ShownPrompt | null): Promise<ReadPrompt> {
    const room = this.taught ? 0 : this.#limit(this.conversation.length + prompt.ids.length);
    return readPrompt(this, { prompt, shown, room, format: this.#kvFormat() });
  }

  /** Decodes what follows everything that the conversation holds. */
  async #generate(first: Float32Array, limit: number): Promise<{ told: AnswerText; generated: Generated }> {
    const { conversation } = this;
    const { tokenizer } = this.model;
    const { media, timeOffsetSec } = conversation.seen;
    const settings = askSettings(this.request.options);
    const { stop, expect } = settings;
    const guide = expect && guideFor(this.model.grammars, expect, conversation.seen);
    const told = new AnswerText({ tokenizer, media, timeOffsetSec, stop, emit: this.#emit });
    const onDecode = this.progress('decode');
    let tokens = 0;
    const cache = conversation.reserve(conversation.length + limit, this.#kvFormat());
    const loop = await conversation.loop(cache);
    const generated = await this.clock.time('decode', () =>
      generate({
        first,
        loop,
        settings,
        before: conversation.ids,
        guide,
        limit,
        eosIds: tokenizer.eosIds,
        forceIds: this.request.options.trace?.forceIds ?? null,
        keepLogits: this.trace !== null,
        signal: this.signal,
        onToken: (id, logprobs) => {
          tokens += 1;
          told.push(id, logprobs);
          onDecode(tokens, null);
        },
        ended: () => told.stopped,
      }),
    );
    told.end();
    return { told, generated };
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

  /** Most new tokens behind a prompt of `length`: what was asked for or the context leaves; forced ids are all fed. */
  #limit(length: number): number {
    const { forceIds } = this.request.options.trace ?? {};
    if (forceIds) return forceIds.length;
    const room = this.model.config.text.maxPositions - length;
    return Math.min(askSettings(this.request.options).maxNewTokens, Math.max(1, room));
  }

  /** Of a new conversation. A trace is compared with exact values, so nothing is rounded unless that is asked for. */
  #kvFormat(): KvFormat {
    const { kv } = askSettings(this.request.options);
    return kv ?? (this.trace ? 'f32' : this.model.kv);
  }

  #checkLength(tokens: number): void {
    const most = this.model.config.text.maxPositions;
    if (tokens < most) return;
    throw new Molmo2Error(
      'context-full',
      `The prompt has ${tokens} tokens, but the model reads at most ${most} including the answer. Ask about fewer frames (maxFrames), fewer crops (maxCrops) or in a new conversation.`,
    );
  }
}

function checkFormat(wanted: KvFormat | null, kept: KvFormat | null): void {
  if (wanted === null || kept === null || wanted === kept) return;
  throw new RangeError(
    `options.kv is "${wanted}", but this conversation keeps its keys and values in ${kept}. Leave the option out, or begin a new conversation with it.`,
  );
}

function checkPrompt(request: AskRequest): void {
  if (request.prompt.trim() !== '') return;
  throw new Molmo2Error(
    'bad-request',
    'The prompt is empty. Write what you want to know, for example "Point to the dog."',
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
