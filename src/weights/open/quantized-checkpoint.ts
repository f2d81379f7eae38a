// An official checkpoint that is quantised on the GPU while it streams, and kept as a bundle where the browser can.

import { settle } from '#gpu/instance';
import { untilResumed } from '../../load-pause.ts';
import { planBundle, type BundlePlan, type BundleWeights } from '../bundle/bundle-plan.ts';
import { createCacheWriter, type CacheWriter } from '../cache/cache-writer.ts';
import type { CacheStore } from '../cache/cache-store.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { checkpointSlices, readAhead } from '../checkpoint/checkpoint-slices.ts';
import { checkFinite } from '../checkpoint/finite-values.ts';
import { floats } from '../checkpoint/safetensors.ts';
import { checkedTensors, checkLength, type FileTensor } from '../checkpoint/checkpoint-tensors.ts';
import { GpuQuantizer } from '../store/gpu-quantizer.ts';
import type { GpuStore } from '../store/gpu-store.ts';
import { manifestText, type BundleTensor } from '../bundle/manifest.ts';
import type { ModelFiles } from '../files/model-files.ts';
import { optionalFiles, requiredFiles } from '../files/model-settings.ts';
import type { FillOptions, OpenedModel } from './opened-model.ts';
import { expectedTensors } from '../checkpoint/tensor-names.ts';

export interface QuantizeOptions {
  readonly weights: BundleWeights;
  /** Where the result is kept; null keeps nothing. */
  readonly store: CacheStore | null;
  /** What the kept bundle is found by. */
  readonly key: string;
  readonly name: string;
}

/** Throws `bad-checkpoint` naming what is missing or wrong. */
export function quantizedCheckpoint(checkpoint: Checkpoint, options: QuantizeOptions): OpenedModel {
  const wanted = new Map(checkedTensors(checkpoint).map((tensor) => [tensor.name, tensor]));
  const plan = planBundle(expectedTensors(checkpoint.config), options.weights);
  return {
    label: checkpoint.files.label,
    settings: checkpoint,
    tensors: new Map(plan.tensors.map(({ name, shape, format }) => [name, { shape, format }])),
    aliases: new Map(),
    downloadBytes: [...wanted.values()].reduce((sum, tensor) => sum + tensor.end - tensor.start, 0),
    pour: null,
    fill: (device, store, fillOptions) => fill(device, store, checkpoint, wanted, plan, options, fillOptions),
    close: async () => {},
  };
}

async function fill(
  device: GPUDevice,
  store: GpuStore,
  checkpoint: Checkpoint,
  wanted: ReadonlyMap<string, FileTensor>,
  plan: BundlePlan,
  { store: cacheStore, key, name }: QuantizeOptions,
  fillOptions: FillOptions,
): Promise<readonly string[]> {
  const writer = cacheStore && (await createCacheWriter(cacheStore, { key, name, shards: plan.shards }));
  const quantizer = new GpuQuantizer(device, store);
  try {
    await quantizeAll(device, store, quantizer, checkpoint, wanted, plan, writer, fillOptions);
    if (writer) await finishCache(writer, plan, checkpoint.files, fillOptions.signal);
    return writer?.notices ?? [];
  } catch (error) {
    await writer?.abandon();
    throw error;
  } finally {
    quantizer.destroy();
  }
}

const readsAhead = 3;

async function quantizeAll(
  device: GPUDevice,
  store: GpuStore,
  quantizer: GpuQuantizer,
  { files }: Checkpoint,
  wanted: ReadonlyMap<string, FileTensor>,
  plan: BundlePlan,
  writer: CacheWriter | null,
  { signal, onBytes, pausing }: FillOptions,
): Promise<void> {
  const tensors = plan.tensors.flatMap(({ name }) => wanted.get(name) ?? []);
  const slices = checkpointSlices(tensors);
  const total = slices.reduce((sum, { start, end }) => sum + end - start, 0);
  const places = new Map(plan.tensors.map((tensor) => [tensor.name, tensor]));
  let done = 0;
  const read = async (slice: (typeof slices)[number]) => {
    await untilResumed(pausing, signal);
    return { slice, bytes: await files.readRange(slice.tensor.file, slice.start, slice.end, signal) };
  };
  for await (const { slice, bytes } of readAhead(slices, read, readsAhead)) {
    signal?.throwIfAborted();
    const { tensor, firstRow, rows, start, end } = slice;
    checkLength(bytes, { ...tensor, start, end }, files.label);
    const place = places.get(tensor.name);
    if (place?.format === 'f32') {
      checkFinite(floats(bytes, tensor.dtype), tensor);
      quantizer.writeVector(tensor.name, tensor.dtype, bytes);
    } else await quantizer.writeRows(tensor.name, { firstRow, rows, type: tensor.dtype, bytes });
    done += bytes.byteLength;
    onBytes?.(done, total);
    if (writer && place && end === tensor.end) await keep(store, writer, place, signal);
  }
  // The kernels tell the tensor; which value it is, only a second look can say.
  await quantizer.finish(async (name) => {
    for (const slice of slices.filter(({ tensor }) => tensor.name === name)) {
      const { bytes } = await read(slice);
      const first = (slice.tensor.shape[1] ?? 1) * slice.firstRow;
      checkFinite(floats(bytes, slice.tensor.dtype), slice.tensor, first);
    }
  });
  await settle(device.queue.onSubmittedWorkDone());
}

const readbackBytes = 8 * 1024 * 1024;

/** Brings a finished tensor back from the GPU, piece by piece, and hands it to the cache. */
async function keep(
  store: GpuStore,
  writer: CacheWriter,
  { name, shard, byteOffset, byteLength }: BundleTensor,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let from = 0; from < byteLength; from += readbackBytes) {
    signal?.throwIfAborted();
    const bytes = await store.read(name, from, Math.min(readbackBytes, byteLength - from));
    await writer.append(shard, byteOffset + from, bytes);
  }
}

async function finishCache(
  writer: CacheWriter,
  plan: BundlePlan,
  files: ModelFiles,
  signal: AbortSignal | undefined,
): Promise<void> {
  const small: Record<string, Uint8Array<ArrayBuffer>> = {};
  for (const name of [...requiredFiles, ...optionalFiles]) {
    const bytes = await files.read(name, signal);
    if (bytes) small[name] = bytes;
  }
  await writer.finish((sha256) => {
    const shards = plan.shards.map((shard, i) => ({ ...shard, sha256: sha256[i] ?? [] }));
    const text = manifestText({ shards, tensors: plan.tensors, aliases: plan.aliases });
    return new TextEncoder().encode(text);
  }, small);
}
