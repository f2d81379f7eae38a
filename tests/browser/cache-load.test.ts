import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cachedModels, deleteCachedModel } from '../../src/weights/cache/model-cache.ts';
import { honest, type Fault, type Schedule } from '../faults/schedule.ts';
import { smallRecipe, type BundleRecipe } from '../faults/test-bundle.ts';
import { cacheClient, remoteRun, untilServed, type CacheClient, type RemoteRun } from './cache-client.ts';

const recipe = smallRecipe;
const chunks = 9;
const given = 5;
// A browser opens six connections to a server at most, so silence on all of them would also silence the test's own questions.
const someStall: Schedule = {
  faults: Array<Fault>(given).fill({ kind: 'honest' }),
  after: { kind: 'stall', at: 0.5 },
};
const clients: CacheClient[] = [];

function client(): CacheClient {
  const made = cacheClient();
  clients.push(made);
  return made;
}

const requests = async (run: RemoteRun) => (await run.state()).served.length;
const load = (base: string, name = 'm') => ({ type: 'load', base, recipe, name }) as const;
const loaded = { right: true, error: null, notices: [] };

async function empty(): Promise<void> {
  const root = await navigator.storage.getDirectory();
  for await (const name of root.keys()) await root.removeEntry(name, { recursive: true });
}

beforeEach(empty);
afterEach(() => {
  for (const each of clients.splice(0)) each.end();
});

describe('a model that is loaded twice', () => {
  test('comes from the cache the second time', async () => {
    const run = await remoteRun(recipe, honest);
    const worker = client();
    expect(await worker.do(load(run.base))).toMatchObject({ ...loaded, missingBytes: 496_609 });
    expect(await requests(run)).toBe(chunks);
    expect(await worker.do(load(run.base))).toMatchObject({ ...loaded, missingBytes: 0 });
    expect(await requests(run)).toBe(chunks);
  });

  test('goes on where a dead server left it', async () => {
    const faults = Array(4).fill({ kind: 'honest' }) as Schedule['faults'];
    const run = await remoteRun(recipe, { faults, after: { kind: 'cut', at: 0 } });
    const worker = client();
    const policy = { firstWaitMs: 1, failures: 2 };
    const first = await worker.do({ ...load(run.base), policy });
    expect(first).toMatchObject({ right: false, error: expect.stringContaining('network: ') });
    const before = await requests(run);
    await run.reschedule(honest);
    const second = await worker.do(load(run.base));
    expect(second).toMatchObject(loaded);
    expect(second.missingBytes).toBeLessThan(496_609);
    expect((await requests(run)) - before).toBe(chunks - 4);
  });

  test('goes on where an abort left it, and the abort takes less than 100 ms', async () => {
    const run = await remoteRun(recipe, someStall);
    const worker = client();
    const end = worker.do(load(run.base));
    await untilServed(run, chunks, given);
    // What has left the server is kept a little later.
    await new Promise((resolve) => setTimeout(resolve, 300));
    await worker.do({ type: 'abort' });
    const first = await end;
    expect(first).toMatchObject({ right: false, error: 'Error: enough' });
    expect(first.abortMs).toBeLessThan(100);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { open, served } = await run.state();
    expect(open).toBe(0);
    await run.reschedule(honest);
    expect(await worker.do(load(run.base))).toMatchObject(loaded);
    expect(await requests(run)).toBe(served.length + chunks - given);
  });

  test('fetches a damaged chunk again, and only that one', async () => {
    const run = await remoteRun(recipe, honest);
    const worker = client();
    await worker.do(load(run.base));
    await worker.do({ type: 'flip', name: 'm', file: 'shard-0', at: 70_000 });
    expect(await worker.do(load(run.base))).toMatchObject(loaded);
    const { served } = await run.state();
    expect(served.slice(chunks).map(({ file, range }) => [file, range])).toEqual([
      ['part-0.bin', 'bytes=65536-131071'],
    ]);
    expect(await worker.do(load(run.base))).toMatchObject(loaded);
    expect(await requests(run)).toBe(chunks + 1);
  });

  test('forgets a damaged chunk that cannot be fetched', async () => {
    const run = await remoteRun(recipe, honest);
    const worker = client();
    await worker.do(load(run.base));
    await worker.do({ type: 'flip', name: 'm', file: 'shard-2', at: 0 });
    await run.reschedule({ faults: [], after: { kind: 'status', status: 404 } });
    expect((await worker.do(load(run.base))).error).toContain('bad-bundle: ');
    const { bytes } = await worker.do({ type: 'read', name: 'm', file: 'chunks' });
    const isThere = Array.from({ length: chunks }, (_, i) =>
      (bytes ?? new Uint8Array()).subarray(16 * i, 16 * (i + 1)).some((byte) => byte !== 0),
    );
    expect(isThere).toEqual([true, true, true, true, true, true, false, true, true]);
    expect((await cachedModels())[0]?.complete).toBe(false);
  });

  test('leaves nothing of what the same address gave before', async () => {
    const run = await remoteRun(recipe, honest);
    const worker = client();
    await worker.do(load(run.base));
    // The address gives a new manifest now; that the shards are not its own is another matter.
    const newer: BundleRecipe = { ...recipe, seed: 2 };
    const end = await worker.do({ ...load(run.base), recipe: newer, policy: { firstWaitMs: 1 } });
    expect(end.error).toContain('arrived wrong 3 times');
    expect(await cachedModels()).toMatchObject([{ name: 'm', complete: false }]);
    expect(await worker.do(load(run.base))).toMatchObject({ ...loaded, missingBytes: 496_609 });
  });
});

