// Pictures and frames, cut into patches -> image features, a few crops at a time. Each piece's features go to the tokens of
// the prompt at once, so that no more than one piece of them exists.

import type { ModelConfig, ProcessorConfig } from '../config.ts';
import { invariant } from '../errors.ts';
import { Arena, writeTensor } from '../gpu/arena.ts';
import type { Dispatch } from '../gpu/kernel.ts';
import type { GpuRunner } from '../gpu/runner.ts';
import { sliceRows, type Tensor } from '../gpu/tensor.ts';
import { normalizationTable } from '../kernels/rows/normalize-patches.ts';
import { imagePooling2d } from '../vision/image-pooling-2d.ts';
import { imageProjector } from '../vision/image-projector.ts';
import { imageVit, type VitScratch } from '../vision/image-vit.ts';
import {
  firstOfConnector,
  visionTensors,
  type PieceSize,
  type VisionScratch,
  type VisionTensors,
} from '../vision/vision-scratch.ts';
import type { Weights } from '../weights/store/weights.ts';

/** Crops whose patches are pooled together: all crops of a picture, or some frames. */
export interface VisualPiece {
  readonly patches: Uint8Array; // [F, P, patch values]
  readonly crops: number; // F
  readonly pooling: Int32Array; // [tokens, window] rows of the piece's patches, -1 = none
  readonly window: number;
}

/** Where features go: those of a piece [n, C], the first of which is the prompt's feature `first`. */
export interface FeatureSink {
  addFeatures(features: Tensor, first: number): Dispatch;
}

export interface EncodeOptions {
  readonly signal?: AbortSignal | undefined;
  /** Crops encoded so far. */
  readonly onCrops?: (done: number) => void;
  /** The features of a piece [n, C], for those who want to look at them; reading them back takes time. */
  readonly onFeatures?: ((values: Float32Array) => void) | undefined;
}

const batchBytes = 40 * 1024 * 1024; // for the widest activation of a batch
const mostCrops = 16;

/** Crops that go through the encoder at once. */
export function batchCrops({ vit }: ModelConfig): number {
  const widest = Math.max(vit.intermediateSize, vit.hiddenSize, vit.patchSize * vit.patchSize * 3);
  return Math.max(1, Math.min(mostCrops, Math.floor(batchBytes / (vit.numPatches * widest * 4))));
}

export class VisionEncoder {
  readonly #runner: GpuRunner;
  readonly #config: ModelConfig;
  readonly #weights: Weights;
  readonly #arena: Arena;
  readonly #tables: { readonly image: Tensor; readonly video: Tensor };
  readonly batchCrops: number;

  constructor(runner: GpuRunner, config: ModelConfig, processor: ProcessorConfig, weights: Weights) {
    this.#runner = runner;
    this.#config = config;
    this.#weights = weights;
    this.#arena = new Arena(runner.device, 'vision');
    const { image, video } = processor;
    this.#tables = {
      image: this.#arena.tensorOf('image values', [3, 256], normalizationTable(image.mean, image.std)),
      video: this.#arena.tensorOf('frame values', [3, 256], normalizationTable(video.mean, video.std)),
    };
    this.batchCrops = batchCrops(config);
  }

  /** The tensors for pieces up to the size of `largest`. */
  tensors(largest: PieceSize): VisionTensors {
    return visionTensors(this.#config, Math.min(this.batchCrops, largest.crops), largest);
  }

  /** Encodes pieces as they come; `tokens` is the sum of what they pool to. Throws the signal's own reason. */
  async encode(
    kind: 'image' | 'video',
    pieces: AsyncIterable<VisualPiece> | Iterable<VisualPiece>,
    tokens: number,
    scratch: VisionScratch,
    sink: FeatureSink,
    options: EncodeOptions = {},
  ): Promise<void> {
    let token = 0;
    let crops = 0;
    for await (const piece of pieces) {
      options.signal?.throwIfAborted();
      const onCrops = (done: number) => options.onCrops?.(crops + done);
      await this.#encodePiece(kind, piece, scratch, { sink, first: token }, { ...options, onCrops });
      token += piece.pooling.length / piece.window;
      crops += piece.crops;
    }
    invariant(token === tokens, `${token} image features for ${tokens} tokens`);
  }

  destroy(): void {
    this.#arena.destroy();
  }

  async #encodePiece(
    kind: 'image' | 'video',
    piece: VisualPiece,
    scratch: VisionScratch,
    to: { readonly sink: FeatureSink; readonly first: number },
    options: EncodeOptions,
  ): Promise<void> {
    const { kernels } = this.#runner;
    const tokens = piece.pooling.length / piece.window;
    const rows = piece.crops * this.#config.vit.numPatches;
    const taps = sliceRows(scratch.taps, 0, rows);
    await this.#encodeCrops(kind, piece, scratch.encoder, taps, options);
    const { windows, pooling, projector, features } = firstOfConnector(scratch.connector, rows, tokens);
    writeTensor(this.#runner.device, windows, piece.pooling);
    await this.#runner.run(
      [
        ...imagePooling2d(kernels, this.#config, this.#weights, taps, windows, pooling),
        ...imageProjector(kernels, this.#weights, pooling.pooled, projector, features),
        to.sink.addFeatures(features, to.first),
      ],
      options.signal,
    );
    if (options.onFeatures) options.onFeatures(new Float32Array(await this.#runner.read(features)));
  }

  async #encodeCrops(
    kind: 'image' | 'video',
    piece: VisualPiece,
    scratch: VitScratch,
    taps: Tensor,
    { signal, onCrops }: EncodeOptions,
  ): Promise<void> {
    const { vit } = this.#config;
    const cropBytes = piece.patches.byteLength / piece.crops;
    for (let first = 0; first < piece.crops; first += this.batchCrops) {
      const crops = Math.min(this.batchCrops, piece.crops - first);
      const bytes = piece.patches.subarray(first * cropBytes, (first + crops) * cropBytes);
      writeTensor(this.#runner.device, scratch.bytes, bytes);
      const list = imageVit(
        this.#runner.kernels,
        this.#config,
        this.#weights,
        this.#tables[kind],
        scratch,
        crops,
        { taps, row: first * vit.numPatches },
      );
      await this.#runner.run(list, signal);
      onCrops?.(first + crops);
    }
  }
}
