// Several questions about the same media, as branches of one tree: what they share is fed once, then every step of decoding
// brings a token for each of them. A branch sees what is shared and itself, and its positions go on where that ends, so that it
// is answered as if it were asked alone. (Training feeds several annotations of one input in this form.)

import type { MediaInfo, Stage } from '../../api.ts';
import type { KvCache } from '../../decoder/kv-cache.ts';
import type { PromptIds } from '../../text/prompt.ts';
import { promptIds } from '../../text/prompt.ts';
import { refuseOverlong, roomFor } from '../answer/context-room.ts';
import { askSettings, checkBias, type AskSettings } from '../answer/settings.ts';
import { Conversation } from '../conversation.ts';
import type { Engine } from '../engine.ts';
import { onGpu, type GpuModel, type LoadedModel } from '../loaded-model.ts';
import { checkExpectation } from '../expect/expected.ts';
import { messages } from '../messages.ts';
import { readPrompt, type Reader } from '../read-prompt.ts';
import type { AskRequest } from '../request.ts';
import { StageClock } from '../stage-clock.ts';
import { openShown, type Shown } from '../visual/shown.ts';
import { answerRows } from './answer-rows.ts';
import { asManyAsFit } from './fewer-together.ts';
import { sharedLength } from './shared-length.ts';
import { ToldRows } from './told-rows.ts';
import type { AskAllRequest, Listener } from './together.ts';

/** A question on its way. */
interface Branch {
  readonly row: number;
  readonly settings: AskSettings;
  /** The whole prompt, what is shared included. */
  readonly prompt: PromptIds;
  /** Most tokens of its answer. */
  readonly limit: number;
}

/**
 * Answers all questions; each ends with an event `done` of its own, those that are cancelled alone as well. Nothing is left on
 * the GPU afterwards but what features are kept. Throws as `ask` does, or the signal's own reason.
 */
export function askAll(
  engine: Engine,
  request: AskAllRequest,
  listener: Listener,
  signal?: AbortSignal,
): Promise<void> {
  const told = new ToldRows(listener);
  const work = (model: LoadedModel) =>
    asManyAsFit(model, request.branches.length, (together) =>
      answerAll(onGpu(model, 'askAll'), request, together, told, signal),
    );
  return engine.withModel(work, { signal, emit: told.emit });
}

async function answerAll(
  model: GpuModel,
  request: AskAllRequest,
  together: number,
  told: ToldRows,
  signal: AbortSignal | undefined,
): Promise<void> {
  told.begin();
  const conversation = new Conversation(model.forward);
  model.features.beginQuestion();
  try {
    await new Tree(model, conversation, request, told, signal).answer(together);
  } finally {
    conversation.destroy();
  }
}

/** The questions and what they share. */
class Tree implements Reader {
  readonly model: GpuModel;
  readonly conversation: Conversation<KvCache>;
  readonly signal: AbortSignal | undefined;
  readonly clock = new StageClock();
  readonly trace = null;
  readonly taught = null;
  readonly #request: AskAllRequest;
  readonly #told: ToldRows;

  constructor(
    model: GpuModel,
    conversation: Conversation<KvCache>,
    request: AskAllRequest,
    told: ToldRows,
    signal: AbortSignal | undefined,
  ) {
    this.model = model;
    this.conversation = conversation;
    this.signal = signal;
    this.#request = request;
    this.#told = told;
  }

