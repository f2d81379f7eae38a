// The life of one question: media -> prompt -> vision -> prefill -> tokens -> events.

import type { Answer, AskEvent, Stage, Timings } from '../api.ts';
import type { ModelConfig, ProcessorConfig } from '../config.ts';
import { Molmo2Error } from '../errors.ts';
import type { GpuRunner } from '../gpu/runner.ts';
import { logitsProcessors } from '../decoder/logits-processors.ts';
import type { KvFormat } from '../kernels/attention/kv-layer.ts';
import { featureTokenIds, followUpIds, promptIds, type PromptIds } from '../text/prompt.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { AnswerText } from './answer/answer-text.ts';
import { askSettings, checkBias } from './answer/settings.ts';
import type { TaughtAnswer } from './answer/taught-answer.ts';
import type { Conversation } from './conversation.ts';
import { generate, type Generated } from './generate.ts';
import type { LanguageModel } from './language-model.ts';
import { messages, question, type Shown } from './messages.ts';
import type { AskRequest } from './request.ts';
import { StageClock } from './stage-clock.ts';
import { RunTrace } from './run-trace.ts';
import type { Prefill } from './prefill.ts';
import type { VisionEncoder } from './vision-encoder.ts';
import { openVisualInput, type VisualInput } from './visual-input.ts';

/** What answering needs of a loaded model. */
export interface LoadedModel {
  readonly runner: GpuRunner;
  readonly config: ModelConfig;
  readonly processor: ProcessorConfig;
  readonly tokenizer: Tokenizer;
  readonly vision: VisionEncoder;
  readonly language: LanguageModel;
  readonly loadMs: number;
  /** Format of keys and values where a question asks for none. */
  readonly kv: KvFormat;
}

type Emit = (event: AskEvent) => void;

