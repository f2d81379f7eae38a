// Independent questions together: their pictures go through the vision encoder in full batches of crops, their prompts through the
// decoder one behind the other, each seeing itself alone, and their answers are decoded as rows of one list.

import type { MediaInfo, Stage } from '../../api.ts';
import { invariant } from '../../errors.ts';
import type { Tensor } from '../../gpu/tensor.ts';
import { featureTokenIds, promptIds, type PromptIds } from '../../text/prompt.ts';
import { refuseOverlong, roomFor } from '../answer/context-room.ts';
import { askSettings, checkBias, type AskSettings } from '../answer/settings.ts';
import { answerRows } from '../branches/answer-rows.ts';
import { asManyAsFit } from '../branches/fewer-together.ts';
import type { AskManyRequest, Listener } from '../branches/together.ts';
import { ToldRows } from '../branches/told-rows.ts';
import { checkExpectation } from '../expect/expected.ts';
import type { Engine } from '../engine.ts';
import { onGpu, type GpuModel, type LoadedModel } from '../loaded-model.ts';
import { messages } from '../messages.ts';
import type { AskRequest } from '../request.ts';
import { StageClock } from '../stage-clock.ts';
import { openShown } from '../visual/shown.ts';
import type { ShownUnit } from '../visual/shown-units.ts';
import type { VisualKind } from '../visual/visual-unit.ts';
import { encodeTogether } from './encode-together.ts';
import { KeptUnits } from './kept-units.ts';
import { packsOf } from './packs.ts';

/** A question whose pictures or frames are there as patches. */
interface Opened {
  readonly row: number;
  readonly settings: AskSettings;
  readonly prompt: PromptIds;
  /** Tokens of its prompt. */
  readonly tokens: number;
  readonly limit: number;
  readonly kind: VisualKind;
  readonly units: readonly ShownUnit[];
  readonly media: MediaInfo;
  readonly timeOffsetSec: number;
}

// Of patches and features that wait together: enough for full batches and packs, and no more the more questions there are.
const waitingBytes = 2 ** 28;

/**
 * Answers all questions in their order; each ends with an event `done` of its own, or `failed` is told why it has none. Nothing
 * is left on the GPU afterwards but what features are kept. Throws what ends all of them, as the signal's own reason.
 */
export function askMany(
  engine: Engine,
  request: AskManyRequest,
  listener: Required<Listener>,
  signal?: AbortSignal,
): Promise<void> {
  const told = new ToldRows(listener);
  const work = (model: LoadedModel) =>
    asManyAsFit(model, request.questions.length, (together) =>
      answerMany(onGpu(model, 'askMany'), request, together, told, signal),
    );
  return engine.withModel(work, { signal, emit: told.emit });
}

async function answerMany(
  model: GpuModel,
  request: AskManyRequest,
  together: number,
  told: ToldRows,
  signal: AbortSignal | undefined,
): Promise<void> {
  told.begin();
  model.features.beginQuestion();
  const many = new Many(model, told, signal);
  const most = together === 1 ? 0 : waitingBytes;
  let waiting: Opened[] = [];
  let bytes = 0;
  for (const [row, question] of request.questions.entries()) {
    const opened = question && !told.hasEnded(row) && (await many.open(row, question));
    if (!opened) continue;
    waiting.push(opened);
    bytes += many.bytesOf(opened);
    if (bytes < most) continue;
    await many.answer(waiting, together);
    [waiting, bytes] = [[], 0];
  }
  await many.answer(waiting, together);
}

class Many {
  readonly #model: GpuModel;
  readonly #told: ToldRows;
  readonly #signal: AbortSignal | undefined;
  readonly #clock = new StageClock();
  #crops = 0;

  constructor(model: GpuModel, told: ToldRows, signal: AbortSignal | undefined) {
    this.#model = model;
    this.#told = told;
    this.#signal = signal;
  }

  /** What a question shows and says; null where it failed, which is told. */
  async open(row: number, question: AskRequest): Promise<Opened | null> {
    this.#signal?.throwIfAborted();
    try {
      return await this.#clock.time('media', () => this.#open(row, question));
    } catch (error) {
      this.#signal?.throwIfAborted();
      this.#told.failed(row, error);
      return null;
    }
  }

  /** Memory of a question that waits: patches here, and features on the GPU. */
  bytesOf({ units, prompt }: Opened): number {
    const patches = units.reduce((sum, unit) => sum + (unit.patches?.byteLength ?? 0), 0);
    return patches + prompt.visionTokens * this.#model.config.text.hiddenSize * 4;
  }

  /** Encodes what all of them show, then answers them pack by pack, each of at most `together`. */
  async answer(questions: readonly Opened[], together: number): Promise<void> {
    const { features, runner } = this.#model;
    const kept = new KeptUnits(runner, features);
    try {
      const encoded = await this.#clock.time('vision', async () => [
        ...(await this.#encode('image', questions, kept)),
        ...(await this.#encode('video', questions, kept)),
      ]);
      // A picture that several questions show is counted for the first of them.
      const uncounted = new Set(encoded);
      for (const pack of packsOf(questions, together)) await this.#answerPack(pack, kept, uncounted);
    } finally {
      kept.destroy();
    }
  }

