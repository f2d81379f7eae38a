// A model source -> a model whose weights can be streamed: a bundle, a checkpoint as it is, or one to be quantised.

import { openFiles } from '#weights/source/open-files';
import { openStore } from '#weights/cache/open-store';
import { Molmo2Error } from '../errors.ts';
import { keptFiles, readManifest } from './open/bundle-files.ts';
import { bundleModel } from './open/bundle-model.ts';
import type { CacheStore } from './cache/cache-store.ts';
import { cachedManifest } from './cache/cached-models.ts';
import { openCheckpoint, type Checkpoint } from './checkpoint/checkpoint.ts';
import { noSource, type ChunkSource } from './bundle/chunk-source.ts';
import { exactCheckpoint } from './open/exact-checkpoint.ts';
import { checkpointKey } from './cache/checkpoint-key.ts';
import type { WeightFormat } from './formats/formats.ts';
import { sourceChunks } from './open/local-bundle.ts';
import { parseManifest, type BundleManifest } from './bundle/manifest.ts';
import type { OnWait } from './fetch/retry.ts';
import type { ModelFiles } from './files/model-files.ts';
import { readSettings } from './files/model-settings.ts';
import type { ModelSource } from './source/model-source.ts';
import { openCachedBundle } from './cache/open-cached-bundle.ts';
import type { OpenedModel } from './open/opened-model.ts';
import { quantizedCheckpoint } from './open/quantized-checkpoint.ts';

export interface OpenModelOptions {
  /** Format of a checkpoint's decoder matrices on the GPU; a bundle has its own. */
  readonly weights: WeightFormat;
  /** Whether models may be kept on this machine. */
  readonly cache: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Told why nothing happens for a while. */
  readonly onWait?: OnWait;
}

/** Throws `unknown-model`, `bad-checkpoint`, `bad-bundle`, `unsupported-model` or `network`. */
export async function openModel(source: ModelSource, options: OpenModelOptions): Promise<OpenedModel> {
  const { cache, signal, onWait } = options;
  const files = openFiles(source, onWait);
  if (source.kind === 'kept') return openByName(files, signal);
  // Without its query: a signed address is another one every time.
  const url = source.kind === 'folder-url' ? source.label : null;
  const store = cache && source.kind !== 'path' && source.kind !== 'urls' ? await openStore() : null;
  const found = await readManifest(files, { store, url, ...(signal && { signal }) });
  // A server that answers with a page in place of a missing file has no bundle.
  if (!found || found.bytes[0] === htmlStart) return openFolder(files, store, options);
  const bundle = {
    bytes: found.bytes,
    source: sourceChunks(source, files, { policy: { onWait } }),
    url,
    name: source.label,
  };
  return openBundle(files, url === null ? null : store, bundle, found.notice, signal);
}

/** A model that the browser keeps whole, without asking where it came from. */
async function openByName(files: ModelFiles, signal: AbortSignal | undefined): Promise<OpenedModel> {
  const { label: name } = files;
  const store = await openStore();
  const bytes = store && (await cachedManifest(store, { name }));
  if (bytes)
    return openBundle(files, store, { bytes, source: noSource(name), url: null, name }, null, signal);
  throw new Molmo2Error(
    'unknown-model',
    `No model "${name}" is kept whole here. Load it from where it comes from; cachedModels() tells what is kept.`,
  );
}

const htmlStart = 0x3c; // "<"

/** Throws `bad-bundle` for a file of this machine that is shorter than the manifest says, before memory is taken for it. */
async function checkLengths(files: ModelFiles, { shards }: BundleManifest): Promise<void> {
  for (const { file, byteLength } of shards) {
    const found = (await files.byteLength?.(file)) ?? byteLength;
    if (found >= byteLength) continue;
    throw new Molmo2Error(
      'bad-bundle',
      `${file} of ${files.label} has ${found} bytes: the file is shorter than the ${byteLength} bytes of the manifest. Copy or convert the bundle again.`,
    );
  }
}

interface BundleBytes {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly source: ChunkSource;
  readonly url: string | null;
  readonly name: string;
}

async function openBundle(
  files: ModelFiles,
  store: CacheStore | null,
  { bytes, source, url, name }: BundleBytes,
  notice: string | null,
  signal: AbortSignal | undefined,
): Promise<OpenedModel> {
  const manifest = parseManifest(bytes, files.label);
  await checkLengths(files, manifest);
  const request = { manifestBytes: bytes, manifest, name, url, signal };
  const opened = store ? await openCachedBundle(store, request) : { bundle: null, notices: [] };
  try {
    const settings = await readSettings(keptFiles(files, opened.bundle), signal);
    const notices = [...(notice === null ? [] : [notice]), ...opened.notices];
    return bundleModel({ label: files.label, manifest, settings, source, cache: opened.bundle, notices });
  } catch (error) {
    await opened.bundle?.close();
    throw error;
  }
}

async function openFolder(
  files: ModelFiles,
  store: CacheStore | null,
  { weights, signal }: OpenModelOptions,
): Promise<OpenedModel> {
  const checkpoint = await openCheckpoint(files, signal);
  if (weights === 'f32') return exactCheckpoint(checkpoint);
  const key = store && (await checkpointKey(checkpoint, weights, signal));
  const name = `${files.label} (${weights})`;
  const kept = store && key !== null ? await openKept(checkpoint, store, key, name, signal) : null;
  return kept ?? quantizedCheckpoint(checkpoint, { weights, store, key: key ?? '', name });
}

/** The bundle that an earlier load made of the same checkpoint, or null. */
async function openKept(
  checkpoint: Checkpoint,
  store: CacheStore,
  key: string,
  name: string,
  signal: AbortSignal | undefined,
): Promise<OpenedModel | null> {
  const bytes = await cachedManifest(store, { key });
  if (!bytes) return null;
  return openBundle(
    checkpoint.files,
    store,
    { bytes, source: noSource(name), url: null, name },
    null,
    signal,
  );
}