describe('two tabs', () => {
  test('that load the same model at once fetch every chunk once', async () => {
    const run = await remoteRun(recipe, honest);
    const [one, two] = [client(), client()];
    const ends = await Promise.all([one, two].map((each) => each.do({ ...load(run.base), slowMs: 5 })));
    expect(ends).toMatchObject([loaded, loaded]);
    expect(await requests(run)).toBe(chunks);
    expect(new Set(ends.map(({ missingBytes }) => missingBytes))).toEqual(new Set([0, 496_609]));
  });

  test('read a complete model side by side', async () => {
    const run = await remoteRun(recipe, honest);
    const [one, two] = [client(), client()];
    await one.do(load(run.base));
    const ends = await Promise.all([one, two].map((each) => each.do({ ...load(run.base), slowMs: 20 })));
    expect(ends).toMatchObject([loaded, loaded]);
    expect(await requests(run)).toBe(chunks);
  });

  test('go on when the tab that was storing the model is closed', async () => {
    const run = await remoteRun(recipe, someStall);
    const [one, two] = [client(), client()];
    void one.do(load(run.base));
    await untilServed(run, chunks);
    const second = two.do(load(run.base));
    await run.reschedule(honest);
    await new Promise((resolve) => setTimeout(resolve, 200));
    one.end();
    expect(await second).toMatchObject(loaded);
    expect(await requests(run)).toBe(chunks + chunks - 5);
  });

  test('that find a chunk damaged at once both load right', async () => {
    const run = await remoteRun(recipe, honest);
    const [one, two] = [client(), client()];
    await one.do(load(run.base));
    await one.do({ type: 'flip', name: 'm', file: 'shard-0', at: 1 });
    const ends = await Promise.all([one, two].map((each) => each.do({ ...load(run.base), slowMs: 5 })));
    expect(ends).toMatchObject([{ right: true }, { right: true }]);
    await one.do(load(run.base));
    const before = await requests(run);
    expect(await one.do(load(run.base))).toMatchObject(loaded);
    expect(await requests(run)).toBe(before);
  });
});

