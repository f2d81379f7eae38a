// Pictures and frames, cut into patches -> image features on the GPU, a few crops at a time.

import type { ModelConfig, ProcessorConfig } from '../config.ts';
import { invariant } from '../errors.ts';
import { Arena, writeTensor } from '../gpu/arena.ts';
import type { GpuRunner } from '../gpu/runner.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { normalizationTable } from '../kernels/normalize-patches.ts';
import { imagePooling2d, poolingScratch } from '../vision/image-pooling-2d.ts';
import { imageProjector, projectorScratch } from '../vision/image-projector.ts';
import { imageVit, vitScratch, type VitScratch } from '../vision/image-vit.ts';
import type { Weights } from '../weights/weights.ts';

/** Crops whose patches are pooled together: all crops of a picture, or some frames. */
export interface VisualPiece {
  readonly patches: Uint8Array; // [F, P, patch values]
  readonly crops: number; // F
  readonly pooling: Int32Array; // [tokens, window] rows of the piece's patches, -1 = none
  readonly window: number;
}

/** Image features in the order of the prompt's `<im_patch>` tokens. Whoever asked for them destroys them. */
export interface VisualFeatures {
  readonly features: Tensor; // [tokens, C]
  readonly tokens: number;
  destroy(): void;
}

export interface EncodeOptions {
  readonly signal?: AbortSignal | undefined;
  /** Crops encoded so far. */
  readonly onCrops?: (done: number) => void;
}

const scratchBytes = 64 * 1024 * 1024; // for the widest activation of a batch
const mostCrops = 16;

export class VisionEncoder {
  readonly #runner: GpuRunner;
  readonly #config: ModelConfig;
  readonly #weights: Weights;
  readonly #arena: Arena;
  readonly #tables: { readonly image: Tensor; readonly video: Tensor };
  /** Crops that go through the encoder at once. */
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
    const { vit } = config;
    const widest = Math.max(vit.intermediateSize, vit.hiddenSize, vit.patchSize * vit.patchSize * 3);
    this.batchCrops = Math.max(
      1,
      Math.min(mostCrops, Math.floor(scratchBytes / (vit.numPatches * widest * 4))),
    );
  }

  /** Encodes pieces as they come; `tokens` is the sum of what they pool to. Throws the signal's own reason. */
  async encode(
    kind: 'image' | 'video',
    pieces: AsyncIterable<VisualPiece> | Iterable<VisualPiece>,
    tokens: number,
    options: EncodeOptions = {},
  ): Promise<VisualFeatures> {
    const output = new Arena(this.#runner.device, 'features');
    const work = new Arena(this.#runner.device, 'vit');
    try {
      const features = output.tensor('image features', [tokens, this.#config.text.hiddenSize]);
      const scratch = vitScratch(this.#config, work, this.batchCrops);
      let token = 0;
      let crops = 0;
      for await (const piece of pieces) {
        options.signal?.throwIfAborted();
        const onCrops = (done: number) => options.onCrops?.(crops + done);
        await this.#encodePiece(kind, piece, scratch, { features, row: token }, { ...options, onCrops });
        token += piece.pooling.length / piece.window;
        crops += piece.crops;
      }
      invariant(token === tokens, `${token} image features for ${tokens} tokens`);
      return { features, tokens, destroy: () => output.destroy() };
    } catch (error) {
      output.destroy();
      throw error;
    } finally {
      work.destroy();
    }
  }

  destroy(): void {
    this.#arena.destroy();
  }

  async #encodePiece(
    kind: 'image' | 'video',
    piece: VisualPiece,
    scratch: VitScratch,
    output: { features: Tensor; row: number },
    options: EncodeOptions,
  ): Promise<void> {
    const { vit, adapter } = this.#config;
    const arena = new Arena(this.#runner.device, 'pooling');
    try {
      const tokens = piece.pooling.length / piece.window;
      const taps = arena.tensor('taps', [
        piece.crops * vit.numPatches,
        vit.hiddenSize * adapter.vitLayers.length,
      ]);
      await this.#encodeCrops(kind, piece, scratch, taps, options);
      const windows = arena.tensorOf('windows', [tokens, piece.window], piece.pooling);
      const pooling = poolingScratch(this.#config, arena, taps, tokens);
      await this.#runner.run(
        [
          ...imagePooling2d(this.#runner.kernels, this.#config, this.#weights, taps, windows, pooling),
          ...imageProjector(
            this.#runner.kernels,
            this.#weights,
            pooling.pooled,
            projectorScratch(this.#config, arena, tokens),
            output.features,
            output.row,
          ),
        ],
        options.signal,
      );
    } finally {
      arena.destroy();
    }
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
        {
          taps,
          row: first * vit.numPatches,
        },
      );
      await this.#runner.run(list, signal, (share) => onCrops?.(Math.floor(first + share * crops)));
    }
  }
}
