// Collects the tensors of a run under the names that the golden fixtures use.

import type { TraceOptions, TraceTensor } from '../../api.ts';
import { joinedPooling } from '../visual/visual-pieces.ts';
import type { ShownUnit } from '../visual/shown-units.ts';
import type { VisualKind } from '../visual/visual-unit.ts';

const tracedCrops = 4; // pixels are kept of the first crops only: they are large

export class RunTrace {
  readonly #options: TraceOptions;
  readonly #features: Float32Array[] = [];
  readonly tensors: Record<string, TraceTensor> = {};

  /** Throws RangeError for a forced id that no embedding has; `ids` is how many there are. */
  constructor(options: TraceOptions, ids: number) {
    const wrong = options.forceIds?.find((id) => !Number.isInteger(id) || id < 0 || id >= ids);
    if (wrong !== undefined)
      throw new RangeError(`options.trace.forceIds must be token ids from 0 to ${ids - 1}; got ${wrong}.`);
    this.#options = options;
  }

  /** The wanted positions of a prompt of `length` tokens. Throws RangeError for one outside of it. */
  positions(length: number): readonly number[] {
    const wanted = this.#options.positions ?? [length - 1];
    const ascending = wanted.every(
      (at, i) => Number.isInteger(at) && at >= 0 && (i === 0 || at > (wanted[i - 1] ?? 0)),
    );
    if (wanted.length === 0 || !ascending || (wanted.at(-1) ?? 0) >= length)
      throw new RangeError(
        `options.trace.positions must be ascending integers from 0 to ${length - 1}, the last token of the prompt; got ${wanted.join(', ')}.`,
      );
    return wanted;
  }

  /** Passes units on and keeps their pooling tables and first pixels. A video has one table over all frames. */
  async *watch(
    units: AsyncIterable<ShownUnit>,
    kind: VisualKind,
    numPatches: number,
  ): AsyncGenerator<ShownUnit, void, undefined> {
    const tables: Pick<ShownUnit, 'pooling' | 'crops'>[] = [];
    const pixels: Uint8Array[] = [];
    let window = 1;
    let values = 0;
    let crops = 0;
    for await (const unit of units) {
      const cropBytes = (unit.patches?.byteLength ?? 0) / unit.crops;
      const taken = Math.max(0, Math.min(tracedCrops - crops, unit.crops));
      if (taken > 0 && unit.patches) pixels.push(unit.patches.slice(0, taken * cropBytes));
      tables.push({ pooling: unit.pooling, crops: kind === 'video' ? unit.crops : 0 });
      window = unit.window;
      values = cropBytes / numPatches;
      crops += taken;
      yield unit;
    }
    const pooling = joinedPooling(tables, numPatches);
    const data = new Uint8Array(crops * numPatches * values);
    let at = 0;
    for (const part of pixels) {
      data.set(part, at);
      at += part.byteLength;
    }
    this.tensors['pooling'] = { shape: [pooling.length / window, window], data: pooling };
    this.tensors['pixels_u8'] = { shape: [crops, numPatches, values], data };
  }

  /** Called for one piece after another. */
  features(values: Float32Array, width: number): void {
    this.#features.push(values);
    const data = new Float32Array(this.#features.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#features) {
      data.set(part, at);
      at += part.length;
    }
    this.tensors['vision_features'] = { shape: [data.length / width, width], data };
  }

  prompt(ids: Uint32Array, logits: Float32Array, vocab: number): void {
    this.tensors['input_ids'] = { shape: [ids.length], data: Int32Array.from(ids) };
    this.tensors['logits_at'] = { shape: [logits.length / vocab, vocab], data: logits.slice() };
  }

  decoded(rows: readonly Float32Array[]): void {
    const vocab = rows[0]?.length ?? 0;
    const data = new Float32Array(rows.length * vocab);
    rows.forEach((row, i) => data.set(row, i * vocab));
    this.tensors['decode_logits'] = { shape: [rows.length, vocab], data };
  }
}