describe('a full disk', () => {
  test('costs the copy and not the load, and is told with numbers', async () => {
    const run = await remoteRun(recipe, honest);
    const worker = client();
    const end = await worker.do({ ...load(run.base), fullAfter: 200_000 });
    expect(end).toMatchObject({ right: true, error: null });
    expect(end.notices).toEqual([
      expect.stringMatching(
        /^There is not enough room to keep m on this machine: it needs 1 MB, and this site uses \d+ MB of .+ [MG]B\. .+ delete cached models\.$/,
      ),
    ]);
    expect((await cachedModels())[0]).toMatchObject({ name: 'm', complete: false });
    // What fitted is used.
    expect(await worker.do(load(run.base))).toMatchObject(loaded);
    expect(await requests(run)).toBe(chunks + chunks - 3);
  });
});

describe('the list of kept models', () => {
  test('gives names and sizes, and deletes', async () => {
    expect(await cachedModels()).toEqual([]);
    const run = await remoteRun(recipe, honest);
    const broken = await remoteRun(
      { ...recipe, seed: 3 },
      { faults: [], after: { kind: 'status', status: 404 } },
    );
    const worker = client();
    await worker.do(load(run.base, 'whole'));
    await worker.do({ ...load(broken.base, 'broken'), recipe: { ...recipe, seed: 3 } });
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle('molmo2-webgpu');
    await folder.getDirectoryHandle('0123456789abcdef', { create: true });
    const models = await cachedModels();
    expect(models.map(({ name, complete }) => [name, complete])).toEqual([
      ['broken', false],
      ['unfinished 0123456789ab', false],
      ['whole', true],
    ]);
    expect(models[2]?.byteLength).toBeGreaterThan(496_609);
    expect(models[2]?.byteLength).toBeLessThan(500_000);
    for (const { name } of models) expect(await deleteCachedModel(name)).toBe(true);
    expect(await deleteCachedModel('whole')).toBe(false);
    expect(await cachedModels()).toEqual([]);
    expect(await worker.do(load(run.base, 'whole'))).toMatchObject({ ...loaded, missingBytes: 496_609 });
  });

  test('can be read during a load, and a model that is being loaded is not deleted', async () => {
    const run = await remoteRun(recipe, someStall);
    const worker = client();
    const end = worker.do(load(run.base));
    await untilServed(run, chunks);
    expect(await cachedModels()).toMatchObject([{ name: 'm', complete: false }]);
    await expect(deleteCachedModel('m')).rejects.toMatchObject({ code: 'bad-request' });
    await worker.do({ type: 'abort' });
    await end;
    expect(await deleteCachedModel('m')).toBe(true);
  });
});

describe('a bundle that is made on this machine', () => {
  const local = { type: 'write-local', key: 'checkpoint 1, q4', name: 'mine', recipe } as const;

  test('is found by what it was made of, and loads without a source', async () => {
    const worker = client();
    expect(await worker.do(local)).toMatchObject({ right: true, notices: [] });
    expect(await cachedModels()).toMatchObject([{ name: 'mine', complete: true }]);
    expect(await worker.do({ type: 'load-local', key: local.key, recipe })).toMatchObject(loaded);
    expect((await worker.do({ type: 'load-local', key: 'another', recipe })).error).toBe(
      'no such bundle is kept',
    );
  });

  test('says what to do when a chunk of it is damaged', async () => {
    const worker = client();
    await worker.do(local);
    await worker.do({ type: 'flip', name: 'mine', file: 'shard-1', at: 9 });
    const { error } = await worker.do({ type: 'load-local', key: local.key, recipe });
    expect(error).toContain(
      'bad-bundle: chunk 0 of part-1.bin (bytes 0 to 65535) of the cached model local is damaged',
    );
    expect(await worker.do(local)).toMatchObject({ right: true });
    expect(await worker.do({ type: 'load-local', key: local.key, recipe })).toMatchObject(loaded);
  });
});
