// A bundle, wherever it lies: verified chunks -> GPU, through the cache where the browser has one.

import { settle } from '#gpu/instance';
import { Molmo2Error } from '../../errors.ts';
import { bundleChunkList } from '../bundle/bundle-chunk.ts';
import { bundleProblems } from '../bundle/bundle-check.ts';
import { bundleChunks } from '../bundle/bundle-chunks.ts';
import type { CachedBundle } from '../cache/cached-bundle.ts';
import type { ChunkSource } from '../bundle/chunk-source.ts';
import { findTensor, type BundleManifest, type BundleTensor } from '../bundle/manifest.ts';
import type { ModelSettings } from '../files/model-settings.ts';
import type { FillOptions, OpenedModel, WeightSink } from './opened-model.ts';
import { expectedTensors } from '../checkpoint/tensor-names.ts';
import { pieceProblem } from '../bundle/finite-pieces.ts';
import { tensorPieces, type TensorPiece } from '../bundle/tensor-pieces.ts';

export interface BundleParts {
  readonly label: string;
  readonly manifest: BundleManifest;
  readonly settings: ModelSettings;
  readonly source: ChunkSource;
  readonly cache: CachedBundle | null;
  readonly notices: readonly string[];
}

/** Throws `bad-bundle` when the tensors are not those that config.json asks for. */
export function bundleModel({ label, manifest, settings, source, cache, notices }: BundleParts): OpenedModel {
  const expected = expectedTensors(settings.config);
  const [problem, ...others] = bundleProblems(manifest, expected);
  if (problem)
    throw new Molmo2Error(
      'bad-bundle',
      `${label} does not fit its config.json: ${problem}${others.length > 0 ? ` (And ${others.length} more.)` : ''} Convert the checkpoint again.`,
    );
  const chunks = bundleChunkList(manifest);
  const total = manifest.shards.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const pour = async (sink: WeightSink, options: FillOptions): Promise<readonly string[]> => {
    await pourChunks(sink, manifest, source, cache, options);
    return [...notices, ...(cache?.notices ?? [])];
  };
  return {
    label,
    settings,
    tensors: new Map(manifest.tensors.map(({ name, shape, format }) => [name, { shape, format }])),
    aliases: new Map(
      [...manifest.aliases.keys()].map((name) => [name, findTensor(manifest, name)?.name ?? name]),
    ),
    downloadBytes: cache?.missingBytes(chunks) ?? total,
    pour,
    fill: (device, store, options) =>
      pour(
        {
          write: (name, byteOffset, bytes) => store.write(name, byteOffset, bytes),
          settled: () => settle(device.queue.onSubmittedWorkDone()),
        },
        options,
      ),
    close: async () => cache?.close(),
  };
}

function refuseNotFinite(
  piece: TensorPiece,
  tensor: BundleTensor | undefined,
  shard: number,
  { shards }: BundleManifest,
): void {
  const problem = tensor ? pieceProblem(tensor, piece) : null;
  if (problem !== null)
    throw new Molmo2Error(
      'bad-bundle',
      `${shards[shard]?.file ?? ''}: ${problem}. Convert the checkpoint again from undamaged files.`,
    );
}

// The queue copies what it is given. Two windows of this many bytes may be with it, so that it is never idle; with the
// chunks that are on their way (42 MB) that stays below 64 MB.
const windowBytes = 8 * 1024 * 1024;

async function pourChunks(
  sink: WeightSink,
  manifest: BundleManifest,
  source: ChunkSource,
  cache: CachedBundle | null,
  { signal, onBytes, pausing }: FillOptions,
): Promise<void> {
  const piecesOf = tensorPieces(manifest);
  // Few bytes in every bundle, and the ones whose values `convert` once kept unseen.
  const exact = new Map(
    manifest.tensors.flatMap((one) => (one.format === 'f32' ? [[one.name, one] as const] : [])),
  );
  let earlier: Promise<unknown> = Promise.resolve();
  let written = 0;
  for await (const chunk of bundleChunks(source, manifest, { cache, signal, onBytes, pausing })) {
    for (const piece of piecesOf(chunk)) {
      refuseNotFinite(piece, exact.get(piece.name), chunk.shard, manifest);
      sink.write(piece.name, piece.byteOffset, piece.bytes);
    }
    written += chunk.bytes.byteLength;
    if (written < windowBytes) continue;
    const done = sink.settled();
    done.catch(() => {}); // reported when it is waited for
    await earlier;
    earlier = done;
    written = 0;
  }
  await earlier;
}
