// A decoder of one layer in f64, one row at a time: pre-norm block, per-head norms of q and k (Qwen3), RoPE over halves of
// a head, gated SiLU, final norm and head.

import type { TextConfig } from '../../src/config.ts';
import type { KvFormat } from '../../src/kernels/attention/kv-layer.ts';
import { rmsNormReference } from './rms-norm.ts';
import { storedHead } from './stored-kv.ts';

type Row = Float64Array<ArrayBuffer>;

/** Weights by the reference's names, row by row. */
export type NamedWeights = ReadonlyMap<string, { readonly values: ArrayLike<number> }>;

/** Row-major matrix times vector. */
function times(matrix: ArrayLike<number>, x: Row, firstRow: number, rows: number): Row {
  const y = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const at = (firstRow + row) * x.length;
    let sum = 0;
    for (let c = 0; c < x.length; c++) sum += matrix[at + c]! * x[c]!;
    y[row] = sum;
  }
  return y;
}

const added = (a: Row, b: Row): Row => a.map((value, i) => value + b[i]!);

/** Frequencies and angles are products in f32, as the model's own code makes them. */
function angle(position: number, pair: number, { headDim, ropeTheta }: TextConfig): number {
  const frequency = Math.fround(1 / Math.fround(ropeTheta ** Math.fround((2 * pair) / headDim)));
  return Math.fround(position * frequency);
}

export class DecoderLayer {
  readonly #config: TextConfig;
  readonly #weights: NamedWeights;
  readonly #x: readonly Row[];
  readonly #keys: Row; // [T, K * D]
  readonly #values: Row; // [T, K * D]

  /** `x` [T][C] is what enters the layer; row t has position t. Keys and values are stored in `format`. */
  constructor(config: TextConfig, weights: NamedWeights, x: readonly Row[], format: KvFormat = 'f32') {
    this.#config = config;
    this.#weights = weights;
    this.#x = x;
    const { numHeads, numKvHeads, headDim } = config;
    const width = numKvHeads * headDim;
    this.#keys = new Float64Array(x.length * width);
    this.#values = new Float64Array(x.length * width);
    x.forEach((row, position) => {
      const normed = this.#norm(row, 'attn_norm.weight');
      const k = this.#heads(normed, numHeads, numKvHeads, 'k_norm', position);
      const v = times(this.#block('self_attn.att_proj.weight'), normed, numHeads * headDim + width, width);
      for (let at = 0; at < width; at += headDim) {
        this.#keys.set(storedHead[format](k.slice(at, at + headDim)), position * width + at);
        this.#values.set(storedHead[format](v.slice(at, at + headDim)), position * width + at);
      }
    });
  }

  /** Logits [V] of the row, which sees the keys that `sees` names. */
  logits(position: number, sees: (key: number) => boolean): Row {
    const { vocabSize, hiddenSize: C, layerNormEps } = this.#config;
    const x = this.#x[position]!;
    const attended = this.#attend(position, sees);
    const middle = added(x, times(this.#block('self_attn.attn_out.weight'), attended, 0, C));
    const last = added(middle, this.#mlp(middle));
    const normed = rmsNormReference(last, this.#of('model.transformer.ln_f.weight'), layerNormEps);
    return times(this.#of('lm_head.weight'), Float64Array.from(normed), 0, vocabSize);
  }

  #of(name: string): ArrayLike<number> {
    return this.#weights.get(name)!.values;
  }

  #block(name: string): ArrayLike<number> {
    return this.#of(`model.transformer.blocks.0.${name}`);
  }

  #norm(x: Row, name: string): Row {
    return Float64Array.from(rmsNormReference(x, this.#block(name), this.#config.layerNormEps));
  }

  /** `count` heads of the fused projection from head `first` on: normed one by one and rotated. */
  #heads(normed: Row, first: number, count: number, norm: 'q_norm' | 'k_norm', position: number): Row {
    const { headDim: D, layerNormEps } = this.#config;
    const raw = times(this.#block('self_attn.att_proj.weight'), normed, first * D, count * D);
    const heads = rmsNormReference(raw, this.#block(`self_attn.${norm}.weight`), layerNormEps);
    const rotated = new Float64Array(heads.length);
    for (let at = 0; at < heads.length; at += D)
      for (let i = 0; i < D / 2; i++) {
        const turn = angle(position, i, this.#config);
        const [a, b] = [heads[at + i]!, heads[at + i + D / 2]!];
        rotated[at + i] = a * Math.cos(turn) - b * Math.sin(turn);
        rotated[at + i + D / 2] = b * Math.cos(turn) + a * Math.sin(turn);
      }
    return rotated;
  }

  #attend(position: number, sees: (key: number) => boolean): Row {
    const { numHeads: H, numKvHeads: K, headDim: D } = this.#config;
    const q = this.#heads(this.#norm(this.#x[position]!, 'attn_norm.weight'), 0, H, 'q_norm', position);
    const seen = [...this.#x.keys()].filter(sees);
    const y = new Float64Array(H * D);
    for (let head = 0; head < H; head++) {
      const slot = (key: number) => (key * K + Math.floor((head * K) / H)) * D;
      const scores = seen.map((key) => {
        let score = 0;
        for (let d = 0; d < D; d++) score += q[head * D + d]! * this.#keys[slot(key) + d]!;
        return score / Math.sqrt(D);
      });
      const highest = scores.reduce((most, score) => Math.max(most, score), -Infinity);
      const weights = scores.map((score) => Math.exp(score - highest));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      seen.forEach((key, i) => {
        for (let d = 0; d < D; d++) y[head * D + d]! += (weights[i]! / total) * this.#values[slot(key) + d]!;
      });
    }
    return y;
  }

  #mlp(x: Row): Row {
    const { intermediateSize: I, hiddenSize: C } = this.#config;
    const both = times(this.#block('mlp.ff_proj.weight'), this.#norm(x, 'ff_norm.weight'), 0, 2 * I);
    const hidden = Float64Array.from({ length: I }, (_, i) => {
      const gate = both[I + i]!;
      return (both[i]! * gate) / (1 + Math.exp(-gate));
    });
    return times(this.#block('mlp.ff_out.weight'), hidden, 0, C);
  }
}
