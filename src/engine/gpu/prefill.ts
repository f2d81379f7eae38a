// New tokens on their way through the decoder, layer by layer over all of them. Opened first, so that the encoder can add
// image features to the residual stream while it works, piece by piece; then run, then closed.

import type { TextConfig } from '../../config.ts';
import { attention, keysAndValues, type PromptRows } from '../../decoder/attention.ts';
import { head } from '../../decoder/head.ts';
import type { KvCache } from '../../decoder/kv-cache.ts';
import { mlp } from '../../decoder/mlp.ts';
import { promptOrder, type PromptOrder, type RowSpan } from '../../decoder/prompt-order.ts';
import { firstRows, type DecoderScratch } from '../../decoder/scratch.ts';
import { invariant } from '../../errors.ts';
import type { ActivationMemory } from '../../gpu/activation-memory.ts';
import { Arena, writeTensor } from '../../gpu/arena.ts';
import type { Dispatch } from '../../gpu/kernel.ts';
import type { GpuRunner } from '../../gpu/runner.ts';
import { sliceRows, type Tensor } from '../../gpu/tensor.ts';
import { addRows } from '../../kernels/rows/add-rows.ts';
import { embedding } from '../../kernels/linear/embedding.ts';
import { gatherRows } from '../../kernels/rows/gather-rows.ts';
import type { VisionScratch, VisionTensors } from '../../vision/vision-scratch.ts';
import type { Weights } from '../../weights/store/weights.ts';
import { featureTokens, type PromptTokens, type RunOptions } from '../forward/prompt-tokens.ts';
import { chunkRows, endTensors, logitsRows, planPrefill, promptTensors } from '../plan/prompt-memory.ts';

/** What a prefill works with; the same for every prompt of a model. */
export interface PrefillModel {
  readonly runner: GpuRunner;
  readonly config: TextConfig;
  readonly weights: Weights;
  readonly memory: ActivationMemory;
}

export class Prefill {
  /** The tensors of the vision tower, null without pictures; the decoder takes their memory over in `run`. */
  readonly vision: VisionScratch | null;
  readonly #model: PrefillModel;
  readonly #cache: KvCache;
  readonly #order: PromptOrder;
  readonly #grows: number; // tokens that the cache holds afterwards
  readonly #arena: Arena;
  readonly #x: Tensor; // [T, C]
  readonly #scratch: DecoderScratch;
  readonly #tensors: ReturnType<typeof promptTensors>;

