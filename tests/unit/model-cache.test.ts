// The cache's own logic over files in memory; tests/browser/cache-load.test.ts does the same over OPFS.

import { describe, expect, test } from 'vitest';
import { Molmo2Error } from '../../src/errors.ts';
import { bundleChunkList } from '../../src/weights/bundle/bundle-chunk.ts';
import { bundleChunks } from '../../src/weights/bundle/bundle-chunks.ts';
import { keptFiles, readManifest } from '../../src/weights/open/bundle-files.ts';
import { byteCount } from '../../src/weights/files/byte-count.ts';
import { cachedManifest, deleteFromCache, listCachedModels } from '../../src/weights/cache/cached-models.ts';
import { createCacheWriter } from '../../src/weights/cache/cache-writer.ts';
import { localFiles } from '../../src/weights/files/local-files.ts';
import { localChunks, sourceChunks } from '../../src/weights/open/local-bundle.ts';
import { cachedModels, deleteCachedModel } from '../../src/weights/cache/model-cache.ts';
import type { ModelFiles } from '../../src/weights/files/model-files.ts';
import { openCachedBundle } from '../../src/weights/cache/open-cached-bundle.ts';
import { persistenceNotice } from '../../src/weights/cache/persistence.ts';
import { memoryStore, type MemoryStore } from '../faults/memory-store.ts';
import { smallRecipe, testBundle, type BundleRecipe, type TestBundle } from '../faults/test-bundle.ts';

const { chunkBytes } = smallRecipe;
const url = 'https://example.org/m/';

function filesOf({ files }: TestBundle): ModelFiles {
  return localFiles(
    'm',
    Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, new File([bytes], name)])),
  );
}

const offline: ModelFiles = {
  label: 'm',
  read: () => Promise.reject(new Molmo2Error('network', 'no connection')),
  readRange: () => Promise.reject(new Molmo2Error('network', 'no connection')),
};

const open = async (store: MemoryStore, { manifest, manifestBytes }: TestBundle, name = 'm') =>
  openCachedBundle(store, { manifest, manifestBytes, name, url });

async function fill(store: MemoryStore, bundle: TestBundle, name = 'm'): Promise<readonly string[]> {
  const { bundle: cache, notices } = await open(store, bundle, name);
  const files = keptFiles(filesOf(bundle), cache);
  for (const file of ['config.json', 'tokenizer.json', 'generation_config.json']) await files.read(file);
  const chunks = localChunks(filesOf(bundle));
  for await (const _ of bundleChunks(chunks, bundle.manifest, { cache, chunkBytes }));
  await cache?.close();
  return [...notices, ...(cache?.notices ?? [])];
}

describe('without a connection', () => {
  test('a model that is kept whole gives its manifest, small files and chunks', async () => {
    const store = memoryStore();
    const bundle = await testBundle(smallRecipe);
    await fill(store, bundle);
    const found = await readManifest(offline, { store, url });
    expect(found?.bytes).toEqual(bundle.manifestBytes);
    expect(found?.notice).toContain('the copy on this machine was loaded');
    expect(await cachedManifest(store, { name: 'm' })).toEqual(bundle.manifestBytes);
    expect(await cachedManifest(store, { name: 'other' })).toBeNull();
    const { bundle: cache } = await open(store, bundle);
    const files = keptFiles(offline, cache);
    expect(await files.read('config.json')).toEqual(bundle.files['config.json']);
    expect(await files.read('generation_config.json')).toBeNull(); // known to be missing
    await expect(files.read('processor_config.json')).rejects.toThrow('no connection');
    let count = 0;
    for await (const _ of bundleChunks(localChunks(offline), bundle.manifest, { cache, chunkBytes })) count++;
    expect(count).toBe(9);
    await cache?.close();
  });

  test('a part of a model does not stand for it', async () => {
    const store = memoryStore();
    const bundle = await testBundle(smallRecipe);
    await (await open(store, bundle)).bundle?.close();
    await expect(readManifest(offline, { store, url })).rejects.toThrow('no connection');
    await expect(readManifest(offline, { store: null, url })).rejects.toThrow('no connection');
  });

  test('with one, the manifest of the source decides', async () => {
    const store = memoryStore();
    await fill(store, await testBundle(smallRecipe));
    const newer = await testBundle({ ...smallRecipe, seed: 2 });
    expect(await readManifest(filesOf(newer), { store, url })).toEqual({
      bytes: newer.manifestBytes,
      notice: null,
    });
    expect(await readManifest(localFiles('m', {}), { store, url })).toBeNull();
  });
});