  async #open(row: number, question: AskRequest): Promise<Opened> {
    const { processor, config: model, tokenizer, features: cache, grammars } = this.#model;
    const settings = askSettings(question.options);
    checkBias(settings, model.text.vocabSize);
    const onMedia = this.#progress('media');
    const signal = this.#signal;
    const shown = await openShown(question, { processor, cache, keepPatches: false, signal, onMedia });
    try {
      const { input, kind } = shown;
      const { media, timeOffsetSec, imageGrids: images, video } = input;
      if (settings.expect) checkExpectation(grammars, settings.expect, media.kind);
      const asked = messages(question, input);
      const prompt = promptIds({ messages: asked, images, video, processor, model, tokenizer });
      const tokens = prompt.ids.length;
      const most = model.text.maxPositions;
      refuseOverlong(tokens, most);
      const units: ShownUnit[] = [];
      for await (const unit of shown.units.units()) units.push(unit);
      this.#told.emit({ type: 'media', media, continues: false, branch: row });
      const limit = roomFor(settings.maxNewTokens, tokens, most);
      return { row, settings, prompt, tokens, limit, kind, units, media, timeOffsetSec };
    } finally {
      await shown.close();
    }
  }

  /** Encodes what is not known yet of one kind, each content once; returns the names of what was encoded. */
  async #encode(kind: VisualKind, questions: readonly Opened[], kept: KeptUnits): Promise<string[]> {
    const unknown = new Map<string, ShownUnit>();
    for (const question of questions)
      if (question.kind === kind)
        for (const unit of question.units) if (!kept.find(unit.key)) unknown.set(unit.key, unit);
    const onVision = this.#progress('vision');
    const total = [...unknown.values()].reduce((sum, { crops }) => sum + crops, this.#crops);
    await encodeTogether(this.#model, kind, [...unknown.values()], {
      signal: this.#signal,
      onCrops: (count) => onVision((this.#crops += count), total),
      onFeatures: (unit, from, row, rows) => kept.keep(unit.key, from, row, rows),
    });
    return [...unknown.keys()];
  }

  async #answerPack(pack: readonly Opened[], kept: KeptUnits, uncounted: Set<string>): Promise<void> {
    const { language, kv: usual } = this.#model;
    const [first] = pack;
    invariant(first, 'a pack of questions');
    let slots = 0;
    const starts = pack.map(({ tokens, limit }) => {
      const start = slots;
      slots += tokens + limit;
      return start;
    });
    const format = first.settings.kv ?? usual;
    const cache = await language.reserveCache(slots, format);
    const cropsOf = ({ units }: Opened) =>
      units.reduce((sum, { key, crops }) => sum + (uncounted.delete(key) ? crops : 0), 0);
    try {
      const logits = await this.#readPack(pack, starts, cache, kept);
      const rows = pack.map((question, i) => ({
        ...question,
        ids: question.prompt.ids,
        prefix: 0,
        start: starts[i] ?? 0,
        logits: logits[i] ?? new Float32Array(0),
        usage: {
          promptTokens: question.tokens,
          visionTokens: question.prompt.visionTokens,
          visionCrops: cropsOf(question),
        },
      }));
      const progress = (stage: Stage) => this.#progress(stage);
      const options = { model: this.#model, cache, clock: this.#clock, told: this.#told, progress };
      await answerRows(rows, { ...options, signal: this.#signal });
    } finally {
      cache.destroy();
    }
  }

  /** The logits [V] that follow each prompt of a pack. */
  async #readPack(
    pack: readonly Opened[],
    starts: readonly number[],
    cache: ReturnType<GpuModel['language']['createCache']>,
    kept: KeptUnits,
  ): Promise<Float32Array[]> {
    const { language, config, runner } = this.#model;
    const total = pack.reduce((sum, { tokens }) => sum + tokens, 0);
    const ids = new Uint32Array(total);
    const isImage = new Uint8Array(total);
    const lasts: number[] = [];
    let at = 0;
    for (const { prompt, tokens } of pack) {
      ids.set(prompt.ids, at);
      isImage.set(prompt.isImage, at);
      at += tokens;
      lasts.push(at - 1);
    }
    const sequences = pack.map(({ prompt }, i) => ({
      isImage: prompt.isImage,
      prefix: 0,
      start: starts[i] ?? 0,
    }));
    const onShare = this.#progress('prefill');
    const options = {
      signal: this.#signal,
      onShare: (share: number) => onShare(Math.floor(share * total), total),
    };
    const tokens = { ids, isImage, featureIds: featureTokenIds(config.tokens), sequences };
    const prefill = language.begin(cache, tokens, null);
    try {
      return await this.#clock.time('prefill', async () => {
        await prefill.embed(options);
        let feature = 0;
        const adding = pack
          .flatMap(({ units }) => units)
          .map(({ key }) => {
            const features: Tensor | null = kept.find(key);
            invariant(features, `features of ${key}`);
            const dispatch = prefill.addFeatures(features, feature);
            feature += features.shape[0] ?? 0;
            return dispatch;
          });
        if (adding.length > 0) await runner.run(adding, this.#signal);
        const logits = await prefill.run(lasts, options);
        const V = config.text.vocabSize;
        return pack.map((_, i) => logits.subarray(i * V, (i + 1) * V));
      });
    } finally {
      prefill.close();
    }
  }

  #progress(stage: Stage): (done: number, total: number | null) => void {
    return (done, total) => this.#told.emit({ type: 'progress', stage, done, total });
  }
}
