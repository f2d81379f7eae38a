// Working memory of the vision tower, as two stages that never live at once: the encoder works on a batch of crops, the
// connector on a piece (all crops of a picture, or some frames). Only the tapped layers pass from one to the other.

import type { ModelConfig } from '../config.ts';
import type { StageTensors } from '../gpu/activation-memory.ts';
import { sliceRows, type Tensor } from '../gpu/tensor.ts';
import { poolingScratch, type PoolingScratch } from './image-pooling-2d.ts';
import { projectorScratch, type ProjectorScratch } from './image-projector.ts';
import { vitScratch, type VitScratch } from './image-vit.ts';

/** Sizes of a piece: crops that are pooled together, what they pool to, and how many patches make a token. */
export interface PieceSize {
  readonly crops: number; // F
  readonly tokens: number;
  readonly window: number; // N
}

export interface ConnectorScratch {
  readonly windows: Tensor; // [tokens, N]
  readonly pooling: PoolingScratch;
  readonly projector: ProjectorScratch;
  readonly features: Tensor; // [tokens, C]
}

export interface VisionScratch {
  readonly taps: Tensor; // [F * P, taps * E]
  readonly encoder: VitScratch;
  readonly connector: ConnectorScratch;
}

/** What the vision tower asks for; `taps` live as long as either stage. */
export type VisionTensors = {
  readonly [Stage in keyof VisionScratch]: StageTensors<VisionScratch[Stage]>;
};

/** Memory for `batchCrops` crops at a time and for pieces up to `largest`. */
export function visionTensors(config: ModelConfig, batchCrops: number, largest: PieceSize): VisionTensors {
  const { vit, adapter, text } = config;
  const { crops, tokens, window } = largest;
  const rows = crops * vit.numPatches;
  return {
    taps: (source) => source.tensor('taps', [rows, vit.hiddenSize * adapter.vitLayers.length]),
    encoder: (source) => vitScratch(config, source, batchCrops),
    connector: (source) => ({
      windows: source.tensor('windows', [tokens, window], 'i32'),
      pooling: poolingScratch(config, source, rows, tokens),
      projector: projectorScratch(config, source, tokens),
      features: source.tensor('image features', [tokens, text.hiddenSize]),
    }),
  };
}

/** The connector's memory for a piece that is smaller than the largest: `rows` patches that pool to `tokens`. */
export function firstOfConnector(
  { windows, pooling, projector, features }: ConnectorScratch,
  rows: number,
  tokens: number,
): ConnectorScratch {
  const ofPatches = (tensor: Tensor) => sliceRows(tensor, 0, rows);
  const ofTokens = (tensor: Tensor) => sliceRows(tensor, 0, tokens);
  return {
    windows: ofTokens(windows),
    pooling: {
      mean: ofTokens(pooling.mean),
      q: ofTokens(pooling.q),
      k: ofPatches(pooling.k),
      v: ofPatches(pooling.v),
      attended: ofTokens(pooling.attended),
      pooled: ofTokens(pooling.pooled),
    },
    projector: {
      gate: ofTokens(projector.gate),
      value: ofTokens(projector.value),
      hidden: ofTokens(projector.hidden),
    },
    features: ofTokens(features),
  };
}