describe('small files', () => {
  test('that are no JSON are not kept', async () => {
    const store = memoryStore();
    const bundle = await testBundle(smallRecipe);
    const { bundle: cache } = await open(store, bundle);
    const cut = localFiles('m', { 'config.json': new File(['{"a": '], 'config.json') });
    expect(await keptFiles(cut, cache).read('config.json')).toEqual(new TextEncoder().encode('{"a": '));
    expect(await cache?.readFile('config.json')).toBe('unknown');
    await cache?.close();
  });

  test('that were damaged in the cache are read again', async () => {
    const store = memoryStore();
    const bundle = await testBundle(smallRecipe);
    await fill(store, bundle);
    for (const [path, bytes] of store.content) if (path.endsWith('file-config.json')) bytes[0]! ^= 1;
    const { bundle: cache } = await open(store, bundle);
    expect(await keptFiles(filesOf(bundle), cache).read('config.json')).toEqual(bundle.files['config.json']);
    expect(await cache?.readFile('config.json')).toEqual(bundle.files['config.json']);
    await cache?.close();
  });
});

describe('the folder of a bundle', () => {
  test.each(['entry.json', 'manifest', 'chunks'])(
    'that lost its %s is made again or filled again',
    async (file) => {
      const store = memoryStore();
      const bundle = await testBundle(smallRecipe);
      await fill(store, bundle);
      for (const path of store.content.keys()) if (path.endsWith(`/${file}`)) store.content.delete(path);
      expect(await fill(store, bundle)).toEqual([]);
      const { bundle: cache } = await open(store, bundle);
      expect(cache?.missingBytes(bundleChunkList(bundle.manifest, chunkBytes))).toBe(0);
      await cache?.close();
    },
  );

  test('is replaced when its address gives another manifest', async () => {
    const store = memoryStore();
    await fill(store, await testBundle(smallRecipe));
    const newer = await testBundle({ ...smallRecipe, seed: 2 });
    await fill(store, newer);
    expect(await store.folders()).toHaveLength(1);
    expect(await cachedManifest(store, { url })).toEqual(newer.manifestBytes);
  });

  test('costs nothing but itself when the disk is full from the start', async () => {
    const store = memoryStore();
    store.quota = 100;
    const notices = await fill(store, await testBundle(smallRecipe), 'molmo');
    expect(notices).toEqual([
      expect.stringContaining(
        'There is not enough room to keep molmo on this machine: it needs 1 MB, and this site uses 0 MB of 1 MB.',
      ),
    ]);
  });

  test('is given up by a waiting load that is aborted', async () => {
    const store = memoryStore();
    const bundle = await testBundle(smallRecipe);
    const first = await open(store, bundle);
    const controller = new AbortController();
    let waits = 0;
    const second = openCachedBundle(store, {
      ...bundle,
      name: 'm',
      url,
      signal: controller.signal,
      onWait: () => {
        waits++;
        controller.abort(new Error('enough'));
      },
    });
    await expect(second).rejects.toThrow('enough');
    expect(waits).toBe(1);
    await first.bundle?.close();
  });
});

