// Loads bundles through OPFS as the model's worker does.

import { Molmo2Error } from '../../src/errors.ts';
import { bundleChunks } from '../../src/weights/bundle/bundle-chunks.ts';
import { listEntries } from '../../src/weights/cache/cache-entry.ts';
import type { CacheFolder, CacheStore } from '../../src/weights/cache/cache-store.ts';
import { cachedManifest } from '../../src/weights/cache/cached-models.ts';
import { createCacheWriter } from '../../src/weights/cache/cache-writer.ts';
import { noSource } from '../../src/weights/bundle/chunk-source.ts';
import { openCachedBundle } from '../../src/weights/cache/open-cached-bundle.ts';
import { opfsStore } from '../../src/weights/cache/opfs-store.ts';
import { loadRun } from '../faults/load-run.ts';
import { testBundle, type TestBundle } from '../faults/test-bundle.ts';
import type { CacheAnswer, CacheCommand } from './cache-protocol.ts';

const nothing: CacheAnswer = {
  right: false,
  error: null,
  notices: [],
  missingBytes: 0,
  abortMs: Infinity,
  bytes: null,
};

async function openStore(): Promise<CacheStore> {
  const store = await opfsStore();
  if (!store) throw new Error('this browser has no OPFS');
  return store;
}

/** The same store with a disk that is full after some bytes of shards. */
function smallStore(store: CacheStore, fullAfter: number): CacheStore {
  let written = 0;
  return {
    ...store,
    async folder(name, create) {
      const folder = await store.folder(name, create);
      return (
        folder && {
          ...folder,
          async open(file, mode) {
            const opened = await folder.open(file, mode);
            return {
              ...opened,
              async write(at, bytes) {
                if (file.startsWith('shard') && (written += bytes.length) > fullAfter)
                  throw new DOMException('no room', 'QuotaExceededError');
                await opened.write(at, bytes);
              },
            };
          },
        }
      );
    },
  };
}

function same(shards: readonly Uint8Array[] | null, { manifest, files }: TestBundle): boolean {
  return manifest.shards.every(({ file }, i) => {
    const shard = shards?.[i];
    return shard?.every((byte, at) => byte === files[file]![at]) === true;
  });
}

/** Ends the load that began last. */
let abort = () => {};

async function load(command: Extract<CacheCommand, { type: 'load' }>): Promise<CacheAnswer> {
  const { recipe, base, name, policy = {}, fullAfter = Infinity, slowMs = 0 } = command;
  const bundle = await testBundle(recipe);
  const controller = new AbortController();
  let abortedMs = 0;
  abort = () => {
    abortedMs = performance.now();
    controller.abort(new Error('enough'));
  };
  const { shards, error, notices, missingBytes } = await loadRun({
    base,
    bundle,
    name,
    chunkBytes: recipe.chunkBytes,
    store: smallStore(await openStore(), fullAfter),
    policy,
    options: { signal: controller.signal },
    onChunk: () => (slowMs > 0 ? new Promise((resolve) => setTimeout(resolve, slowMs)) : undefined),
  });
  const abortMs = performance.now() - abortedMs;
  return {
    ...nothing,
    right: same(shards, bundle),
    error: error === null ? null : described(error),
    notices,
    missingBytes,
    abortMs,
  };
}

async function folderOf(name: string): Promise<CacheFolder> {
  const found = (await listEntries(await openStore())).find(({ info }) => info?.name === name);
  if (!found) throw new Error(`nothing is kept as ${name}`);
  return found.folder;
}

async function flip(command: Extract<CacheCommand, { type: 'flip' }>): Promise<CacheAnswer> {
  const file = await (await folderOf(command.name)).open(command.file, 'write');
  const byte = new Uint8Array(1);
  await file.read(command.at, byte);
  await file.write(
    command.at,
    byte.map((value) => value ^ 1),
  );
  file.close();
  return nothing;
}

async function writeLocal(command: Extract<CacheCommand, { type: 'write-local' }>): Promise<CacheAnswer> {
  const { manifest, manifestBytes, files } = await testBundle(command.recipe);
  const { key, name, recipe } = command;
  const shards = manifest.shards.map(({ file, byteLength }) => ({ file, byteLength }));
  const writer = await createCacheWriter(await openStore(), { key, name, shards, size: recipe.chunkBytes });
  if (!writer) throw new Error('another tab writes it');
  for (const [i, { file }] of manifest.shards.entries())
    for (let at = 0; at < files[file]!.length; at += 50_000)
      await writer.append(i, at, files[file]!.subarray(at, at + 50_000));
  const kept = await writer.finish(
    (sha256) => {
      if (sha256.some((list, i) => list.join() !== manifest.shards[i]?.sha256.join()))
        throw new Error('wrong hashes');
      return manifestBytes;
    },
    { 'config.json': files['config.json']! },
  );
  return { ...nothing, right: kept, notices: writer.notices };
}

async function loadLocal(command: Extract<CacheCommand, { type: 'load-local' }>): Promise<CacheAnswer> {
  const store = await openStore();
  const bundle = await testBundle(command.recipe);
  const { chunkBytes } = command.recipe;
  const manifestBytes = await cachedManifest(store, { key: command.key });
  if (!manifestBytes) return { ...nothing, error: 'no such bundle is kept' };
  const { manifest } = bundle;
  const opened = await openCachedBundle(store, { manifestBytes, manifest, name: 'any', url: null });
  const shards = manifest.shards.map(({ byteLength }) => new Uint8Array(byteLength));
  let error: string | null = null;
  try {
    const options = { cache: opened.bundle, chunkBytes };
    for await (const { shard, index, bytes } of bundleChunks(noSource('local'), manifest, options))
      shards[shard]?.set(bytes, index * chunkBytes);
  } catch (cause) {
    error = described(cause);
  }
  await opened.bundle?.close();
  return { ...nothing, right: same(shards, bundle), error, notices: opened.notices };
}

async function run(command: CacheCommand): Promise<CacheAnswer> {
  switch (command.type) {
    case 'load':
      return load(command);
    case 'abort':
      abort();
      return nothing;
    case 'flip':
      return flip(command);
    case 'read':
      return { ...nothing, bytes: await (await folderOf(command.name)).read(command.file) };
    case 'write-local':
      return writeLocal(command);
    case 'load-local':
      return loadLocal(command);
  }
}

function described(error: unknown): string {
  return error instanceof Molmo2Error ? `${error.code}: ${error.message}` : String(error);
}

self.onmessage = ({ data }: MessageEvent<{ id: number; command: CacheCommand }>) => {
  void run(data.command)
    .catch((cause: unknown): CacheAnswer => ({ ...nothing, error: described(cause) }))
    .then((answer) => self.postMessage({ id: data.id, answer }));
};
