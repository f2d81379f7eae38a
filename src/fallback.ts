// What may compute a model where there is no WebGPU: the forward passes, over arrays of this thread. Everything else of an
// answer (media, prompts, tokens, points) is the engine's own.

import type { ModelConfig, ProcessorConfig } from './config.ts';

/** A model whose weights are in this thread's memory. */
export interface PlainModel {
  readonly config: ModelConfig;
  readonly processor: ProcessorConfig;
  /** A tensor by its name in the checkpoint, as f32, row after row. */
  tensor(name: string): Float32Array<ArrayBuffer>;
}

/** Keys and values [tokens, key heads * head size] of a layer. */
export interface LayerRows {
  readonly keys: Float32Array<ArrayBuffer>;
  readonly values: Float32Array<ArrayBuffer>;
}

/** New tokens behind those whose keys and values are known. */
export interface NewRows {
  readonly ids: Uint32Array; // [T]
  /** What is added to their embeddings [T, C]: image features, zeros elsewhere. */
  readonly added: Float32Array<ArrayBuffer>;
  /** Cosines and sines of their positions [T, D/2], and those of the layers that scale them. */
  readonly angles: Angles;
  readonly scaledAngles: Angles | null;
  /** Added to the scores [T, known + T]: 0 where a token sees a key, very low where it does not. */
  readonly mask: Float32Array<ArrayBuffer>;
  /** Of the tokens before, for each layer. */
  readonly known: readonly LayerRows[];
  /** Tokens (0 = first new one) whose logits are wanted; one at least. */
  readonly wanted: readonly number[];
}

export interface Angles {
  readonly cos: Float32Array<ArrayBuffer>;
  readonly sin: Float32Array<ArrayBuffer>;
}

export interface DecodedRows {
  readonly logits: Float32Array; // [wanted, V]
  /** Of the new tokens, for each layer. */
  readonly layers: readonly { readonly keys: Float32Array; readonly values: Float32Array }[];
}

/** The forward passes of a loaded model. One runs at a time. */
export interface Passes {
  /** What computes, as `info.adapter` tells it. */
  readonly description: string;
  /** The tapped layers [crops * P, taps * E] of crops, bytes as they were cut. */
  encode(kind: 'image' | 'video', patches: Uint8Array, crops: number): Promise<Float32Array>;
  /** Features [tokens, C] of windows of `window` rows of `taps` each; -1 = none. */
  connect(taps: Float32Array, windows: Int32Array, window: number): Promise<Float32Array>;
  decode(rows: NewRows): Promise<DecodedRows>;
  close(): Promise<void>;
}

/** What `load({ fallback })` takes; `onnx` of `molmo2-webgpu/onnx` makes one. */
export interface Fallback {
  /** Whether it computes also where there is WebGPU. */
  readonly always: boolean;
  /** Bytes of f32 weights that it takes at most. */
  readonly mostWeightBytes: number;
  /**
   * Brings a model to where it is computed.
   * @internal
   */
  open(model: PlainModel): Promise<Passes>;
}