describe('a bundle that is made here', () => {
  const recipe: BundleRecipe = { seed: 5, shards: [chunkBytes * 2, 10], chunkBytes };
  const writer = async (store: MemoryStore, { manifest }: TestBundle) => {
    const made = await createCacheWriter(store, {
      key: 'k',
      name: 'mine',
      shards: manifest.shards,
      size: chunkBytes,
    });
    if (!made) throw new Error('the lock is taken');
    return made;
  };

  test('has zeros where nothing was written', async () => {
    const store = memoryStore();
    const bundle = await testBundle(recipe);
    const made = await writer(store, bundle);
    await made.append(0, 256, Uint8Array.of(1, 2, 3));
    await made.append(1, 4, Uint8Array.of(9));
    expect(await made.finish(() => bundle.manifestBytes, {})).toBe(true);
    const [folder] = await store.folders();
    const expected = new Uint8Array(2 * chunkBytes);
    expected.set([1, 2, 3], 256);
    expect(store.content.get(`${folder}/shard-0`)).toEqual(expected);
    expect(store.content.get(`${folder}/shard-1`)).toEqual(Uint8Array.of(0, 0, 0, 0, 9, 0, 0, 0, 0, 0));
    expect(await listCachedModels(store)).toMatchObject([{ name: 'mine', complete: true }]);
  });

  test('is nothing before it is finished, belongs to one writer, and leaves nothing when it is abandoned', async () => {
    const store = memoryStore();
    const bundle = await testBundle(recipe);
    const made = await writer(store, bundle);
    await made.append(0, 0, bundle.files['part-0.bin']!);
    expect(await listCachedModels(store)).toMatchObject([{ name: 'mine', complete: false }]);
    await expect(writer(store, bundle)).rejects.toThrow('the lock is taken');
    await expect(deleteFromCache(store, 'mine')).rejects.toMatchObject({ code: 'bad-request' });
    await made.abandon();
    expect(await store.folders()).toEqual([]);
    await (await writer(store, bundle)).abandon();
  });

  test('takes no room and tells so when there is too little', async () => {
    const store = memoryStore();
    store.quota = 70_000;
    const bundle = await testBundle(recipe);
    const made = await writer(store, bundle);
    await made.append(0, 0, bundle.files['part-0.bin']!);
    await made.append(1, 0, bundle.files['part-1.bin']!);
    expect(await made.finish(() => bundle.manifestBytes, {})).toBe(false);
    expect(made.notices).toEqual([expect.stringContaining('There is not enough room to keep mine')]);
    expect(await store.folders()).toEqual([]);
  });

  test('refuses bytes that go back or beyond a shard', async () => {
    const store = memoryStore();
    const made = await writer(store, await testBundle(recipe));
    await made.append(0, 100, Uint8Array.of(1));
    await expect(made.append(0, 100, Uint8Array.of(1))).rejects.toThrow(
      'bug: bytes of shard 0 at 100 come after 101',
    );
    await expect(made.append(1, 9, Uint8Array.of(1, 2))).rejects.toThrow('bug: shard 1 has only 10 bytes');
  });
});

describe('chunks of local files', () => {
  test.each([
    [
      'damaged',
      (bytes: Uint8Array<ArrayBuffer>) => bytes.map((byte, i) => (i === 70_000 ? byte ^ 1 : byte)),
      /is damaged: its SHA-256/,
    ],
    [
      'short',
      (bytes: Uint8Array<ArrayBuffer>) => bytes.slice(0, 70_000),
      /has 4464 of 65536 bytes: the file is shorter/,
    ],
    ['missing', () => null, /could not be read: m has no part-0.bin/],
  ])('a %s shard is a clear error', async (_, change, message) => {
    const bundle = await testBundle(smallRecipe);
    const changed = change(bundle.files['part-0.bin']!);
    const { 'part-0.bin': __, ...others } = bundle.files;
    const files = changed ? { ...others, 'part-0.bin': changed } : others;
    const read = async () => {
      const chunks = sourceChunks({ kind: 'files', label: 'm', files: {} }, filesOf({ ...bundle, files }));
      for await (const _chunk of bundleChunks(chunks, bundle.manifest, { chunkBytes }));
    };
    await expect(read()).rejects.toMatchObject({
      code: 'bad-bundle',
      message: expect.stringMatching(message),
    });
  });
});

test('Node keeps no models', async () => {
  expect(await cachedModels()).toEqual([]);
  expect(await deleteCachedModel('shapes')).toBe(false);
});

test('a refusal to persist is told only where room is short', () => {
  const room = { usage: 8e9, quota: 10e9 };
  expect(persistenceNotice(true, 'm', 3e9, room)).toBeNull();
  expect(persistenceNotice(false, 'm', 1e9, room)).toBeNull();
  expect(persistenceNotice(false, 'm', 3e9, null)).toBeNull();
  expect(persistenceNotice(false, 'm', 3e9, room)).toBe(
    'The browser may delete the kept model m (3.0 GB) when the disk fills up: it has set aside 10.0 GB for this site, of which 8.0 GB are used.',
  );
});

test.each([
  [0, '0 MB'],
  [1, '1 MB'],
  [812e6, '812 MB'],
  [999.6e6, '1.0 GB'],
  [3.14e9, '3.1 GB'],
])('%i bytes read as %s', (bytes, text) => {
  expect(byteCount(bytes)).toBe(text);
});
