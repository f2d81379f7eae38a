// What the threads of `convert`, `synth` and `verify` are asked to do, as plain data.

import type { StoredType } from '../../src/weights/checkpoint/safetensors.ts';
import type { WeightFormat } from '../../src/weights/formats/formats.ts';
import type { HubAddress } from '../../src/weights/fetch/hub.ts';
import type { FileVersion } from '../../src/weights/fetch/hub-answer.ts';

/** Where a checkpoint's files are read from. */
export type InputPlace =
  | { readonly kind: 'folder'; readonly path: string }
  | {
      readonly kind: 'hub';
      readonly address: HubAddress;
      readonly versions: readonly (readonly [string, FileVersion])[];
    };

/** Bytes of a file of the input. */
export interface InputRange {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/** Bytes of a shard of the output. */
export interface OutputRange {
  readonly shard: number;
  readonly offset: number;
  readonly length: number;
}

/** Some whole rows of a tensor and where their stored form goes. */
export interface Piece {
  readonly name: string;
  readonly format: WeightFormat;
  readonly rows: number;
  readonly columns: number;
  readonly codes: OutputRange;
  readonly scales: OutputRange | null;
}

/** Rows that are read from a checkpoint. */
export interface ReadPiece extends Piece {
  readonly dtype: StoredType;
  /** Place of the first value in the tensor. */
  readonly firstElement: number;
  /** Bytes within the range that the job reads. */
  readonly start: number;
  readonly end: number;
}

export type Job =
  | { readonly kind: 'encode'; readonly input: InputRange; readonly pieces: readonly ReadPiece[]; readonly digest: boolean }
  | { readonly kind: 'digest'; readonly input: InputRange }
  | { readonly kind: 'fill'; readonly pieces: readonly Piece[]; readonly seed: number }
  | { readonly kind: 'hash'; readonly ranges: readonly OutputRange[] }; // prettier-ignore

/** SHA-256 in hexadecimal. */
export interface JobResult {
  /** Of the bytes read from the checkpoint, for jobs that are asked for it. */
  readonly input: string | null;
  /** Of the bytes of the shards that were hashed, or written in several places of a shard, in the order of `writesOf`. */
  readonly output: string | null;
}

/** What a thread needs to know once. */
export interface JobPlaces {
  readonly input: InputPlace | null;
  /** The folder of the shards. */
  readonly folder: string;
}
