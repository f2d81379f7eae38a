// A model whose small files are read and whose weights are about to be: the same for folders and bundles.

import type { LoadPause } from '../../load-pause.ts';
import type { ExpectedTensor, GpuStore } from '../store/gpu-store.ts';
import type { ModelSettings } from '../files/model-settings.ts';

/** Where the stored bytes of tensors go. */
export interface WeightSink {
  /** Bytes of a tensor's stored form from `byteOffset` on, which are copied before this returns. */
  write(name: string, byteOffset: number, bytes: Uint8Array): void;
  /** Resolves when what was written so far has gone where it belongs. */
  settled(): Promise<unknown>;
}

export interface FillOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes read so far, and all that will be read. */
  readonly onBytes?: ((done: number, total: number) => void) | undefined;
  /** Nothing more is read while it is paused. */
  readonly pausing?: LoadPause | undefined;
}

export interface OpenedModel {
  /** The model's name, folder or URL. */
  readonly label: string;
  readonly settings: ModelSettings;
  /** Every stored tensor, in the format that it will have on the GPU. */
  readonly tensors: ReadonlyMap<string, ExpectedTensor>;
  /** Tensors that equal a stored one: their name -> the stored one's. */
  readonly aliases: ReadonlyMap<string, string>;
  /** Bytes that have to be fetched or read, without what this machine keeps already. */
  readonly downloadBytes: number;
  /** Streams the stored bytes to anywhere, as `fill` does; null where it takes a GPU to make them. */
  readonly pour: ((sink: WeightSink, options: FillOptions) => Promise<readonly string[]>) | null;
  /** Streams the weights into the store. Returns things worth telling. Throws the signal's own reason. */
  fill(device: GPUDevice, store: GpuStore, options: FillOptions): Promise<readonly string[]>;
  /** Gives locks and handles back, whether the weights were read or not. */
  close(): Promise<void>;
}