/** Answers one question; the last event is `done`. Throws the signal's own reason, and leaves the conversation as it was. */
export async function ask(
  model: LoadedModel,
  conversation: Conversation,
  request: AskRequest,
  emit: Emit,
  signal?: AbortSignal,
): Promise<void> {
  const { followUp } = request;
  if (followUp && conversation.length === 0)
    throw new Molmo2Error(
      'bad-request',
      'The question before, which this one continues, got no answer (it failed or was cancelled). Ask again with the pictures or the video.',
    );
  const before = { length: conversation.length, pending: conversation.pending };
  try {
    await new Run(model, conversation, request, emit, signal).answer(followUp);
  } catch (error) {
    if (followUp) {
      conversation.truncate(before.length);
      conversation.pending = before.pending;
    } else conversation.reset();
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
): Promise<{ prompt: PromptIds; timings: Timings }> {
  return new Run(model, conversation, request, emit, signal, taught).teach();
}

/** One question on its way; holds what its stages share. */
class Run {
  readonly #model: LoadedModel;
  readonly #conversation: Conversation;
  readonly #request: AskRequest;
  readonly #emit: Emit;
  readonly #signal: AbortSignal | undefined;
  readonly #clock = new StageClock();
  readonly #trace: RunTrace | null;
  readonly #taught: TaughtAnswer | null;

  constructor(
    model: LoadedModel,
    conversation: Conversation,
    request: AskRequest,
    emit: Emit,
    signal: AbortSignal | undefined,
    taught: TaughtAnswer | null = null,
  ) {
    this.#model = model;
    this.#taught = taught;
    this.#conversation = conversation;
    this.#request = request;
    this.#emit = emit;
    this.#signal = signal;
    const { vocabSize, additionalVocabSize } = model.config.text;
    const { trace } = request.options;
    this.#trace = trace ? new RunTrace(trace, vocabSize + additionalVocabSize) : null;
  }

  async answer(followUp: boolean): Promise<void> {
    const settings = askSettings(this.#request.options);
    const { kv } = settings;
    checkBias(settings, this.#model.config.text.vocabSize);
    if (followUp) checkFormat(kv, this.#conversation.kvFormat);
    this.#signal?.throwIfAborted();
    const start = followUp ? await this.#continue() : await this.#begin();
    const { prompt, first } = start;
    const ids = [...this.#conversation.ids, ...prompt.ids];
    const { told, generated } = await this.#generate(first, ids, this.#limit(this.#conversation.length));
    this.#conversation.pending = generated.pending;
    this.#conversation.ids = [...ids, ...generated.tokenIds].slice(0, this.#conversation.length);
    this.#trace?.decoded(generated.logits);
    if (this.#trace) this.#emit({ type: 'trace', trace: this.#trace.tensors });
    const answer: Answer = {
      text: told.text,
      tokenIds: generated.tokenIds,
      finishReason: generated.finishReason,
      points: told.found.points,
      tracks: told.found.tracks,
      count: told.found.count,
      ...(settings.logprobs !== null && { logprobs: told.logprobs }),
      usage: {
        promptTokens: prompt.ids.length,
        visionTokens: prompt.visionTokens,
        newTokens: generated.tokenIds.length,
      },
      timings: this.#clock.timings(this.#model.loadMs),
    };
    this.#emit({ type: 'done', answer });
  }

  async teach(): Promise<{ prompt: PromptIds; timings: Timings }> {
    askSettings(this.#request.options);
    this.#signal?.throwIfAborted();
    const { prompt } = await this.#begin();
    return { prompt, timings: this.#clock.timings(this.#model.loadMs) };
  }

  /** A fresh question: everything is prefilled. */
  async #begin(): Promise<{ prompt: PromptIds; first: Float32Array }> {
    const { processor, config, tokenizer } = this.#model;
    this.#conversation.reset();
    if (!this.#request.messages && !this.#request.point) checkPrompt(this.#request);
    const visual = await this.#clock.time('media', () =>
      openVisualInput(this.#request, processor, this.#signal, this.#progress('media')),
    );
    try {
      this.#conversation.media = visual.media;
      this.#conversation.timeOffsetSec = visual.timeOffsetSec;
      this.#conversation.maxFps = visual.maxFps;
      this.#emit({ type: 'media', media: visual.media });
      const own = promptIds({
        messages: messages(this.#request, visual),
        images: visual.imageGrids,
        video: visual.video,
        processor,
        model: config,
        tokenizer,
      });
      const prompt = this.#taught?.behind(own) ?? own;
      this.#checkLength(prompt.ids.length);
      return { prompt, first: await this.#prefill(prompt, visual) };
    } finally {
      visual.close();
    }
  }

  /** A later question: only its own tokens are fed. */
  async #continue(): Promise<{ prompt: PromptIds; first: Float32Array }> {
    const { tokenizer } = this.#model;
    const { text, style } = question(this.#request, visualOf(this.#conversation));
    const pending = this.#conversation.pending;
    const ends = pending.length > 0 && tokenizer.eosIds.includes(pending.at(-1) ?? -1);
    const eos = ends ? [] : tokenizer.eosIds.slice(0, 1);
    const ids = Uint32Array.of(...pending, ...eos, ...followUpIds(text, style, tokenizer));
    const prompt = { ids, isImage: new Uint8Array(ids.length), visionTokens: 0 };
    this.#emit({ type: 'media', media: this.#conversation.media });
    this.#checkLength(this.#conversation.length + ids.length);
    return { prompt, first: await this.#prefill(prompt, null) };
  }

  /** Adds the image features to the prompt's residual stream. */
  async #encode(visual: VisualInput, prompt: PromptIds, prefill: Prefill): Promise<void> {
    if (!prefill.vision) return;
    const scratch = prefill.vision;
    const { config, vision } = this.#model;
    const { media } = visual;
    const onVision = this.#progress('vision');
    const onMedia = this.#progress('media');
    const frames = media.timestamps.length;
    const pieces = visual.pieces(vision.batchCrops, this.#signal, (done) => onMedia(done, frames));
    const timed = this.#clock.timePieces('media', 'vision', pieces);
    const trace = this.#trace;
    const watched = trace ? trace.watch(timed, config.vit.numPatches) : timed;
    const kind = media.kind === 'video' ? 'video' : 'image';
    await this.#clock.time('vision', () =>
      vision.encode(kind, watched, prompt.visionTokens, scratch, prefill, {
        signal: this.#signal,
        onCrops: (done) => onVision(done, visual.crops),
        onFeatures: trace ? (values) => trace.features(values, config.text.hiddenSize) : undefined,
      }),
    );
  }

  /** Feeds a prompt; what `visual` shows is encoded on the way. Returns the logits [V] of its last token, or none where they are told to a taught answer. */
  async #prefill(prompt: PromptIds, visual: VisualInput | null): Promise<Float32Array> {
    const { config, language, vision } = this.#model;
    const T = prompt.ids.length;
    const end = this.#conversation.length + T;
    const taught = this.#taught;
    const room = taught ? 0 : this.#limit(end);
    const cache = this.#conversation.reserve(end + room, this.#kvFormat());
    const positions = this.#trace?.positions(T) ?? [T - 1];
    const wanted = positions.at(-1) === T - 1 ? positions : [...positions, T - 1];
    const onShare = this.#progress('prefill');
    const options = {
      signal: this.#signal,
      onShare: (share: number) => onShare(Math.floor(share * T), T),
    };
    const tokens = { ids: prompt.ids, isImage: prompt.isImage, featureIds: featureTokenIds(config.tokens) };
    const shown = visual && visual.crops > 0 ? visual : null;
    const pieces = shown && vision.tensors(shown.largestPiece(vision.batchCrops));
    const prefill = language.begin(cache, tokens, pieces);
    try {
      await this.#clock.time('prefill', () => prefill.embed(options));
      if (shown) await this.#encode(shown, prompt, prefill);
      if (taught) {
        const take = (logits: Float32Array, place: number) => taught.take(logits, place);
        await this.#clock.time('prefill', () => prefill.runEach(taught.places(T), take, options));
        return new Float32Array(0);
      }
      const logits = await this.#clock.time('prefill', () => prefill.run(wanted, options));
      const V = config.text.vocabSize;
      this.#trace?.prompt(prompt.ids, logits.subarray(0, positions.length * V), V);
      return logits.subarray((wanted.length - 1) * V);
    } finally {
      prefill.close();
    }
  }

  /** Decodes; `before` are all ids that the first logits follow. */
  async #generate(
    first: Float32Array,
    before: readonly number[],
    limit: number,
  ): Promise<{ told: AnswerText; generated: Generated }> {
    const { tokenizer } = this.#model;
    const { media, timeOffsetSec } = this.#conversation;
    const settings = askSettings(this.#request.options);
    const { stop } = settings;
    const told = new AnswerText({ tokenizer, media, timeOffsetSec, stop, emit: this.#emit });
    const onDecode = this.#progress('decode');
    let tokens = 0;
    const cache = this.#conversation.reserve(this.#conversation.length + limit, this.#kvFormat());
    const loop = await this.#conversation.loop(cache);
    const generated = await this.#clock.time('decode', () =>
      generate({
        first,
        loop,
        settings,
        processors: logitsProcessors(settings, before),
        limit,
        eosIds: tokenizer.eosIds,
        forceIds: this.#request.options.trace?.forceIds ?? null,
        keepLogits: this.#trace !== null,
        signal: this.#signal,
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

  #progress(stage: Stage): (done: number, total: number | null) => void {
    return (done, total) => this.#emit({ type: 'progress', stage, done, total });
  }

  /** Most new tokens behind a prompt of `length`: what was asked for or the context leaves; forced ids are all fed. */
  #limit(length: number): number {
    const { forceIds } = this.#request.options.trace ?? {};
    if (forceIds) return forceIds.length;
    const room = this.#model.config.text.maxPositions - length;
    return Math.min(askSettings(this.#request.options).maxNewTokens, Math.max(1, room));
  }

  /** Of a new conversation. A trace is compared with exact values, so nothing is rounded unless that is asked for. */
  #kvFormat(): KvFormat {
    const { kv } = askSettings(this.#request.options);
    return kv ?? (this.#trace ? 'f32' : this.#model.kv);
  }

  #checkLength(tokens: number): void {
    const most = this.#model.config.text.maxPositions;
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

/** What a later question knows of the pictures of the first. */
function visualOf({ media, timeOffsetSec, maxFps }: Conversation): Shown {
  return { media, timeOffsetSec, maxFps };
}