  /** Throws `out-of-memory` with the numbers. `vision` is what the vision tower asks for. */
  constructor(model: PrefillModel, cache: KvCache, prompt: PromptTokens, vision: VisionTensors | null) {
    const { runner, config, memory } = model;
    const { ids } = prompt;
    const T = ids.length;
    const { length } = cache;
    const { isImage, sequences = [{ isImage, prefix: length, start: length }] } = prompt;
    this.#model = model;
    this.#cache = cache;
    this.#order = promptOrder(sequences);
    this.#grows = prompt.sequences ? 0 : T;
    const { slots } = this.#order;
    invariant(slots <= cache.capacity, `${slots} tokens do not fit ${cache.capacity} slots`);
    const { always, stages } = planPrefill(config, T, vision);
    const planned = memory.plan(always, stages);
    this.#x = planned.always.x;
    const { encoder, connector, decoder } = planned.stages;
    const { taps } = planned.always;
    this.vision = taps && encoder && connector && { taps, encoder, connector };
    this.#scratch = decoder;
    this.#arena = new Arena(runner.device, 'prefill');
    const { tokens, places, visible } = this.#order;
    const rows = featureRows(prompt, this.#order);
    this.#tensors = this.#arena.filled(() => promptTensors(this.#arena, T, rows.length));
    const write = (tensor: Tensor, values: Uint32Array) => writeTensor(runner.device, tensor, values);
    write(
      this.#tensors.ids,
      tokens.map((token) => ids[token] ?? 0),
    );
    write(this.#tensors.featureRows, rows);
    write(this.#tensors.places, places);
    write(this.#tensors.visible, visible);
  }

  /** Embeds the tokens; image features are added afterwards. */
  async embed(options: RunOptions = {}): Promise<void> {
    const { weights } = this.#model;
    const tables = {
      wteEmbedding: weights.matrix('model.transformer.wte.embedding'),
      newEmbedding: weights.matrix('model.transformer.wte.new_embedding'),
    };
    await this.#model.runner.run(embedding(this.#tensors.ids, tables, this.#x), options.signal);
  }

  /** Adds `features` [n, C] to the tokens that take the features `first` .. `first` + n - 1. */
  addFeatures(features: Tensor, first: number): Dispatch {
    return addRows(features, this.#tensors.featureRows, first, this.#x);
  }

  /** Runs all layers and returns the logits [wanted, V] of some tokens. The cache grows only when everything went well. */
  async run(wanted: readonly number[], options: RunOptions = {}): Promise<Float32Array<ArrayBuffer>> {
    const values = new Float32Array(wanted.length * this.#model.config.vocabSize);
    await this.runEach(
      wanted,
      (logits, token) => values.set(logits, token * this.#model.config.vocabSize),
      options,
    );
    return values;
  }

  /**
   * Runs all layers and tells the logits [V] of each wanted token in turn, with its place among them: never more than a few
   * rows exist at a time. The cache grows only when everything went well.
   */
  async runEach(
    wanted: readonly number[],
    onLogits: (logits: Float32Array, place: number) => void,
    options: RunOptions = {},
  ): Promise<void> {
    const { runner, config, weights } = this.#model;
    const V = config.vocabSize;
    invariant(wanted.length > 0, 'a prefill is run for the logits of a token at least');
    const step = logitsRows(config, wanted.length);
    const { last, normed, logits, rows } = endTensors(this.#arena, config, step);
    const ends = [
      gatherRows(this.#x, rows, last),
      ...head(runner.kernels, config, weights, last, normed, logits),
    ];
    for (let start = 0; start < wanted.length; start += step) {
      const places = Array.from({ length: Math.min(step, wanted.length - start) }, (_, i) => start + i);
      const tokens = places.map((place) => wanted[place] ?? 0);
      writeTensor(
        runner.device,
        rows,
        Uint32Array.from(tokens, (token) => this.#order.rows[token] ?? 0),
      );
      const list = start === 0 ? [...this.#layers(), ...ends] : ends;
      await runner.run(list, options.signal, start === 0 ? options.onShare : undefined);
      const values = new Float32Array(await runner.read(logits));
      options.signal?.throwIfAborted();
      places.forEach((place, i) => onLogits(values.subarray(i * V, (i + 1) * V), place));
    }
    this.#cache.length += this.#grows;
  }

  close(): void {
    this.#arena.destroy();
  }

  #layers(): Dispatch[] {
    const { config } = this.#model;
    const chunks = this.#chunks();
    const list: Dispatch[] = [];
    for (let layer = 0; layer < config.numLayers; layer++) {
      const inputs = chunks.map((chunk) => ({ ...chunk, layer }));
      for (const input of inputs) list.push(...keysAndValues(input));
      for (const input of inputs) list.push(...attention(input), ...mlp(input));
    }
    return list;
  }

  /** The rows, cut; a layer first writes the keys of all chunks, since image tokens see those of later ones. */
  #chunks(): PromptRows[] {
    const { runner, config, weights } = this.#model;
    const { tokens, spans } = this.#order;
    const { places, visible } = this.#tensors;
    const T = tokens.length;
    const step = chunkRows(config, T);
    const chunks: PromptRows[] = [];
    for (let start = 0; start < T; start += step) {
      const rows = Math.min(step, T - start);
      chunks.push({
        kernels: runner.kernels,
        config,
        weights,
        layer: 0,
        x: sliceRows(this.#x, start, rows),
        places: sliceRows(places, start, rows),
        visible: sliceRows(visible, start, rows),
        spans: spansWithin(spans, start, rows),
        cache: this.#cache,
        scratch: firstRows(this.#scratch, rows),
      });
    }
    return chunks;
  }
}

/** The row of each token that takes an image feature, in the order of the prompt. */
function featureRows(prompt: PromptTokens, order: PromptOrder): Uint32Array<ArrayBuffer> {
  return Uint32Array.from(featureTokens(prompt), (token) => order.rows[token] ?? 0);
}

/** The parts of spans that lie in the rows [start, start + rows), which are counted from there. */
function spansWithin(spans: readonly RowSpan[], start: number, rows: number): RowSpan[] {
  return spans.flatMap((span) => {
    const from = Math.max(span.firstRow, start);
    const end = Math.min(span.firstRow + span.rows, start + rows);
    return from < end ? [{ ...span, firstRow: from - start, rows: end - from }] : [];
  });
}