  /** Answers all questions, `together` at a time. */
  async answer(together: number): Promise<void> {
    const { shown: request, branches } = this.#request;
    const settings = branches.map(({ options }) => askSettings(options));
    const { kv } = askSettings(request.options);
    const kind = shownKind(request);
    for (const one of settings) {
      checkBias(one, this.model.config.text.vocabSize);
      if (one.expect) checkExpectation(this.model.grammars, one.expect, kind);
    }
    this.signal?.throwIfAborted();
    const { processor, features: cache } = this.model;
    const onMedia = this.progress('media');
    const options = { processor, cache, keepPatches: false, signal: this.signal, onMedia };
    const shown = await this.clock.time('media', () => openShown(request, options));
    try {
      const asked = settings.map((one, row) => this.#branch(row, one, shown));
      const shared = sharedLength(asked.map(({ prompt }) => prompt.ids));
      const groups = Array.from({ length: Math.ceil(asked.length / together) }, (_, i) =>
        asked.slice(i * together, (i + 1) * together),
      );
      const own = groups.map((group) => slotsBehind(group, shared).end - shared);
      this.#told.emit({ type: 'media', media: shown.input.media, continues: false });
      const crops = await this.#readShared(shown, asked, shared, Math.max(...own), kv ?? this.model.kv);
      for (const group of groups) await this.#answerGroup(group, shared, shown, crops);
    } finally {
      await shown.close();
    }
  }

  progress(stage: Stage): (done: number, total: number | null) => void {
    return (done, total) => this.#told.emit({ type: 'progress', stage, done, total });
  }

  #branch(row: number, settings: AskSettings, { input }: Shown): Branch {
    const { processor, config: model, tokenizer } = this.model;
    const { imageGrids: images, video } = input;
    const asked = messages(this.#questionOf(row), input);
    const prompt = promptIds({ messages: asked, images, video, processor, model, tokenizer });
    const most = model.text.maxPositions;
    refuseOverlong(prompt.ids.length, most);
    return { row, settings, prompt, limit: roomFor(settings.maxNewTokens, prompt.ids.length, most) };
  }

  #questionOf(row: number): AskRequest {
    return { ...this.#request.shown, ...this.#request.branches[row] };
  }

  /** Feeds what all prompts begin with, pictures included; returns how many crops were encoded. */
  async #readShared(
    shown: Shown,
    [first]: readonly Branch[],
    shared: number,
    room: number,
    format: AskSettings['kv'] & string,
  ): Promise<number> {
    if (!first) return 0;
    const { ids, isImage, visionTokens } = first.prompt;
    const prompt = { ids: ids.slice(0, shared), isImage: isImage.slice(0, shared), visionTokens };
    const isShowing = shown.input.crops > 0;
    const { encodedCrops } = await readPrompt(this, {
      prompt,
      shown: isShowing ? { ...shown, units: shown.units.units() } : null,
      room,
      format,
    });
    return encodedCrops;
  }

  /** Feeds what each question of a group says, and decodes their answers together. */
  async #answerGroup(
    group: readonly Branch[],
    shared: number,
    { input }: Shown,
    crops: number,
  ): Promise<void> {
    const { starts, end } = slotsBehind(group, shared);
    const cache = await this.conversation.reserve(end, this.model.kv);
    const logits = await this.#readBranches(group, shared, starts);
    const { media, timeOffsetSec } = input;
    const rows = group.map(({ row, settings, limit, prompt }, i) => ({
      row,
      settings,
      limit,
      ids: prompt.ids,
      prefix: shared,
      start: starts[i] ?? 0,
      logits: logits[i] ?? new Float32Array(0),
      media,
      timeOffsetSec,
      // What all share is counted once.
      usage: {
        promptTokens: prompt.ids.length - (row === 0 ? 0 : shared),
        visionTokens: row === 0 ? prompt.visionTokens : 0,
        visionCrops: row === 0 ? crops : 0,
      },
    }));
    const { model, clock, signal } = this;
    const progress = (stage: Stage) => this.progress(stage);
    await answerRows(rows, { model, cache, clock, told: this.#told, signal, progress });
  }

  /** The logits [V] that follow each question of a group. */
  async #readBranches(
    group: readonly Branch[],
    shared: number,
    starts: readonly number[],
  ): Promise<Float32Array[]> {
    const { language, config } = this.model;
    const { signal, clock } = this;
    const own = group.map(({ prompt }) => prompt.ids.slice(shared));
    const total = own.reduce((sum, ids) => sum + ids.length, 0);
    const onShare = this.progress('prefill');
    const options = { signal, onShare: (share: number) => onShare(Math.floor(share * total), total) };
    const sequences = own.map((ids, i) => ({
      isImage: new Uint8Array(ids.length),
      prefix: shared,
      start: starts[i] ?? 0,
    }));
    const ids = Uint32Array.from(own.flatMap((part) => [...part]));
    const lasts = own.map((_, i) => own.slice(0, i + 1).reduce((sum, part) => sum + part.length, 0) - 1);
    const cache = await this.conversation.reserve(0, this.model.kv);
    const tokens = { ids, isImage: new Uint8Array(total), featureIds: [], sequences };
    const prefill = language.begin(cache, tokens, null);
    try {
      return await clock.time('prefill', async () => {
        await prefill.embed(options);
        const logits = await prefill.run(lasts, options);
        const V = config.text.vocabSize;
        return own.map((_, i) => logits.subarray(i * V, (i + 1) * V));
      });
    } finally {
      prefill.close();
    }
  }
}

function shownKind({ video, images }: AskRequest): MediaInfo['kind'] {
  if (video) return 'video';
  return images.length > 0 ? 'images' : 'none';
}

/** Where each question of a group has its own slots: room for its words and its answer. */
function slotsBehind(
  group: readonly Branch[],
  shared: number,
): { readonly starts: readonly number[]; readonly end: number } {
  let end = shared;
  const starts = group.map(({ prompt, limit }) => {
    const start = end;
    end += prompt.ids.length - shared + limit;
    return start;
  });
  return { starts, end };
}
