// Pictures and frames, cut into patches -> image features, a few crops at a time. Each piece's features go to the tokens of
// the prompt at once, so that no more than one piece of them exists.

import type { ModelConfig, ProcessorConfig } from '../../config.ts';
import { invariant } from '../../errors.ts';
import { Arena, writeTensor } from '../../gpu/arena.ts';
import type { Dispatch } from '../../gpu/kernel.ts';
import type { GpuRunner } from '../../gpu/runner.ts';
import { matrixShape, sliceRows, type Tensor } from '../../gpu/tensor.ts';
import { normalizationTable } from '../../kernels/rows/normalize-patches.ts';
import { imagePooling2d } from '../../vision/image-pooling-2d.ts';
import { imageProjector } from '../../vision/image-projector.ts';
import { imageVit, type VitOutput, type VitScratch } from '../../vision/image-vit.ts';
import {
  firstOfConnector,
  visionTensors,
  type ConnectorScratch,
  type PieceSize,
  type VisionScratch,
  type VisionTensors,
} from '../../vision/vision-scratch.ts';
import type { Weights } from '../../weights/store/weights.ts';
import { batchCrops } from '../plan/prompt-memory.ts';
import type { KnownPiece, VisualPiece } from '../visual/visual-pieces.ts';
import type { VisualKind } from '../visual/visual-unit.ts';

/** Where features go: those of a piece [n, C], the first of which is the prompt's feature `first`. */
export interface FeatureSink {
  addFeatures(features: Tensor, first: number): Dispatch;
}

export interface EncodeOptions {
  readonly signal?: AbortSignal | undefined;
  /** Crops so far whose features are there. */
  readonly onCrops?: (done: number) => void;
  /**
   * The features of a piece [n, C], for those who look at them or keep a copy: the next piece overwrites them. `piece` is
   * null where they were known.
   */
  readonly onFeatures?: ((features: Tensor, piece: VisualPiece | null) => void | Promise<void>) | undefined;
}

export interface ConnectOptions {
  readonly signal?: AbortSignal | undefined;
  /** What is done with the features. */
  readonly use?: (features: Tensor) => Dispatch;
}

interface CropOptions {
  readonly signal: AbortSignal | undefined;
  /** Told about crops as they are encoded. */
  readonly onCrop: (count: number) => void;
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

  /**
   * Encodes pieces as they come, and passes on those that are known; `tokens` is the sum of what they pool to. Returns the
   * crops that were encoded. Throws the signal's own reason.
   */
  async encode(
    kind: VisualKind,
    pieces: AsyncIterable<VisualPiece | KnownPiece<Tensor>> | Iterable<VisualPiece | KnownPiece<Tensor>>,
    tokens: number,
    scratch: VisionScratch,
    sink: FeatureSink,
    options: EncodeOptions = {},
  ): Promise<number> {
    let token = 0;
    let encoded = 0;
    let done = 0;
    const { signal, onFeatures } = options;
    const onCrop = (count: number) => {
      done += count;
      options.onCrops?.(done);
    };
    /** Where the next features go. */
    const add = (features: Tensor) => {
      const first = token;
      token += matrixShape(features)[0];
      return sink.addFeatures(features, first);
    };
    for await (const piece of pieces) {
      signal?.throwIfAborted();
      if ('known' in piece) {
        await this.#runner.run(piece.known.map(add), signal);
        onCrop(piece.crops);
        for (const features of piece.known) await onFeatures?.(features, null);
      } else {
        const features = await this.#encodePiece(kind, piece, scratch, add, { signal, onCrop });
        encoded += piece.crops;
        await onFeatures?.(features, piece);
      }
    }
    invariant(token === tokens, `${token} image features for ${tokens} tokens`);
    return encoded;
  }

  /** Encodes crops of `bytes`, at most a batch, into rows of `output`. */
  async encodeBatch(
    kind: VisualKind,
    bytes: Uint8Array,
    crops: number,
    scratch: VitScratch,
    output: VitOutput,
    signal?: AbortSignal,
  ): Promise<void> {
    writeTensor(this.#runner.device, scratch.bytes, bytes);
    const { kernels } = this.#runner;
    const list = imageVit(kernels, this.#config, this.#weights, this.#tables[kind], scratch, crops, output);
    await this.#runner.run(list, signal);
  }

  /**
   * The features [tokens, C] of windows of `window` patches each, which `pooling` lists as rows of `taps`; the next overwrite
   * them. `use` says what is done with them in the same run.
   */
  async connect(
    taps: Tensor,
    pooling: Int32Array,
    window: number,
    connector: ConnectorScratch,
    { signal, use }: ConnectOptions = {},
  ): Promise<Tensor> {
    const { kernels } = this.#runner;
    const [rows] = matrixShape(taps);
    const tokens = pooling.length / window;
    const scratch = firstOfConnector(connector, rows, tokens);
    const { windows, projector, features } = scratch;
    writeTensor(this.#runner.device, windows, pooling);
    await this.#runner.run(
      [
        ...imagePooling2d(kernels, this.#config, this.#weights, taps, windows, scratch.pooling),
        ...imageProjector(kernels, this.#weights, scratch.pooling.pooled, projector, features),
        ...(use ? [use(features)] : []),
      ],
      signal,
    );
    return features;
  }

  destroy(): void {
    this.#arena.destroy();
  }

  async #encodePiece(
    kind: VisualKind,
    piece: VisualPiece,
    scratch: VisionScratch,
    add: (features: Tensor) => Dispatch,
    options: CropOptions,
  ): Promise<Tensor> {
    const rows = piece.crops * this.#config.vit.numPatches;
    const taps = sliceRows(scratch.taps, 0, rows);
    await this.#encodeCrops(kind, piece, scratch.encoder, taps, options);
    const { signal } = options;
    return this.connect(taps, piece.pooling, piece.window, scratch.connector, { signal, use: add });
  }

  async #encodeCrops(
    kind: VisualKind,
    piece: VisualPiece,
    scratch: VitScratch,
    taps: Tensor,
    { signal, onCrop }: CropOptions,
  ): Promise<void> {
    const cropBytes = piece.patches.byteLength / piece.crops;
    for (let first = 0; first < piece.crops; first += this.batchCrops) {
      const crops = Math.min(this.batchCrops, piece.crops - first);
      const bytes = piece.patches.subarray(first * cropBytes, (first + crops) * cropBytes);
      const output = { taps, row: first * this.#config.vit.numPatches };
      await this.encodeBatch(kind, bytes, crops, scratch, output, signal);
      onCrop(crops);
    }
  }
}
